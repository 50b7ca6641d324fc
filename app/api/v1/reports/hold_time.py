"""The report on hold time."""

from typing import Any

from app import analysis
from app.analysis import HOLD_TIME
from app.api.deps import PrincipalDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import WindowFiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/hold-time",
    operation_id="getHoldTimeReport",
    **answers_with(HOLD_TIME, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:own"),
)
async def get_hold_time_report(
    begin: TransactionFactoryDep, principal: PrincipalDep, filters: WindowFiltersDep, wanted: FormatDep
) -> Any:
    """How long customers are on hold, by agent and project, and whether that is the agents' or the process's.

    An agent above the limit does not know the material; if a whole project keeps its customers on hold for long, the
    information is badly arranged for everyone. The filters choose what is shown; the limits come from all calls of the
    period. An agent sees the own rows. In files it is the table of agents.
    """
    async with begin() as session:
        report = await analysis.hold_time_report(session, principal, filters)
    return await render(HOLD_TIME, report, wanted)
