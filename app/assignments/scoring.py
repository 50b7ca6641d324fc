"""Beginning and completing assignments: the one place where it is decided who may score what.

Evaluations call these before they write. Each is one statement; only when it changes nothing is the reason looked up.
"""

from uuid import UUID

from app.assignments import repository
from app.assignments.errors import (
    AssignmentMismatch,
    AssignmentOfAnother,
    AssignmentScored,
    ConflictOfInterest,
    SkippedAssignment,
)
from app.assignments.types import Scoring
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import DomainError, FieldError, invalid


async def begin(session: Session, scoring: Scoring) -> None:
    """Begin an assignment with a scoring that is not complete yet."""
    if not await repository.begin(session, scoring, clock.now()):
        raise await _obstacle(session, scoring)


async def complete(session: Session, scoring: Scoring) -> None:
    """Complete an assignment with a scoring, which may have begun it before."""
    if not await repository.complete(session, scoring, clock.now()):
        raise await _obstacle(session, scoring)


async def open_assignment_for(session: Session, call_id: UUID, scorecard_id: UUID, verifier_id: UUID) -> UUID | None:
    """The verifier's own open assignment of a call, which a scoring of it must complete."""
    return await repository.open_assignment_for(session, call_id, scorecard_id, verifier_id)


async def hold_hand_outs(session: Session, verifier_id: UUID) -> None:
    """Lock the verifier: no other transaction gives them an assignment until this one ends."""
    await repository.share_verifier(session, verifier_id)


def conflict_of_interest() -> ConflictOfInterest:
    return ConflictOfInterest("a verifier cannot score their own calls or those of agents they supervise")


async def has_conflict(session: Session, user_id: UUID, agent_id: UUID) -> bool:
    """Whether the user is the agent or the agent's supervisor."""
    return await repository.is_conflicted(session, user_id, agent_id)


async def require_no_conflict(session: Session, verifier_id: UUID, agent_id: UUID) -> None:
    """Refuse a verifier who is the agent or the agent's supervisor."""
    if await repository.is_conflicted(session, verifier_id, agent_id):
        raise conflict_of_interest()


async def _obstacle(session: Session, scoring: Scoring) -> DomainError:
    """The reason why a scoring could neither begin nor complete its assignment."""
    found = await repository.obstacle(session, scoring.assignment_id)
    if found is None:
        return invalid("/assignment_id", f"there is no assignment {scoring.assignment_id}")
    if found.verifier_id != scoring.verifier_id:
        return AssignmentOfAnother("the assignment was given to another verifier")
    if found.skipped_at is not None:
        return SkippedAssignment("the assignment was skipped and cannot be scored any more")
    for field in ("call_id", "scorecard_id"):
        if getattr(found, field) != getattr(scoring, field):
            return _mismatch(field)
    if found.conflicted:
        return conflict_of_interest()
    return AssignmentScored("another evaluation has begun the assignment")


def _mismatch(field: str) -> AssignmentMismatch:
    what = field.removesuffix("_id")
    return AssignmentMismatch(
        f"the assignment is of another {what}",
        field_errors=(FieldError(f"/{field}", f"is not the assignment's {what}"),),
    )
