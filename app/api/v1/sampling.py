"""Routes of sampling plans and draws."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from app import sampling
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.sampling import (
    DrawIn,
    DrawOut,
    DrawSummaryOut,
    PreviewOut,
    SamplingPlanIn,
    SamplingPlanOut,
    SamplingPlanPatch,
    SelectionOut,
    WindowIn,
)
from app.api.v1.jobs import JobAccepted
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion, Unavailable
from app.sampling import DrawState, FloorExceedsRate, NoLateCalls, NoVerifiers, WindowDrawn, WindowNotDrawn, WindowOpen

plans_router = private_router("/sampling-plans", "sampling")
draws_router = private_router("/draws", "sampling")


@plans_router.post(
    "", operation_id="createSamplingPlan", status_code=201, openapi_extra=requires_permission("sampling:write")
)
async def create_plan(body: SamplingPlanIn, session: SessionDep, response: Response) -> SamplingPlanOut:
    """Create a plan: what is drawn how often from which calls, and who scores it."""
    plan = await sampling.create_plan(session, **body.model_dump())
    set_etag(response, plan.version)
    return SamplingPlanOut.model_validate(plan)


@plans_router.get("", operation_id="listSamplingPlans", openapi_extra=requires_permission("sampling:read"))
async def list_plans(session: SessionDep, page: PageDep, project_id: UUID | None = None) -> PageOf[SamplingPlanOut]:
    """The sampling plans of the tenant, or of one project."""
    found = (await sampling.list_plans(session, page, project_id=project_id)).map(SamplingPlanOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@plans_router.get(
    "/{plan_id}",
    operation_id="getSamplingPlan",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_plan(plan_id: UUID, session: SessionDep, response: Response) -> SamplingPlanOut:
    """One sampling plan."""
    plan = await sampling.get_plan(session, plan_id)
    set_etag(response, plan.version)
    return SamplingPlanOut.model_validate(plan)


@plans_router.patch(
    "/{plan_id}",
    operation_id="changeSamplingPlan",
    responses=problem_responses(NotFound, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("sampling:write"),
)
async def change_plan(
    plan_id: UUID, body: SamplingPlanPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> SamplingPlanOut:
    """Change the given fields of a plan; draws that were made stay as they are."""
    plan = await sampling.change_plan(session, plan_id, version, body.model_dump(exclude_unset=True))
    set_etag(response, plan.version)
    return SamplingPlanOut.model_validate(plan)


@plans_router.post(
    "/{plan_id}/preview",
    operation_id="previewDraw",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def preview(plan_id: UUID, body: WindowIn, session: SessionDep) -> PreviewOut:
    """What a draw of the window would be like, as its calls are now; nothing is stored."""
    return PreviewOut.of(await sampling.preview(session, plan_id, body.window_start))


@plans_router.post(
    "/{plan_id}/draws",
    operation_id="makeDraw",
    status_code=201,
    response_model=DrawOut,
    responses={
        202: {"model": JobAccepted, "description": "The window is large, and a job draws from it"},
        **problem_responses(
            NotFound, WindowOpen, WindowDrawn, WindowNotDrawn, NoLateCalls, NoVerifiers, FloorExceedsRate, Unavailable
        ),
    },
    openapi_extra=requires_permission("sampling:write"),
)
async def make_draw(plan_id: UUID, body: DrawIn, session: SessionDep) -> DrawOut | JSONResponse:
    """Draw from a window that is over, and assign what is drawn.

    The windows of active plans are drawn automatically. A window is drawn once; `supplementary` draws from the calls
    that came late, which also happens automatically every day.
    """
    begun = await sampling.request_draw(session, plan_id, body.window_start, late=body.supplementary)
    if isinstance(begun, UUID):
        return JSONResponse(JobAccepted(job_id=begun).model_dump(mode="json"), status_code=202)
    return DrawOut.whole(*await sampling.get_draw(session, begun.id))


@draws_router.get("", operation_id="listDraws", openapi_extra=requires_permission("sampling:read"))
async def list_draws(
    session: SessionDep,
    page: PageDep,
    plan_id: UUID | None = None,
    state: Annotated[
        DrawState, Query(description="`committed` shows the hashes of the seeds that are still secret.")
    ] = DrawState.DRAWN,
) -> PageOf[DrawSummaryOut]:
    """The draws of the tenant, or of one plan, that are in a state."""
    found = (await sampling.list_draws(session, page, plan_id=plan_id, state=state)).map(DrawSummaryOut.of)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@draws_router.get(
    "/{draw_id}",
    operation_id="getDraw",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def get_draw(draw_id: UUID, session: SessionDep) -> DrawOut:
    """One draw with its strata."""
    return DrawOut.whole(*await sampling.get_draw(session, draw_id))


@draws_router.get(
    "/{draw_id}/selections",
    operation_id="listSelections",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("sampling:read"),
)
async def list_selections(
    draw_id: UUID, session: SessionDep, page: PageDep, principal: PrincipalDep
) -> PageOf[SelectionOut]:
    """The drawn calls in their display order, each with its inclusion probability and the reasons for it."""
    found = (await sampling.list_selections(session, principal, draw_id, page)).map(SelectionOut.of)
    return PageOf(items=found.items, next_cursor=found.next_cursor)
