"""What sampling stores and shows: plans, draws, drawn calls and assignments."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from app.sampling.types import (
    Eligibility,
    Feasibility,
    PlanDesign,
    SamplingMode,
    Selection,
    Signal,
    SizeRules,
    Stratum,
    StratumTotals,
    Window,
    WindowKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    id: UUID
    name: str
    project_id: UUID
    scorecard_id: UUID
    window: WindowKind
    timezone: str
    mode: SamplingMode
    rate: Decimal | None
    rate_override_reason: str | None
    quota_per_agent: int | None
    floor_per_agent: int
    eligibility: Eligibility
    size: SizeRules
    double_score_rate: Decimal
    verifier_ids: tuple[UUID, ...]
    verifier_daily_capacity: int | None
    draw_delay_min: int
    due_days: int
    active: bool
    active_since: datetime | None
    version: int
    created_at: datetime

    @property
    def design(self) -> PlanDesign:
        """The part that decides what is drawn."""
        return PlanDesign(
            mode=self.mode,
            window=self.window,
            timezone=self.timezone,
            rate=self.rate,
            quota_per_agent=self.quota_per_agent,
            floor_per_agent=self.floor_per_agent,
            eligibility=self.eligibility,
            size=self.size,
            double_score_rate=self.double_score_rate,
        )


# What a draw's parameters say of its plan as it was then.
_DRAWN_BY = ("mode", "rate", "quota_per_agent", "floor_per_agent", "eligibility", "size", "double_score_rate")

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)
_SIGNALS: TypeAdapter[tuple[Signal, ...]] = TypeAdapter(tuple[Signal, ...])


def read_plan(fields: dict[str, Any]) -> Plan:
    """A plan from its fields, nested ones as records or as documents."""
    return _PLAN.validate_python(fields)


def as_drawn(plan: Plan, parameters: dict[str, Any]) -> Plan:
    """The plan as it was when a draw was made with these parameters."""
    then = {name: parameters[name] for name in (*_DRAWN_BY, "scorecard_id")}
    return read_plan(asdict(plan) | then)


def read_signals(document: list[Any]) -> tuple[Signal, ...]:
    return _SIGNALS.validate_python(document)


class Excluded(NamedTuple):
    """The calls of a window that are not eligible, each counted once, for the first reason that holds."""

    no_agent: int
    too_short: int
    no_recording: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a draw of the window would be like. Without feasibility there are no expected counts."""

    window: Window
    feasibility: Feasibility
    strata: tuple[StratumTotals | Stratum, ...]
    excluded: Excluded


@dataclass(frozen=True, slots=True)
class DrawnStratum(Stratum):
    selected: int


class DrawState(StrEnum):
    """Derived, not stored."""

    COMMITTED = "committed"
    DRAWN = "drawn"
    REFUSED = "refused"  # it was due and could not be made
    VOID = "void"  # the plan got other windows before


class CommitmentTime(StrEnum):
    """When the seed was committed to: what it proves depends on that."""

    BEFORE_WINDOW = "before_window"
    IN_WINDOW = "in_window"
    AFTER_WINDOW = "after_window"

    @classmethod
    def of(cls, window: Window, committed_at: datetime) -> "CommitmentTime":
        if committed_at < window.starts_at:
            return cls.BEFORE_WINDOW
        return cls.IN_WINDOW if committed_at < window.ends_at else cls.AFTER_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """A window's draw: at first its seed is only committed to; all that comes of it is None until it is made.

    `parameters` are the plan's, the verifiers and their conflicts, as they were then.
    """

    id: UUID
    plan_id: UUID
    part: int
    window: Window
    seed_commitment: bytes
    committed_at: datetime
    frame_size: int | None = None
    sample_size: int | None = None
    frame_digest: bytes | None = None
    seed: bytes | None = None
    parameters: dict[str, Any] | None = None
    drawn_at: datetime | None = None
    refused_at: datetime | None = None
    refusal: str | None = None
    voided_at: datetime | None = None

    @property
    def state(self) -> DrawState:
        if self.drawn_at is not None:
            return DrawState.DRAWN
        if self.voided_at is not None:
            return DrawState.VOID
        return DrawState.COMMITTED if self.refused_at is None else DrawState.REFUSED

    @property
    def committed(self) -> CommitmentTime:
        return CommitmentTime.of(self.window, self.committed_at)


class Seeds(NamedTuple):
    """`selection` is published with the draw, so that anyone can check it; `assignment` is never given out."""

    selection: bytes
    assignment: bytes


@dataclass(frozen=True, slots=True)
class DrawnCall:
    """A stored selection with its assignments, as many of them as the reader may see."""

    selection: Selection
    assignment_ids: tuple[UUID, ...]


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
class AssignedCall:
    """An assignment with what its verifier needs to begin. `place` is 1 for the scoring of record.

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
    place: int
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
