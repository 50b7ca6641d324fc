"""Assignments: a verifier's queue, the pool of assignments without a verifier, and how assignments change hands.

A skipped assignment stays in its sample as nonresponse: the call is not replaced by another. Verifiers choose no call:
a claim gives the next assignment of the pool, in a random order.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from app import events
from app.assignments import repository
from app.assignments.errors import (
    AlreadyScoring,
    AssignmentBegun,
    AssignmentNotOpen,
    AssignmentPooled,
    NothingToClaim,
    TooManyGivenUp,
)
from app.assignments.events import (
    AssignmentClaimed,
    AssignmentExtended,
    AssignmentReassigned,
    AssignmentSkipped,
    assignment_document,
    reasoned_document,
)
from app.assignments.scoring import conflict_of_interest
from app.assignments.types import (
    AssignmentBatch,
    AssignmentFilter,
    AssignmentPool,
    AssignmentState,
    AssignmentView,
    NewAssignment,
    OpenWork,
)
from app.identity import Principal, visibility_of
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import Forbidden, invalid, require_found
from app.platform.pagination import Page, PageRequest

# Claimed assignments that a verifier may skip in a day: with more, one could look for a welcome call.
MAX_GIVEN_UP_A_DAY = 5


async def save_pool(session: Session, pool: AssignmentPool) -> None:
    """Create a pool, or give it another name and other members."""
    await repository.save_pool(session, pool)


async def lock_verifiers(session: Session, verifier_ids: Collection[UUID]) -> None:
    """Let the verifiers neither get other assignments nor submit evaluations before the transaction ends.

    Without the lock, a verifier who submits an evaluation of their own choice while a draw assigns them the same call
    would be left with an assignment that nobody can complete. What a creator of assignments knows of the verifiers'
    evaluations must be read after it.
    """
    await repository.lock_verifiers(session, verifier_ids)


async def create(session: Session, batch: AssignmentBatch, assignments: Collection[NewAssignment]) -> None:
    """Create the assignments of a batch. Their verifiers are locked (`lock_verifiers`)."""
    await repository.insert(session, batch, assignments)


async def get_assignment(session: Session, principal: Principal, assignment_id: UUID) -> AssignmentView:
    own_id = visibility_of(principal).verifier_id
    found = await repository.assignment_by_id(session, assignment_id, own_id, clock.now())
    return require_found(found, "assignment", assignment_id)


async def list_assignments(
    session: Session, principal: Principal, page: PageRequest, wanted: AssignmentFilter
) -> Page[AssignmentView]:
    """Assignments by due date. Verifiers see only their own: others would show them which calls are scored twice."""
    own_id = visibility_of(principal).verifier_id
    return await repository.page_of_assignments(session, page, wanted, own_id, clock.now())


async def open_work_of(session: Session, user_id: UUID) -> OpenWork:
    """How much open work a user has."""
    return await repository.open_work_of(session, user_id)


async def claim(
    session: Session, principal: Principal, pool_id: UUID | None, *, except_for: Collection[UUID] = ()
) -> AssignmentView:
    """Take the next assignment of the principal's pools, or of one of them, that they may score.

    `except_for` are assignments of calls that they have scored by their own choice. Capacity does not limit claims.
    """
    if pool_id is not None and not await repository.pool_exists(session, pool_id):
        raise invalid("/plan_id", f"there is no sampling plan {pool_id}")
    await repository.lock_verifiers(session, [principal.user_id])
    now = clock.now()
    if await repository.claims_given_up(session, principal.user_id, now - timedelta(days=1)) >= MAX_GIVEN_UP_A_DAY:
        raise TooManyGivenUp(
            f"{MAX_GIVEN_UP_A_DAY} claimed assignments were skipped within a day: a leader can hand out more"
        )
    assignment_id = await repository.claim_next(session, principal.user_id, pool_id, now, except_for)
    if assignment_id is None:
        raise NothingToClaim("nothing waits in the pools of your plans that you may score")
    claimed = await get_assignment(session, principal, assignment_id)
    before, after = assignment_document(replace(claimed, verifier_id=None)), assignment_document(claimed)
    await events.record(session, AssignmentClaimed(subject_id=claimed.id, before=before, after=after))
    return claimed


async def skip(session: Session, principal: Principal, assignment_id: UUID, reason: str) -> AssignmentView:
    """Skip one's own open assignment, with a reason for people to read."""
    before = await _open_assignment(session, principal, assignment_id)
    if before.verifier_id != principal.user_id:
        raise Forbidden("only its verifier may skip an assignment")
    await repository.skip_assignment(session, assignment_id, clock.now(), reason)
    return await _changed(session, principal, AssignmentSkipped, before, reason)


