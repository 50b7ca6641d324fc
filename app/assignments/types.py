"""The records of assignments, what an allocation is computed from, and its result."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID


class ScoringTask(NamedTuple):
    """A call to be scored. `position` is its place in the order in which its verifier works through a batch."""

    call_id: UUID
    agent_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class Panel:
    """The verifiers among whom a batch of scoring tasks is allocated.

    `conflicts` are the (verifier, agent) pairs with a conflict of interest. `already_assigned` are (verifier, call)
    pairs: the verifier scores the call already. `capacity` is the largest number of scorings that a verifier takes of
    the batch; a verifier who is missing in it takes any number. `prior_pairings` counts, by (verifier, agent), the
    agent's calls that were assigned to the verifier before.
    """

    verifier_ids: tuple[UUID, ...]
    conflicts: frozenset[tuple[UUID, UUID]] = frozenset()
    capacity: Mapping[UUID, int] = field(default_factory=dict)
    prior_pairings: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    already_assigned: frozenset[tuple[UUID, UUID]] = frozenset()


class AllocatedScoring(NamedTuple):
    """One scoring of a call: by a verifier, or waiting in the pool where `verifier_id` is None.

    Scoring round 1 is the scoring of record, round 2 the second, blind one.
    """

    call_id: UUID
    verifier_id: UUID | None
    scoring_round: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """The scorings in the order in which they get their ids: verifier by verifier, then the pool.

    `double_inclusion_prob_e12` is, by call, the probability with which a second scoring was drawn, in trillionths.
    """

    scorings: tuple[AllocatedScoring, ...]
    double_inclusion_prob_e12: Mapping[UUID, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentPool:
    """The users who may claim the assignments of a project that wait without a verifier."""

    id: UUID
    project_id: UUID
    name: str
    member_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentBatch:
    """What the assignments that are created together have in common. Its id is the creator's, and opaque here."""

    id: UUID
    pool_id: UUID
    project_id: UUID
    scorecard_id: UUID
    created_at: datetime
    due_at: datetime


class NewAssignment(NamedTuple):
    """An assignment to be created. `subject_id` groups the scoring rounds of one task; it is the creator's."""

    subject_id: UUID
    call_id: UUID
    agent_id: UUID
    verifier_id: UUID | None
    scoring_round: int
    double_inclusion_prob_e12: int


class AssignmentState(StrEnum):
    """Derived by the view `assignment_status`, not stored."""

    OPEN = "open"
    DONE = "done"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class AssignmentFilter:
    """The assignments to list; a field that is None does not restrict them. `pooled`: only those without a verifier."""

    state: AssignmentState | None = None
    overdue: bool | None = None
    pooled: bool = False
    verifier_id: UUID | None = None
    batch_id: UUID | None = None
    pool_id: UUID | None = None
    project_id: UUID | None = None
    agent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignmentView:
    """An assignment with what its verifier needs to begin. Without a verifier it waits in its pool.

    `scoring_round` is 1 for the scoring of record. `scoring_id` is the evaluation that began it.
    """

    id: UUID
    state: AssignmentState
    overdue: bool
    project_id: UUID
    project_name: str
    pool_id: UUID
    pool_name: str
    batch_id: UUID
    subject_id: UUID
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
    scorecard_id: UUID
    scorecard_name: str
    scorecard_version: int
    scoring_id: UUID | None
    created_at: datetime
    due_at: datetime
    claimed_at: datetime | None
    skipped_at: datetime | None
    skip_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """A scoring that begins or completes an assignment. Its id is the evaluation's, and opaque here."""

    id: UUID
    assignment_id: UUID
    call_id: UUID
    scorecard_id: UUID
    verifier_id: UUID


class OpenWork(NamedTuple):
    """How many open assignments a user has that they have not begun, and that they have begun."""

    not_begun: int
    begun: int
