"""The bonus: its report, its preview, and the steps of a project."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from app import analysis
from app.analysis import BONUS, BONUS_PREVIEW, BonusNotSet, Filters
from app.api.deps import PrincipalDep, SessionDep, TransactionFactoryDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.bonus import BonusPreviewIn, BonusRuleIn, BonusRuleOut, Month
from app.api.tables import FormatDep, answers_with, render
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)
projects_router = private_router("/projects", "reports")

_MONTH = Query(description="The month, such as 2026-11. The default is the last one that is over.")
_PROJECT = Query(description="The default is all projects that have set steps.")
_TEAM = Query(description="The agents who are now in this team.")


@router.get(
    "/bonus",
    operation_id="getBonusReport",
    **answers_with(BONUS, problem_responses(NotFound, BonusNotSet)),
    openapi_extra=requires_permission("reports:own"),
)
async def get_bonus_report(
    *,
    begin: TransactionFactoryDep,
    principal: PrincipalDep,
    wanted: FormatDep,
    month: Annotated[Month | None, _MONTH] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Any:
    """The bonus of each agent in a month: the step that the lower limit of the mean agent score reaches.

    It follows what is certain about the score, so that nobody gains or loses by the chance of which calls were drawn
    alone. Agents without enough evaluations have the outcome `too_few`. An agent sees the own figure. In files it is
    the table of agents.
    """
    filters = Filters(project_id=project_id, team_id=team_id)
    async with begin() as session:
        report = await analysis.bonus_report(session, principal, filters, month)
    return await render(BONUS, report, wanted)


@projects_router.get(
    "/{project_id}/bonus",
    operation_id="getBonusRule",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("reports:read"),
)
async def get_bonus_rule(project_id: UUID, session: SessionDep, response: Response) -> BonusRuleOut:
    """The steps of the bonus in a project; 404 as long as none are set."""
    rule = await analysis.get_bonus_rule(session, project_id)
    set_etag(response, rule.version)
    return BonusRuleOut.of(rule)


@projects_router.put(
    "/{project_id}/bonus",
    operation_id="setBonusRule",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("admin:write"),
)
async def set_bonus_rule(project_id: UUID, body: BonusRuleIn, session: SessionDep, response: Response) -> BonusRuleOut:
    """Set the steps of the bonus in a project. They replace the present ones; the journal keeps both.

    Every month is then computed by the new steps, months that are over too: keep what was paid.
    """
    rule = await analysis.set_bonus_rule(session, project_id, body.terms())
    set_etag(response, rule.version)
    return BonusRuleOut.of(rule)


@projects_router.post(
    "/{project_id}/bonus/preview",
    operation_id="previewBonus",
    **answers_with(BONUS_PREVIEW, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def preview_bonus(project_id: UUID, body: BonusPreviewIn, session: SessionDep, wanted: FormatDep) -> Any:
    """What other steps would have given in past months, beside what the present ones give. Nothing is stored.

    In files it is the table of agents and months.
    """
    preview = await analysis.bonus_preview(session, project_id, body.terms(), body.months)
    return await render(BONUS_PREVIEW, preview, wanted)
