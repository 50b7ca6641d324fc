"""Routes of assignments."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.assignments import (
    POOL,
    AssignmentOut,
    ClaimIn,
    ExtendIn,
    ReassignIn,
    SkipIn,
    VerifierChoice,
)
from app.api.schemas.common import PageOf
from app.assignments import (
    AlreadyScoring,
    AssignmentBegun,
    AssignmentFilter,
    AssignmentNotOpen,
    AssignmentPooled,
    AssignmentState,
    ConflictOfInterest,
    NothingToClaim,
    TooManyGivenUp,
    extend,
    skip,
)
from app.identity import Principal, visibility_of
from app.platform.errors import NotFound
from app.sampling import (
    QueueItem,
    get_queue_item,
    list_queue,
    with_signals,
)
from app.sampling import (
    claim_assignment as claim,
)
from app.sampling import (
    reassign_assignment as reassign,
)

router = private_router("/assignments", "sampling")


@router.get("", operation_id="listAssignments", openapi_extra=requires_permission("sampling:read"))
async def list_assignments(
    *,
    session: SessionDep,
    page: PageDep,
    principal: PrincipalDep,
    state: AssignmentState | None = None,
    overdue: Annotated[bool | None, Query(description="Open and past due, or all but these.")] = None,
    verifier_id: Annotated[VerifierChoice | None, Query()] = None,
    draw_id: UUID | None = None,
    plan_id: UUID | None = None,
    project_id: Annotated[UUID | None, Query(description="The project of the plan.")] = None,
    agent_id: Annotated[UUID | None, Query(description="The agent of the call when it was drawn.")] = None,
) -> PageOf[AssignmentOut]:
    """Assignments by due date. Verifiers see only their own, and nothing of the pool."""
    wanted = AssignmentFilter(
        state=state,
        overdue=overdue,
        pooled=verifier_id == POOL,
        verifier_id=_verifier(principal, verifier_id),
        batch_id=draw_id,
        pool_id=plan_id,
        project_id=project_id,
        agent_id=agent_id,
    )
    found = (await list_queue(session, principal, page, wanted)).map(lambda item: _out(principal, item))
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.post(
    "/claim",
    operation_id="claimAssignment",
    responses=problem_responses(NothingToClaim, TooManyGivenUp),
    openapi_extra=requires_permission("evaluations:write"),
)
async def claim_assignment(body: ClaimIn, session: SessionDep, principal: PrincipalDep) -> AssignmentOut:
    """Take the next assignment that waits in the pool of one of your plans. The call is chosen at random."""
    return _out(principal, await claim(session, principal, body.plan_id))


@router.get(
    "/{assignment_id}",
    operation_id="getAssignment",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_assignment(assignment_id: UUID, session: SessionDep, principal: PrincipalDep) -> AssignmentOut:
    """One assignment."""
    return _out(principal, await get_queue_item(session, principal, assignment_id))


@router.post(
    "/{assignment_id}/skip",
    operation_id="skipAssignment",
    responses=problem_responses(NotFound, AssignmentNotOpen),
    openapi_extra=requires_permission("evaluations:write"),
)
async def skip_assignment(
    assignment_id: UUID, body: SkipIn, session: SessionDep, principal: PrincipalDep
) -> AssignmentOut:
    """Skip your own assignment. The call stays in the draw as nonresponse; it is not replaced."""
    skipped = await skip(session, principal, assignment_id, body.reason)
    return _out(principal, await with_signals(session, skipped))


@router.post(
    "/{assignment_id}/reassign",
    operation_id="reassignAssignment",
    responses=problem_responses(
        NotFound, AssignmentNotOpen, AssignmentBegun, AssignmentPooled, ConflictOfInterest, AlreadyScoring
    ),
    openapi_extra=requires_permission("sampling:write"),
)
async def reassign_assignment(
    assignment_id: UUID, body: ReassignIn, session: SessionDep, principal: PrincipalDep
) -> AssignmentOut:
    """Give an open assignment to another verifier, or to the pool.

    One that is begun is only taken from a user who is no longer an active verifier: their draft is abandoned.
    """
    return _out(principal, await reassign(session, principal, assignment_id, body.verifier_id, body.reason))


@router.post(
    "/{assignment_id}/extend",
    operation_id="extendAssignment",
    responses=problem_responses(NotFound, AssignmentNotOpen),
    openapi_extra=requires_permission("sampling:write"),
)
async def extend_assignment(
    assignment_id: UUID, body: ExtendIn, session: SessionDep, principal: PrincipalDep
) -> AssignmentOut:
    """Give an open assignment more time."""
    extended = await extend(session, principal, assignment_id, body.due_at, body.reason)
    return _out(principal, await with_signals(session, extended))


def _verifier(principal: Principal, choice: str | None) -> UUID | None:
    if choice == "me":
        return principal.user_id
    return None if choice in {None, POOL} else UUID(choice)


def _out(principal: Principal, item: QueueItem) -> AssignmentOut:
    return AssignmentOut.of(item, show_round=visibility_of(principal).verifier_id is None)
