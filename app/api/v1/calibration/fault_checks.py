"""Routes of fault checks."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from app import calibration
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calibration.fault_checks import (
    NONE,
    CheckerChoice,
    FaultCheckCountsOut,
    FaultCheckOut,
    FaultCheckProofOut,
    PlanCountsOut,
    ReassignCheckIn,
    VerdictsIn,
)
from app.api.schemas.common import PageOf
from app.assignments import ConflictOfInterest
from app.calibration import (
    AlreadyChecking,
    FaultCheck,
    FaultCheckClosed,
    FaultCheckFilter,
    FaultCheckState,
    InvalidVerdicts,
    OwnScoring,
    ScoringOpen,
)
from app.identity import Principal, visibility_of
from app.platform.errors import NotFound

router = private_router("/fault-checks", "calibration")
draws_router = private_router("/draws", "calibration")


@router.get("", operation_id="listFaultChecks", openapi_extra=requires_permission("calibration:read"))
async def list_fault_checks(
    *,
    session: SessionDep,
    page: PageDep,
    principal: PrincipalDep,
    state: FaultCheckState | None = None,
    checker_id: Annotated[CheckerChoice | None, Query()] = None,
    project_id: UUID | None = None,
    plan_id: UUID | None = None,
    draw_id: UUID | None = None,
) -> PageOf[FaultCheckOut]:
    """Fault checks in the order in which they were drawn. Verifiers see only those that were given to them."""
    wanted = FaultCheckFilter(state, _checker(principal, checker_id), checker_id == NONE, project_id, plan_id, draw_id)
    found = await calibration.list_fault_checks(session, principal, page, wanted)
    return PageOf(items=[_out(principal, check) for check in found.items], next_cursor=found.next_cursor)


@router.get("/counts", operation_id="countFaultChecks", openapi_extra=requires_permission("calibration:lead"))
async def count_fault_checks(
    session: SessionDep,
    project_id: UUID | None = None,
    plan_id: UUID | None = None,
    draw_id: UUID | None = None,
) -> FaultCheckCountsOut:
    """How many evaluations of each plan were drawn, and what became of the checks.

    Only for leaders and administrators. Checks that are not done are nonresponse.
    """
    wanted = FaultCheckFilter(project_id=project_id, plan_id=plan_id, draw_id=draw_id)
    found = await calibration.count_fault_checks(session, wanted)
    return FaultCheckCountsOut(items=[PlanCountsOut.model_validate(counts) for counts in found])


@router.get(
    "/{fault_check_id}",
    operation_id="getFaultCheck",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("calibration:read"),
)
async def get_fault_check(fault_check_id: UUID, session: SessionDep, principal: PrincipalDep) -> FaultCheckOut:
    """One fault check."""
    return _out(principal, await calibration.get_fault_check(session, principal, fault_check_id))


@router.post(
    "/{fault_check_id}",
    operation_id="completeFaultCheck",
    responses=problem_responses(NotFound, FaultCheckClosed, ConflictOfInterest, InvalidVerdicts),
    openapi_extra=requires_permission("calibration:write"),
)
async def complete_fault_check(
    fault_check_id: UUID, body: VerdictsIn, session: SessionDep, principal: PrincipalDep
) -> FaultCheckOut:
    """Say of each error whose fault it was, or that it was none. Only its checker does this, once.

    Leaders and administrators cannot: they can read what the scorer marked. The same verdicts sent again give the same
    answer.
    """
    check = await calibration.complete_fault_check(session, principal, fault_check_id, body.verdicts())
    return _out(principal, check)


@router.post(
    "/{fault_check_id}/reassign",
    operation_id="reassignFaultCheck",
    responses=problem_responses(
        NotFound, FaultCheckClosed, AlreadyChecking, ConflictOfInterest, OwnScoring, ScoringOpen
    ),
    openapi_extra=requires_permission("calibration:lead"),
)
async def reassign_fault_check(
    fault_check_id: UUID, body: ReassignCheckIn, session: SessionDep, principal: PrincipalDep
) -> FaultCheckOut:
    """Give an open fault check to another verifier of the plan. Only for leaders and administrators."""
    check = await calibration.reassign_fault_check(session, principal, fault_check_id, body.checker_id, body.reason)
    return _out(principal, check)


@draws_router.get(
    "/{draw_id}/fault-check-proof",
    operation_id="getFaultCheckProof",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_fault_check_proof(draw_id: UUID, session: SessionDep, page: PageDep) -> FaultCheckProofOut:
    """The commitment to the seed of a draw's fault checks, and once it is revealed everything to repeat their draw.

    The seed is revealed when no assignment and no fault check of the draw is open, and 90 days after the draw at the
    latest.
    """
    proof, rows = await calibration.get_fault_check_proof(session, draw_id, page)
    return FaultCheckProofOut.of(proof, rows.items, rows.next_cursor)


def _checker(principal: Principal, choice: str | None) -> UUID | None:
    if choice == "me":
        return principal.user_id
    return None if choice in {None, NONE} else UUID(choice)


def _out(principal: Principal, check: FaultCheck) -> FaultCheckOut:
    return FaultCheckOut.of(check, for_leader=visibility_of(principal).verifier_id is None)
