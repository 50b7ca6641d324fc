"""The events of checks. Only administrators read the journal: no scorer learns from it what is checked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from app.calibration.checks.types import (
    CheckSource,
    DecidedAnswer,
    Decision,
    ErrorVerdict,
    FaultCheckRecord,
    FaultCheckState,
    Obstacle,
    Verdict,
)
from app.events import DomainEvent


class CheckedErrorDocument(TypedDict):
    """An error whose fault was decided. `inclusion_prob_e12` is null where chance did not pick it."""

    item: str
    evaluation_id: UUID | None
    verdict: Verdict
    inclusion_prob_e12: int | None


class CheckedErrorsDocument(TypedDict):
    """All the errors that a source has decided by now, and how many rows of its earlier decision no longer count."""

    source: CheckSource
    superseded: int
    errors: list[CheckedErrorDocument]


class DecisionDocument(TypedDict):
    """A decision about a double scoring. `revision` is the one of the evaluation of record that came with it."""

    number: int
    record_evaluation_id: UUID
    second_evaluation_id: UUID
    answers: Sequence[DecidedAnswer]
    comment: str | None
    why: str | None
    revision: int | None


class FaultCheckDocument(TypedDict):
    state: FaultCheckState
    evaluation_id: UUID
    draw_id: UUID
    call_id: UUID
    inclusion_prob_e12: int
    checker_id: UUID | None
    obstacle: Obstacle | None


class ReassignedFaultCheckDocument(FaultCheckDocument):
    """A fault check that a leader gave to another checker, and the reason for that."""

    reason: str


class RevealDocument(TypedDict):
    """A seed that is public from now on, in hexadecimal, and the commitment to it."""

    commitment: str
    seed: str
    revealed_at: datetime


@dataclass(frozen=True, kw_only=True)
class ErrorsChecked(DomainEvent):
    """The faults of errors were decided by a double scoring, a fault check or a calibration session: the subject."""

    name = "errors.checked"
    subject_type = "check"
    after: CheckedErrorsDocument


@dataclass(frozen=True, kw_only=True)
class DoubleScoreDecided(DomainEvent):
    """A third person decided a double scoring. The subject groups the two assignments."""

    name = "double_score.decided"
    subject_type = "double_score"
    after: DecisionDocument


@dataclass(frozen=True, kw_only=True)
class DoubleScoreCorrected(DomainEvent):
    """A decision about a double scoring was replaced by another one."""

    name = "double_score.corrected"
    subject_type = "double_score"
    before: DecisionDocument
    after: DecisionDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckDrawn(DomainEvent):
    """An evaluation with errors was drawn for a fault check."""

    name = "fault_check.drawn"
    subject_type = "fault_check"
    after: FaultCheckDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckGiven(DomainEvent):
    """A fault check got its checker, or still has none for another reason than before."""

    name = "fault_check.given"
    subject_type = "fault_check"
    before: FaultCheckDocument
    after: FaultCheckDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckReassigned(DomainEvent):
    """A leader gave a fault check to another checker."""

    name = "fault_check.reassigned"
    subject_type = "fault_check"
    before: FaultCheckDocument
    after: ReassignedFaultCheckDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckCompleted(DomainEvent):
    """A checker decided the faults of all errors of a fault check."""

    name = "fault_check.completed"
    subject_type = "fault_check"
    before: FaultCheckDocument
    after: FaultCheckDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckLapsed(DomainEvent):
    """A fault check was not done in time: it counts as nonresponse."""

    name = "fault_check.expired"
    subject_type = "fault_check"
    before: FaultCheckDocument
    after: FaultCheckDocument


@dataclass(frozen=True, kw_only=True)
class FaultCheckSeedRevealed(DomainEvent):
    """The seed of a draw's fault checks was published. The subject is the draw."""

    name = "fault_check_seed.revealed"
    subject_type = "draw"
    after: RevealDocument


def decision_document(decision: Decision) -> DecisionDocument:
    return {
        "number": decision.number,
        "record_evaluation_id": decision.record_evaluation_id,
        "second_evaluation_id": decision.second_evaluation_id,
        "answers": decision.answers,
        "comment": decision.comment,
        "why": decision.why,
        "revision": decision.revision,
    }


def fault_check_document(check: FaultCheckRecord) -> FaultCheckDocument:
    return {
        "state": check.state,
        "evaluation_id": check.evaluation_id,
        "draw_id": check.draw_id,
        "call_id": check.call.id,
        "inclusion_prob_e12": check.inclusion_prob_e12,
        "checker_id": check.checker_id,
        "obstacle": check.obstacle,
    }


def checked_error_document(error: ErrorVerdict) -> CheckedErrorDocument:
    return {
        "item": error.item,
        "evaluation_id": error.evaluation_id,
        "verdict": error.verdict,
        "inclusion_prob_e12": error.inclusion_prob_e12,
    }
