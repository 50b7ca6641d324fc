"""The report on critical-error accuracy."""

from typing import Any

from app import analysis
from app.analysis import CRITICAL_ERRORS, CriticalBy
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports")


@router.get(
    "/critical-errors",
    operation_id="getCriticalErrorsReport",
    **answers_with(CRITICAL_ERRORS, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_critical_errors_report(
    session: SessionDep, filters: FiltersDep, table_format: FormatDep, by: CriticalBy = CriticalBy.PROJECT
) -> Any:
    """The share of calls without an error that fails the customer, the business or compliance, whatever the score.

    The shares are estimates for all calls. The report is about the same calls as the quality report. As CSV, the last
    row has no key and is the total.
    """
    return render(CRITICAL_ERRORS, await analysis.critical_errors_report(session, filters, by), table_format)
