"""Wire models of the journal."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import UtcOut
from app.events import JournalFaultKind

HEAD_PATTERN = r"^[0-9]{1,10}:[0-9a-f]{64}$"
ChainHeadText = Annotated[
    str, Field(pattern=HEAD_PATTERN, examples=["7:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]


class ActorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(examples=["user"])
    id: UUID | None


class EventOut(BaseModel):
    """One change: who did what to what, and how it was before and after."""

    id: UUID
    type: str = Field(examples=["evaluation.submitted"])
    occurred_at: UtcOut
    actor: ActorOut
    request_id: str | None
    subject_type: str = Field(examples=["evaluation"])
    subject_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class JournalFaultOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: JournalFaultKind
    detail: str
    batch: int | None = Field(description="The number of the batch, where one can be named.")
    event_id: UUID | None


class VerificationOut(BaseModel):
    """Whether the journal still is what was sealed."""

    valid: bool = Field(description="No fault was found in what was verified.")
    complete: bool = Field(description="Nothing is left to verify: the end of the chain or a fault was reached.")
    sealed: int = Field(description="The number of sealed events.")
    pending: int = Field(description="The number of events that are not sealed yet. Workers seal them within seconds.")
    head: ChainHeadText = Field(
        description="The newest batch. Note it elsewhere and send it as `known_head` with a later verification."
    )
    verified: ChainHeadText = Field(
        description="The last batch without a fault. Send it as `resume_from` to go on from there."
    )
    first_fault: JournalFaultOut | None
