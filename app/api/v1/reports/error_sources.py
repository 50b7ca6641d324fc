"""The report on the sources of errors."""

from typing import Annotated, Any

from fastapi import Query

from app import analysis
from app.analysis import ERROR_SOURCES, ErrorPicture
from app.api.deps import TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import ReportFormatDep, answers_with, render
from app.api.v1.reports.filters import FiltersDep
from app.platform.errors import NotFound

_PICTURE = Query(
    description="What a picture shows: the items with the most errors (a Pareto chart), or the process share by week. "
    "Other formats ignore it; a workbook has both."
)

router = private_router("/reports", "reports", streaming=True)


@router.get(
    "/error-sources",
    operation_id="getErrorSourcesReport",
    **answers_with(ERROR_SOURCES, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_error_sources_report(
    begin: TransactionFactoryDep,
    filters: FiltersDep,
    wanted: ReportFormatDep,
    picture: Annotated[ErrorPicture, _PICTURE] = ErrorPicture.ITEMS,
) -> Any:
    """Whether errors come from agents or from the process: overall, by item, reason, team and week, and what to do.

    The report is about the same calls as the quality report. Errors are taken as they stand without the corrections
    that checks led to (revisions of the kind `calibration`). Items belong to their scorecard. In files it is the table
    of items. The figures of a period that is over are kept: the same question is answered with them, to the last digit,
    until evaluations come or are revised or errors are checked, and then `figure.changed` says so.
    """
    async with begin() as session:
        report = await analysis.error_sources_report(session, filters)
    await analysis.keep(begin, report.figure)
    return await render(ERROR_SOURCES, report, wanted, picture=picture)
