"""The events of assignments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from typing_extensions import TypedDict

from app.assignments.types import AssignmentState, AssignmentView
from app.events import DomainEvent


class AssignmentDocument(TypedDict):
    state: AssignmentState
    call_id: UUID
    verifier_id: UUID | None
    due_at: datetime


class ReasonedDocument(AssignmentDocument):
    """An assignment after a change, and the reason for the change."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class AssignmentClaimed(DomainEvent):
    """A verifier took an assignment from the pool."""

    name = "assignment.claimed"
    subject_type = "assignment"
    before: AssignmentDocument
    after: AssignmentDocument


@dataclass(frozen=True, kw_only=True)
class AssignmentSkipped(DomainEvent):
    """A verifier skipped an assignment. Its call stays in the sample as nonresponse."""

    name = "assignment.skipped"
    subject_type = "assignment"
    before: AssignmentDocument
    after: ReasonedDocument


@dataclass(frozen=True, kw_only=True)
class AssignmentReassigned(DomainEvent):
    """An assignment was given to another verifier, or to the pool."""

    name = "assignment.reassigned"
    subject_type = "assignment"
    before: AssignmentDocument
    after: ReasonedDocument


@dataclass(frozen=True, kw_only=True)
class AssignmentExtended(DomainEvent):
    """An assignment got more time."""

    name = "assignment.extended"
    subject_type = "assignment"
    before: AssignmentDocument
    after: ReasonedDocument


def assignment_document(assignment: AssignmentView) -> AssignmentDocument:
    return {
        "state": assignment.state,
        "call_id": assignment.call_id,
        "verifier_id": assignment.verifier_id,
        "due_at": assignment.due_at,
    }


def reasoned_document(assignment: AssignmentView, reason: str) -> ReasonedDocument:
    return {**assignment_document(assignment), "reason": reason}
