"""The report on critical-error accuracy."""

from typing import Any

from app import analysis
from app.analysis import CRITICAL_ERRORS, CriticalBy
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/critical-errors",
    operation_id="getCriticalErrorsReport",
    **answers_with(CRITICAL_ERRORS, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_critical_errors_report(
    begin: TransactionFactoryDep, filters: FiltersDep, wanted: FormatDep, by: CriticalBy = CriticalBy.PROJECT
) -> Any:
    """The share of calls without an error that fails the customer, the business or compliance, whatever the score.

    The shares are estimates for all calls. The report is about the same calls as the quality report. In files, the last
    row has no key and is the total.
    """
    async with begin() as session:
        report = await analysis.critical_errors_report(session, filters, by)
    return await render(CRITICAL_ERRORS, report, wanted)
