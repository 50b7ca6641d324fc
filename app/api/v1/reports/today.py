"""The report of today."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query

from app import analysis
from app.analysis import TODAY, Filters
from app.api.deps import PrincipalDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)

_PROJECT = Query(description="One project. Days are then days of its time zone, and otherwise of UTC.")
_TEAM = Query(description="The agents who are now in this team.")


@router.get(
    "/today",
    operation_id="getTodayReport",
    **answers_with(TODAY, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_today_report(
    begin: TransactionFactoryDep,
    principal: PrincipalDep,
    wanted: FormatDep,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Any:
    """What a leader looks at in the morning: what falls short of the plan, what failed, and what waits for whom.

    Each entry has a count, the most important few, and the links to act on them. There are no entries for disputes,
    acknowledgements and feedback tasks, which do not exist yet. In files it is the table of all shown items.
    """
    filters = Filters(project_id=project_id, team_id=team_id)
    async with begin() as session:
        report = await analysis.today_report(session, principal, filters)
    return await render(TODAY, report, wanted)
