"""The records of checks: checked errors, double scorings and their decisions, fault checks, precedents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.assignments.types import AssignmentState
from app.evaluations.types import Answer
from app.scorecards.types import AnswerValue, Fault, Item


class CheckSource(StrEnum):
    """Where the fault of an error was decided."""

    DOUBLE_SCORE = "double_score"
    FAULT_CHECK = "fault_check"
    CALIBRATION = "calibration"


class Verdict(StrEnum):
    """Whose error it was, as a check decided, or that it was none."""

    AGENT = "agent"
    PROCESS = "process"
    CUSTOMER = "customer"
    UNCLEAR = "unclear"
    NO_ERROR = "no_error"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorVerdict:
    """The verdict on one error, with the answer that was decided where one was.

    `evaluation_id`: whose error it is; None for one that no evaluation has. `inclusion_prob_e12`: the probability with
    which chance picked it for the check, in trillionths; None where a person picked it.
    """

    call_id: UUID
    scorecard_id: UUID
    scorecard_version_id: UUID
    item: str
    evaluation_id: UUID | None
    verdict: Verdict
    value: AnswerValue | None = None
    inclusion_prob_e12: int | None = None
    comment: str | None = None


class DoubleScoreState(StrEnum):
    """What becomes of a double scoring: scored, decided, or never compared because a scoring was skipped."""

    WAITING = "waiting"
    OPEN = "open"
    DECIDED = "decided"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class DoubleScoreFilter:
    """The double scorings to list; a field that is None does not restrict them."""

    state: DoubleScoreState | None = None
    project_id: UUID | None = None
    plan_id: UUID | None = None
    draw_id: UUID | None = None
    agent_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleScore:
    """A call that two verifiers score. Its id is the subject of its two assignments.

    `record_…` is of the scoring of record, `second_…` of the other one. An evaluation is named once it is submitted.
    """

    id: UUID
    state: DoubleScoreState
    project_id: UUID
    plan_id: UUID
    draw_id: UUID
    call_id: UUID
    agent_id: UUID
    scorecard_id: UUID
    inclusion_prob_e12: int
    record_state: AssignmentState
    record_verifier_id: UUID | None
    record_evaluation_id: UUID | None
    second_state: AssignmentState
    second_verifier_id: UUID | None
    second_evaluation_id: UUID | None
    due_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class ComparedItem:
    """An item with the answers of both scorings; None where the item was hidden from one of them."""

    item: Item
    record: Answer | None
    second: Answer | None

    @property
    def values_differ(self) -> bool:
        return _value(self.record) != _value(self.second)

    @property
    def is_error(self) -> bool:
        """Whether it is an error in either scoring."""
        return any(one is not None and self.item.is_error(one.value) for one in (self.record, self.second))

    @property
    def must_be_decided(self) -> bool:
        """Also where both scorers agree on an error: two people can share a habit."""
        return self.is_error or self.values_differ


def _value(answer: Answer | None) -> AnswerValue | None:
    return None if answer is None else answer.value


@dataclass(frozen=True, slots=True)
class DecidedAnswer:
    """The answer to one item as a third person decided it."""

    item: str
    value: AnswerValue
    fault: Fault | None = None
    reason: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjudication:
    """A request to decide a double scoring. `why`: the reason for a correction of an earlier decision.

    `revise`: let the evaluation of record have a revision with the decided answers.
    """

    answers: Sequence[DecidedAnswer]
    comment: str | None
    why: str | None
    revise: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision about a double scoring. `revision`: the revision of the evaluation of record that it made."""

    id: UUID
    subject_id: UUID
    number: int
    record_evaluation_id: UUID
    second_evaluation_id: UUID
    answers: Sequence[DecidedAnswer]
    comment: str | None
    why: str | None
    revision: int | None
    decided_by: UUID
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringSummary:
    """One of the two scorings, as it was first submitted."""

    evaluation_id: UUID
    verifier_id: UUID
    scorecard_version: int
    submitted_at: datetime
    revisions: int
    score: Decimal | None
    agent_score: Decimal | None
    process_loss: Decimal | None
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleScoreDetail:
    """A double scoring item by item. Until both are submitted there is nothing to compare."""

    double_score: DoubleScore
    record: ScoringSummary | None
    second: ScoringSummary | None
    items: Sequence[ComparedItem]
    decisions: Sequence[Decision]

    @property
    def agreement(self) -> Decimal | None:
        """The share of the items that either scored whose values are equal; None where there is none."""
        if not self.items:
            return None
        equal = sum(not compared.values_differ for compared in self.items)
        return round(Decimal(equal) / len(self.items), 4)


