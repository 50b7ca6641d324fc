"""The queue: assignments with the signals of their calls, and the changes that concern evaluations too."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app import assignments, evaluations
from app.assignments import AssignmentFilter, AssignmentView
from app.identity import Principal
from app.platform.database import Session
from app.platform.pagination import Page, PageRequest
from app.sampling.draws.types import Signal
from app.sampling.queue import repository


@dataclass(frozen=True, slots=True)
class QueueItem:
    """An assignment with the reasons why its call was more likely to be drawn."""

    assignment: AssignmentView
    signals: tuple[Signal, ...]


async def get_queue_item(session: Session, principal: Principal, assignment_id: UUID) -> QueueItem:
    return await with_signals(session, await assignments.get_assignment(session, principal, assignment_id))


async def list_queue(
    session: Session, principal: Principal, page: PageRequest, wanted: AssignmentFilter
) -> Page[QueueItem]:
    """Assignments by due date. Verifiers see only their own."""
    found = await assignments.list_assignments(session, principal, page, wanted)
    items = await _with_signals(session, found.items)
    return Page(items, found.next_cursor)


async def claim_assignment(session: Session, principal: Principal, plan_id: UUID | None) -> QueueItem:
    """Take the next assignment that waits in the pool of one of one's plans."""
    await assignments.lock_verifiers(session, [principal.user_id])
    scored = await repository.scored_in_pool(session, principal.user_id)
    return await with_signals(session, await assignments.claim(session, principal, plan_id, except_for=scored))


async def reassign_assignment(
    session: Session, principal: Principal, assignment_id: UUID, verifier_id: UUID | None, reason: str
) -> QueueItem:
    """Give an open assignment to another verifier, or to the pool.

    A draft of a user who is no longer an active verifier is abandoned: it stays readable and blocks no other scoring.
    """
    assignment = await assignments.get_assignment(session, principal, assignment_id)
    already_scored = False
    if verifier_id is not None:
        await assignments.lock_verifiers(session, [verifier_id])
        already_scored = await repository.has_scored(session, verifier_id, assignment.call_id, assignment.scorecard_id)
    before, after = await assignments.reassign(
        session, principal, assignment_id, verifier_id, reason, already_scored=already_scored
    )
    if before.scoring_id is not None:
        await evaluations.abandon(session, before.scoring_id)
    return await with_signals(session, after)


async def with_signals(session: Session, assignment: AssignmentView) -> QueueItem:
    (item,) = await _with_signals(session, [assignment])
    return item


async def _with_signals(session: Session, found: Sequence[AssignmentView]) -> list[QueueItem]:
    signals = await repository.signals_of(session, [assignment.subject_id for assignment in found])
    return [QueueItem(assignment, signals.get(assignment.subject_id, ())) for assignment in found]
