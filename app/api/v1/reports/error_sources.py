"""The report on the sources of errors."""

from typing import Any

from app import analysis
from app.analysis import ERROR_SOURCES
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

router = private_router("/reports", "reports")


@router.get(
    "/error-sources",
    operation_id="getErrorSourcesReport",
    **answers_with(ERROR_SOURCES, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_error_sources_report(session: SessionDep, filters: FiltersDep, table_format: FormatDep) -> Any:
    """Whether errors come from agents or from the process: overall, by item, reason, team and week, and what to do.

    The report is about the same calls as the quality report. Errors are taken as they stand without the corrections
    that checks led to (revisions of the kind `calibration`). Items belong to their scorecard. As CSV it is the table of
    items.
    """
    return render(ERROR_SOURCES, await analysis.error_sources_report(session, filters), table_format)
