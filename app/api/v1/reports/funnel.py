"""The report with the funnel of agents."""

from typing import Any

from app import analysis
from app.analysis import FUNNEL
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import ReportFormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.api.v1.reports.metrics import QuestionDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/funnel",
    operation_id="getFunnelReport",
    **answers_with(FUNNEL, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_funnel_report(
    begin: TransactionFactoryDep, filters: FiltersDep, question: QuestionDep, wanted: ReportFormatDep
) -> Any:
    """Each agent's figure against the number of calls behind it, with the limits of agents who do not differ.

    The metrics are those of the control chart. The report is about the same calls as the quality report. In files it is
    the table of agents.
    """
    async with begin() as session:
        report = await analysis.agents_funnel_report(session, filters, question)
    return await render(FUNNEL, report, wanted)
