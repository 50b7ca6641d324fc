"""Assignments: a verifier's queue, the pool of what nobody has yet, and what becomes of them.

A skipped assignment stays in the draw as non-response: the call is not replaced by another. Nobody picks a call:
what is claimed from the pool is the next one, in an order that chance has settled.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app import events
from app.evaluations import AssignmentOfAnother
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, Forbidden, NotFound, invalid
from app.platform.pagination import Page, PageRequest, page_of
from app.sampling import assignments_repository as repository
from app.sampling import queues
from app.sampling.errors import (
    AlreadyScoring,
    AssignmentBegun,
    AssignmentMismatch,
    AssignmentNotOpen,
    AssignmentPooled,
    AssignmentSkipped,
    ConflictOfInterest,
    NothingToClaim,
    TooManyGivenUp,
)
from app.sampling.plans.service import get_plan
from app.sampling.policies import own_only
from app.sampling.records import AssignmentFilter, AssignmentState, AssignmentView

# Claimed assignments that a verifier may skip in a day: with more, one could look for a call that pleases.
MOST_GIVEN_UP = 5


async def get_assignment(session: Session, principal: Principal, assignment_id: UUID) -> AssignmentView:
    assigned = await queues.assignment_by_id(session, assignment_id, clock.now())
    own = own_only(principal)
    if assigned is None or own not in {None, assigned.verifier_id}:
        raise NotFound(f"there is no assignment {assignment_id}")
    return assigned


async def list_assignments(
    session: Session, principal: Principal, page: PageRequest, wanted: AssignmentFilter
) -> Page[AssignmentView]:
    """Assignments in the order in which they are to be worked off: what is due first comes first."""
    rows = await queues.page_of_assignments(session, page, wanted, own_only(principal), clock.now())
    return page_of(rows, page, lambda assigned: (assigned.due_at, assigned.id))


async def claim(session: Session, principal: Principal, plan_id: UUID | None) -> AssignmentView:
    """Take the next assignment of the pool that one may score, of all plans or of one.

    Capacity does not matter: who claims wants more.
    """
    if plan_id is not None:
        await _check_plan(session, plan_id)
    await repository.lock_verifier(session, principal.user_id)
    now = clock.now()
    if await repository.claims_given_up(session, principal.user_id, now - timedelta(days=1)) >= MOST_GIVEN_UP:
        raise TooManyGivenUp(
            f"{MOST_GIVEN_UP} claimed assignments were skipped within a day: a leader can hand out more"
        )
    assignment_id = await repository.claim_next(session, principal.user_id, plan_id, now)
    if assignment_id is None:
        raise NothingToClaim("nothing waits in the pools of your plans that you may score")
    claimed = await get_assignment(session, principal, assignment_id)
    await _record(session, "assignment.claimed", replace(claimed, verifier_id=None), claimed)
    return claimed


async def skip(session: Session, principal: Principal, assignment_id: UUID, reason: str) -> AssignmentView:
    """Give one's own open assignment up, for a reason that people read."""
    before = await _open(session, principal, assignment_id)
    if before.verifier_id != principal.user_id:
        raise Forbidden("only its verifier may skip an assignment")
    await repository.skip_assignment(session, assignment_id, clock.now(), reason)
    return await _changed(session, principal, "assignment.skipped", before, reason)


async def reassign(
    session: Session, principal: Principal, assignment_id: UUID, verifier_id: UUID | None, reason: str
) -> AssignmentView:
    """Hand an open assignment that nobody has begun to another verifier, or to the pool."""
    before = await _open(session, principal, assignment_id)
    if before.evaluation_id is not None:
        raise AssignmentBegun(f"the evaluation {before.evaluation_id} is a draft of the present verifier's")
    if verifier_id is not None:
        await _check_candidate(session, before, verifier_id)
    elif before.verifier_id is None:
        raise AssignmentPooled("no verifier has the assignment")
    await repository.reassign(session, assignment_id, verifier_id)
    return await _changed(session, principal, "assignment.reassigned", before, reason)


async def extend(
    session: Session, principal: Principal, assignment_id: UUID, due_at: datetime, reason: str
) -> AssignmentView:
    """Give an open assignment more time."""
    before = await _open(session, principal, assignment_id)
    if due_at <= max(before.due_at, clock.now()):
        raise invalid("/due_at", f"must lie in the future and after the present date, {before.due_at.isoformat()}")
    await repository.extend(session, assignment_id, due_at)
    return await _changed(session, principal, "assignment.extended", before, reason)


async def check_evaluation(session: Session, event: events.RecordedEvent) -> None:
    """Refuse an evaluation that names an assignment which is not its verifier's to score with it."""
    named = event.after or {}
    if named.get("assignment_id") is None:
        return
    assignment = await repository.named_assignment(session, named["assignment_id"])
    if assignment is None:
        raise invalid("/assignment_id", f"there is no assignment {named['assignment_id']}")
    if assignment.verifier_id != named["verifier_id"]:
        raise AssignmentOfAnother("the assignment was given to another verifier")
    if assignment.skipped_at is not None:
        raise AssignmentSkipped("the assignment was skipped and cannot be scored any more")
    for field in ("call_id", "scorecard_id"):
        if getattr(assignment, field) != named[field]:
            raise _mismatch(field)


def _mismatch(field: str) -> AssignmentMismatch:
    what = field.removesuffix("_id")
    return AssignmentMismatch(
        f"the assignment is of another {what}",
        field_errors=(FieldError(f"/{field}", f"is not the assignment's {what}"),),
    )


async def _open(session: Session, principal: Principal, assignment_id: UUID) -> AssignmentView:
    """The assignment, open and held so until the transaction ends."""
    await repository.lock_scorings(session, assignment_id)
    assigned = await get_assignment(session, principal, assignment_id)
    if assigned.state is not AssignmentState.OPEN:
        raise AssignmentNotOpen(f"the assignment is {assigned.state}")
    return assigned


async def _check_plan(session: Session, plan_id: UUID) -> None:
    try:
        await get_plan(session, plan_id)
    except NotFound as error:
        raise invalid("/plan_id", error.detail) from error


async def _check_candidate(session: Session, assigned: AssignmentView, verifier_id: UUID) -> None:
    await repository.lock_verifier(session, verifier_id)
    candidate = await repository.candidate(session, verifier_id, assigned)
    if not candidate.verifies:
        raise invalid("/verifier_id", f"{verifier_id} is no active user with the role verifier")
    if candidate.conflicted:
        raise ConflictOfInterest("nobody scores calls of their own or of an agent whom they supervise")
    if candidate.scoring:
        raise AlreadyScoring("the verifier has this call already, and two scorings need two verifiers")


async def _changed(
    session: Session, principal: Principal, event_type: str, before: AssignmentView, reason: str
) -> AssignmentView:
    after = await get_assignment(session, principal, before.id)
    await _record(session, event_type, before, after, reason=reason)
    return after


async def _record(session: Session, event_type: str, before: AssignmentView, after: AssignmentView, **why: str) -> None:
    subject = ("assignment", before.id)
    await events.record(session, event_type, subject=subject, before=_document(before), after=_document(after) | why)


def _document(assigned: AssignmentView) -> dict[str, Any]:
    return {
        "state": assigned.state,
        "call_id": assigned.call_id,
        "verifier_id": assigned.verifier_id,
        "due_at": assigned.due_at,
    }
