"""The report with the Pareto of errors."""

from typing import Any

from app import analysis
from app.analysis import PARETO, ParetoBy
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import ReportFormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/pareto",
    operation_id="getParetoReport",
    **answers_with(PARETO, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_pareto_report(
    begin: TransactionFactoryDep, filters: FiltersDep, wanted: ReportFormatDep, by: ParetoBy = ParetoBy.ITEM
) -> Any:
    """Which items, reasons or sections have most of the errors, whose these are, and which few matter most.

    The numbers of errors are estimates for all calls. The report is about the same calls as the quality report. Items,
    reasons and sections belong to their scorecard. In files it is the table of causes.
    """
    async with begin() as session:
        report = await analysis.errors_pareto_report(session, filters, by)
    return await render(PARETO, report, wanted)
