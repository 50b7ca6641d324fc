"""Wire models of proposed times, votes, invitations and links."""

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.schemas.common import Utc, UtcOut, WireModel, example
from app.calibration import MAX_PARTICIPANTS, MAX_TIME_OPTIONS, RatedTimeOption, VoteAnswer

ExpiresAt = Annotated[Utc | None, Field(description="Until when links work; 14 days after the session unless given.")]


class TimeOptionIn(WireModel):
    starts_at: Utc


class TimeOptionsIn(WireModel):
    model_config = example({"options": [{"starts_at": "2030-12-10T12:00:00Z"}, {"starts_at": "2030-12-11T09:00:00Z"}]})

    options: Annotated[list[TimeOptionIn], Field(min_length=1, max_length=MAX_TIME_OPTIONS)]


class VoteIn(WireModel):
    model_config = example({"answer": "if_needed"})

    answer: VoteAnswer


class VoteOut(BaseModel):
    participant_id: UUID
    answer: VoteAnswer


class TimeOptionOut(BaseModel):
    id: UUID
    starts_at: UtcOut
    votes: list[VoteOut]
    best: bool = Field(description="Whether it suits most: yes or if needed, then yes, then the earliest.")

    @classmethod
    def of(cls, rated: RatedTimeOption) -> Self:
        votes = [VoteOut(participant_id=vote.participant_id, answer=vote.answer) for vote in rated.votes]
        return cls(id=rated.option.id, starts_at=rated.option.starts_at, votes=votes, best=rated.best)


class TimeOptionsOut(BaseModel):
    items: list[TimeOptionOut]

    @classmethod
    def of(cls, rated: Sequence[RatedTimeOption]) -> Self:
        return cls(items=[TimeOptionOut.of(one) for one in rated])


class ScheduleIn(WireModel):
    model_config = example({"option_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b13"})

    option_id: UUID


class InvitationsIn(WireModel):
    model_config = example({"participant_ids": ["019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b14"], "expires_at": None})

    participant_ids: Annotated[list[UUID], Field(max_length=MAX_PARTICIPANTS)] | None = Field(
        default=None, description="Whom to invite; all who have not withdrawn, unless given."
    )
    expires_at: ExpiresAt = None
    again: bool = Field(default=False, description="Tell those again who are invited already.")


class RenewalIn(WireModel):
    model_config = example({"expires_at": None})

    expires_at: ExpiresAt = None


class GuestLinkOut(BaseModel):
    participant_id: UUID
    name: str
    email: str
    expires_at: UtcOut
    token: str | None = Field(
        description="Send it as `Authorization: Bearer`. It is shown once, when the link is made; null afterwards."
    )
    url: str | None = Field(description="The link for the guest, which holds the token.")


class InvitationsOut(BaseModel):
    items: list[GuestLinkOut] = Field(description="The links of the guests who were invited.")
    mail_configured: bool = Field(description="Whether the service can send mail.")