async def reassign(
    session: Session,
    principal: Principal,
    assignment_id: UUID,
    verifier_id: UUID | None,
    reason: str,
    *,
    already_scored: bool = False,
) -> tuple[AssignmentView, AssignmentView]:
    """Give an open assignment to another verifier, or to the pool: the assignment before and after.

    One that its verifier has begun is only taken from a user who is no longer an active verifier; the caller closes
    the scoring that it had before. `already_scored`: the new verifier has scored the call by their own choice.
    """
    before = await _open_assignment(session, principal, assignment_id)
    if before.scoring_id is not None:
        await _require_left(session, before)
    if verifier_id is not None:
        await _require_candidate(session, before, verifier_id, already_scored)
    elif before.verifier_id is None:
        raise AssignmentPooled("no verifier has the assignment")
    await repository.reassign(session, assignment_id, verifier_id)
    return before, await _changed(session, principal, AssignmentReassigned, before, reason)


async def extend(
    session: Session, principal: Principal, assignment_id: UUID, due_at: datetime, reason: str
) -> AssignmentView:
    """Give an open assignment more time."""
    before = await _open_assignment(session, principal, assignment_id)
    if due_at <= max(before.due_at, clock.now()):
        raise invalid("/due_at", f"must lie in the future and after the present date, {before.due_at.isoformat()}")
    await repository.extend(session, assignment_id, due_at)
    return await _changed(session, principal, AssignmentExtended, before, reason)


async def _open_assignment(session: Session, principal: Principal, assignment_id: UUID) -> AssignmentView:
    """The open assignment, locked until the transaction ends."""
    await repository.lock_scorings(session, assignment_id)
    assignment = await get_assignment(session, principal, assignment_id)
    if assignment.state is not AssignmentState.OPEN:
        raise AssignmentNotOpen(f"the assignment is {assignment.state}")
    return assignment


async def _require_left(session: Session, assignment: AssignmentView) -> None:
    assert assignment.verifier_id is not None
    if await repository.is_active_verifier(session, assignment.verifier_id):
        raise AssignmentBegun(f"the evaluation {assignment.scoring_id} is a draft of the present verifier's")


async def _require_candidate(
    session: Session, assignment: AssignmentView, verifier_id: UUID, already_scored: bool
) -> None:
    await repository.lock_verifiers(session, [verifier_id])
    candidate = await repository.candidate(session, verifier_id, assignment)
    if not candidate.verifies:
        raise invalid("/verifier_id", f"{verifier_id} is no active user with the role verifier")
    if candidate.conflicted:
        raise conflict_of_interest()
    if candidate.scoring or already_scored:
        raise AlreadyScoring("the verifier has this call already, and two scorings need two verifiers")


async def _changed(
    session: Session,
    principal: Principal,
    event_type: type[AssignmentSkipped | AssignmentReassigned | AssignmentExtended],
    before: AssignmentView,
    reason: str,
) -> AssignmentView:
    after = await get_assignment(session, principal, before.id)
    documents = assignment_document(before), reasoned_document(after, reason)
    await events.record(session, event_type(subject_id=before.id, before=documents[0], after=documents[1]))
    return after
