"""The events of evaluations. The documents hold all that rules and roll-ups need to know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from typing_extensions import TypedDict

from app.evaluations.answers import errors_among
from app.evaluations.types import Answer, Evaluation, EvaluationStatus, RevisionKind
from app.events import DomainEvent
from app.scorecards import Definition, Fault


class ErrorDocument(TypedDict):
    """An answer with less than full credit."""

    item: str
    fault: Fault | None
    reason: str | None


class EvaluationDocument(TypedDict):
    """An evaluation at its latest revision."""

    call_id: UUID
    project_id: UUID
    agent_id: UUID | None
    scorecard_id: UUID
    scorecard_version: int
    assignment_id: UUID | None
    verifier_id: UUID
    status: EvaluationStatus
    revision: int
    score: Decimal | None
    agent_score: Decimal | None
    process_loss: Decimal | None
    score_before_fatal: Decimal | None
    passed: bool | None
    families: Mapping[str, bool | None]
    fatal_items: Sequence[str]
    errors: list[ErrorDocument]


class DraftDocument(EvaluationDocument):
    """A draft. Its answers are kept here, because the rows of answers hold those of revisions only."""

    answers: Sequence[Answer]
    comment: str | None


class RevisedDocument(EvaluationDocument):
    """An evaluation with a new revision, and the reason for it."""

    why: str
    kind: RevisionKind


@dataclass(frozen=True, kw_only=True)
class EvaluationDrafted(DomainEvent):
    """A verifier began to evaluate a call."""

    name = "evaluation.drafted"
    subject_type = "evaluation"
    after: DraftDocument


@dataclass(frozen=True, kw_only=True)
class EvaluationChanged(DomainEvent):
    """A draft changed."""

    name = "evaluation.changed"
    subject_type = "evaluation"
    before: DraftDocument
    after: DraftDocument


@dataclass(frozen=True, kw_only=True)
class EvaluationAbandoned(DomainEvent):
    """A draft was closed because its assignment was taken over."""

    name = "evaluation.abandoned"
    subject_type = "evaluation"
    before: DraftDocument
    after: DraftDocument


@dataclass(frozen=True, kw_only=True)
class EvaluationSubmitted(DomainEvent):
    """An evaluation was submitted: it counts from now on."""

    name = "evaluation.submitted"
    subject_type = "evaluation"
    after: EvaluationDocument


@dataclass(frozen=True, kw_only=True)
class EvaluationRevised(DomainEvent):
    """A submitted evaluation got another revision, which counts from now on."""

    name = "evaluation.revised"
    subject_type = "evaluation"
    before: EvaluationDocument
    after: RevisedDocument


def draft_document(draft: Evaluation, definition: Definition) -> DraftDocument:
    return {**evaluation_document(draft, definition), "answers": draft.answers, "comment": draft.comment}


def revised_document(evaluation: Evaluation, definition: Definition, why: str, kind: RevisionKind) -> RevisedDocument:
    return {**evaluation_document(evaluation, definition), "why": why, "kind": kind}


def evaluation_document(evaluation: Evaluation, definition: Definition) -> EvaluationDocument:
    errors = errors_among(evaluation.answers, definition)
    return {
        "call_id": evaluation.call_id,
        "project_id": evaluation.project_id,
        "agent_id": evaluation.agent_id,
        "scorecard_id": evaluation.scorecard_id,
        "scorecard_version": evaluation.scorecard_version,
        "assignment_id": evaluation.assignment_id,
        "verifier_id": evaluation.verifier_id,
        "status": evaluation.status,
        "revision": evaluation.revision,
        "score": evaluation.score,
        "agent_score": evaluation.agent_score,
        "process_loss": evaluation.process_loss,
        "score_before_fatal": evaluation.score_before_fatal,
        "passed": evaluation.passed,
        "families": evaluation.families,
        "fatal_items": evaluation.fatal_items,
        "errors": [{"item": error.item, "fault": error.fault, "reason": error.reason} for error in errors],
    }
