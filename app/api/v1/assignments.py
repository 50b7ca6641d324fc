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
from app.identity import Principal
from app.platform.errors import NotFound
from app.sampling import assignments
from app.sampling.errors import (
    AlreadyScoring,
    AssignmentBegun,
    AssignmentNotOpen,
    AssignmentPooled,
    ConflictOfInterest,
    NothingToClaim,
    TooManyGivenUp,
)
from app.sampling.policies import own_only
from app.sampling.records import AssignmentFilter, AssignmentState, AssignmentView

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
    agent_id: Annotated[UUID | None, Query(description="The agent in whose stratum the call was drawn.")] = None,
) -> PageOf[AssignmentOut]:
    """Assignments in the order in which they are to be worked off: what is due first comes first.

    A verifier sees no others than the own, and nothing of the pool.
    """
    wanted = AssignmentFilter(
        state=state,
        overdue=overdue,
        pooled=verifier_id == POOL,
        verifier_id=_verifier(principal, verifier_id),
        draw_id=draw_id,
        plan_id=plan_id,
        project_id=project_id,
        agent_id=agent_id,
    )
    found = await assignments.list_assignments(session, principal, page, wanted)
    return PageOf(items=[_shown(principal, assigned) for assigned in found.items], next_cursor=found.next_cursor)


@router.post(
    "/claim",
    operation_id="claimAssignment",
    responses=problem_responses(NothingToClaim, TooManyGivenUp),
    openapi_extra=requires_permission("evaluations:write"),
)
async def claim_assignment(body: ClaimIn, session: SessionDep, principal: PrincipalDep) -> AssignmentOut:
    """Take the next assignment that waits in the pool of one of one's plans. Which call that is, chance has settled."""
    return _shown(principal, await assignments.claim(session, principal, body.plan_id))


@router.get(
    "/{assignment_id}",
    operation_id="getAssignment",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_assignment(assignment_id: UUID, session: SessionDep, principal: PrincipalDep) -> AssignmentOut:
    """One assignment."""
    return _shown(principal, await assignments.get_assignment(session, principal, assignment_id))


@router.post(
    "/{assignment_id}/skip",
    operation_id="skipAssignment",
    responses=problem_responses(NotFound, AssignmentNotOpen),
    openapi_extra=requires_permission("evaluations:write"),
)
async def skip_assignment(
    assignment_id: UUID, body: SkipIn, session: SessionDep, principal: PrincipalDep
) -> AssignmentOut:
    """Give one's own assignment up. The call stays in the draw as non-response; none takes its place."""
    return _shown(principal, await assignments.skip(session, principal, assignment_id, body.reason))


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
    """Hand an open assignment that nobody has begun to another verifier, or to the pool."""
    changed = await assignments.reassign(session, principal, assignment_id, body.verifier_id, body.reason)
    return _shown(principal, changed)


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
    return _shown(principal, await assignments.extend(session, principal, assignment_id, body.due_at, body.reason))


def _verifier(principal: Principal, choice: str | None) -> UUID | None:
    if choice == "me":
        return principal.user_id
    return None if choice in {None, POOL} else UUID(choice)


def _shown(principal: Principal, assigned: AssignmentView) -> AssignmentOut:
    return AssignmentOut.of(assigned, show_place=own_only(principal) is None)
