"""Assignments as their readers see them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.sampling.draws.types import Signal


class AssignmentState(StrEnum):
    """Derived, not stored: done when a submitted evaluation names the assignment."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """Which assignments are asked for; None asks nothing. `pooled` asks for those without a verifier."""

    state: AssignmentState | None = None
    overdue: bool | None = None
    pooled: bool = False
    verifier_id: UUID | None = None
    draw_id: UUID | None = None
    plan_id: UUID | None = None
    project_id: UUID | None = None
    agent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """An assignment with what its verifier needs to begin. `scoring_round` is 1 for the scoring of record.

    Without a verifier it waits in the pool of its plan.
    """

    id: UUID
    state: AssignmentState
    overdue: bool
    project_id: UUID
    project_name: str
    plan_id: UUID
    plan_name: str
    draw_id: UUID
    verifier_id: UUID | None
    scoring_round: int
    call_id: UUID
    source: str
    external_id: str
    started_at: datetime
    duration_s: Decimal
    direction: str
    language: str | None
    agent_id: UUID
    agent_name: str
    has_recording: bool
    transcript_status: str
    signals: tuple[Signal, ...]
    scorecard_id: UUID
    scorecard_name: str
    scorecard_version: int
    evaluation_id: UUID | None
    created_at: datetime
    due_at: datetime
    claimed_at: datetime | None
    skipped_at: datetime | None
    skip_reason: str | None
