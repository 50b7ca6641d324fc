"""Wire models of the journal."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Utc
from app.events import FaultKind

HEAD = r"^\d{1,10}:[0-9a-f]{64}$"
Head = Annotated[
    str, Field(pattern=HEAD, examples=["7:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
]


class ActorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(examples=["user"])
    id: UUID | None


class EventOut(BaseModel):
    """One change: who did what to what, and how it was before and after."""

    id: UUID
    type: str = Field(examples=["evaluation.submitted"])
    occurred_at: Utc
    actor: ActorOut
    request_id: str | None
    subject_type: str = Field(examples=["evaluation"])
    subject_id: UUID | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    transaction: int | None = Field(description="The number of the database transaction that wrote it.")


class FaultOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    kind: FaultKind
    detail: str
    batch: int | None = Field(description="The number of the batch, where one can be named.")
    event_id: UUID | None


class VerificationOut(BaseModel):
    """Whether the journal still is what was sealed."""

    valid: bool
    sealed: int = Field(description="Events that have their place in the chain.")
    pending: int = Field(description="Events that are to be sealed, within about a minute.")
    head: Head = Field(description="The end of the chain. Note it elsewhere and send it as `known_head` another time.")
    first_fault: FaultOut | None