class FaultCheckState(StrEnum):
    """`expired`: it was not done in time, and counts as nonresponse."""

    OPEN = "open"
    DONE = "done"
    EXPIRED = "expired"


class Obstacle(StrEnum):
    """Why a fault check has no checker: the call is still being scored, or no verifier of the panel may do it."""

    SCORING_OPEN = "scoring_open"
    NOBODY_ELIGIBLE = "nobody_eligible"


@dataclass(frozen=True, slots=True)
class FaultCheckFilter:
    """The fault checks to list; a field that is None does not restrict them. `unassigned`: those without a checker."""

    state: FaultCheckState | None = None
    checker_id: UUID | None = None
    unassigned: bool = False
    project_id: UUID | None = None
    plan_id: UUID | None = None
    draw_id: UUID | None = None


class CheckedCall(NamedTuple):
    """The call of a fault check, without its agent."""

    id: UUID
    started_at: datetime
    duration_s: Decimal
    direction: str
    language: str | None
    has_recording: bool
    transcript_status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCheckRecord:
    """A fault check without the errors that it is about."""

    id: UUID
    state: FaultCheckState
    evaluation_id: UUID
    revision_id: UUID
    draw_id: UUID
    plan_id: UUID
    project_id: UUID
    scorecard_id: UUID
    scorecard_version_id: UUID
    scorecard_version: int
    call: CheckedCall
    agent_ids: tuple[UUID, ...]
    inclusion_prob_e12: int
    drawn_at: datetime
    checker_id: UUID | None
    obstacle: Obstacle | None
    given_at: datetime | None
    done_at: datetime | None
    expired_at: datetime | None


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """What a checker says about one error."""

    item: str
    verdict: Verdict
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorToCheck:
    """An error as a checker sees it: the item and the evidence, and not what the scorer thought of it.

    `given` is the checker's own verdict, once the check is done.
    """

    item: Item
    at_s: float | None
    segment_id: UUID | None
    given: GivenVerdict | None


@dataclass(frozen=True, slots=True)
class FaultCheck:
    """A fault check with the errors that it is about, in the order of the scorecard."""

    record: FaultCheckRecord
    errors: Sequence[ErrorToCheck]


class FaultCheckCounts(NamedTuple):
    """How many evaluations of a plan were drawn for fault checks, and what became of the checks.

    `unassigned` ones are open too.
    """

    plan_id: UUID
    drawn: int
    done: int
    open: int
    unassigned: int
    expired: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawableEvaluation:
    """A submitted evaluation with errors of an assignment of a draw, as it was submitted."""

    evaluation_id: UUID
    revision_id: UUID
    draw_id: UUID
    plan_id: UUID
    project_id: UUID
    call_id: UUID
    agent_ids: tuple[UUID, ...]
    submitted_at: datetime


class ProofRow(NamedTuple):
    """An evaluation among which fault checks were drawn, and whether it has one."""

    evaluation_id: UUID
    submitted_at: datetime
    drawn: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultCheckProof:
    """What anyone needs to repeat the draw of fault checks. The seed is None until it is revealed."""

    draw_id: UUID
    commitment: bytes | None
    committed_at: datetime | None
    inclusion_prob_e12: int
    seed: bytes | None
    revealed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """What was decided about an item of another call: whose error it was, and why. It names nobody."""

    decided_at: datetime
    source: CheckSource
    value: AnswerValue | None
    verdict: Verdict
    comment: str | None
    scorecard_version: int


@dataclass(frozen=True, slots=True)
class PrecedentRow:
    """A precedent before it is redacted, with the identifiers of its call that its comment may hold."""

    precedent: Precedent
    id: UUID
    identifiers: tuple[str, ...]
    agent_name: str | None
