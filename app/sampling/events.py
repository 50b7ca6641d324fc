"""The events of draws."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from app.events import DomainEvent
from app.sampling.windows import Window


class CommitmentDocument(TypedDict):
    """The commitment to the seed of a draw. `part` is 0 for the window's own draw."""

    plan_id: UUID
    window: Window
    part: int
    seed_commitment: str


class DrawDocument(TypedDict):
    """What tells later whether the stored draw is the one that was made. Digest and commitment are hexadecimal."""

    plan_id: UUID
    window_start: date
    part: int
    frame_size: int | None
    sample_size: int | None
    frame_digest: str
    seed_commitment: str
    fault_check_commitment: str | None
    agents: int
    assignments: int
    double_scored: int
    parameters: dict[str, Any] | None
    unassigned: int


class RefusalDocument(TypedDict):
    """A draw that could not be made, and why."""

    plan_id: UUID
    window_start: date
    part: int
    why: str


class PlanReference(TypedDict):
    plan_id: UUID


@dataclass(frozen=True, kw_only=True)
class DrawCommitted(DomainEvent):
    """The seed of a draw was fixed, and its hash published."""

    name = "draw.committed"
    subject_type = "draw"
    after: CommitmentDocument


@dataclass(frozen=True, kw_only=True)
class DrawMade(DomainEvent):
    """A draw was made, and its selections assigned."""

    name = "draw.made"
    subject_type = "draw"
    after: DrawDocument


@dataclass(frozen=True, kw_only=True)
class DrawRefused(DomainEvent):
    """A draw that was due could not be made. It is tried again every day, and once its plan is changed."""

    name = "draw.refused"
    subject_type = "draw"
    after: RefusalDocument


@dataclass(frozen=True, kw_only=True)
class DrawVoided(DomainEvent):
    """A commitment was given up: the plan was stopped, its windows changed, or the time for late calls is over."""

    name = "draw.voided"
    subject_type = "draw"
    after: PlanReference
