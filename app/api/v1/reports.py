"""Routes of reports."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app import analysis
from app.analysis import ErrorSourcesReport, Filters, GroupBy, QualityReport
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.report_tables import error_items_csv, quality_csv
from app.api.routing import needs, private_router
from app.api.schemas.reports import (
    DayOrTime,
    ErrorItemOut,
    ErrorReasonOut,
    ErrorSourcesOut,
    ErrorTeamOut,
    ProcessShareOut,
    QualityFigureOut,
    QualityItemOut,
    QualityOut,
)
from app.api.tables import CSV_CONTENT, FormatDep, TableFormat
from app.platform.errors import NotFound

router = private_router("/reports", "reports")

QUALITY_METHOD = (
    "Mean score of all calls in the drawn windows: Hájek's estimator over the drawn calls that were evaluated, each "
    "weighted by the inverse of its inclusion probability and by the response in its stratum; 95 % t intervals from "
    "the linearised variance."
)
ERRORS_METHOD = (
    "Provisional: the verifiers' marks are taken at their word, weighted so that they speak about all calls in the "
    "drawn windows; 95 % Wilson intervals on the effective number of calls."
)


async def _filters(
    since: Annotated[
        DayOrTime | None,
        Query(alias="from", description="Calls that started at this moment or later. By default 28 days before `to`."),
    ] = None,
    until: Annotated[
        DayOrTime | None,
        Query(alias="to", description="Calls that started before this moment, itself excluded. By default now."),
    ] = None,
    project_id: Annotated[
        UUID | None, Query(description="Calls of one project; days are then days of its time zone, and of UTC without.")
    ] = None,
    team_id: Annotated[UUID | None, Query(description="Calls of the agents who are now in this team.")] = None,
    scorecard_id: Annotated[UUID | None, Query(description="Evaluations by one scorecard.")] = None,
) -> Filters:
    return Filters(since, until, project_id, team_id, scorecard_id)


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get(
    "/quality",
    operation_id="getQualityReport",
    response_model=QualityOut,
    responses={200: CSV_CONTENT, **problem_responses(NotFound)},
    openapi_extra=needs("reports:read"),
)
async def get_quality_report(
    session: SessionDep, filters: FiltersDep, table_format: FormatDep, by: GroupBy = GroupBy.PROJECT
) -> QualityOut | Response:
    """The mean score of all calls, estimated from the drawn ones, with its interval and the naive mean beside it.

    The calls are those that started within the period and lay in the frame of a draw; a call in the frames of two
    plans counts once for each. Of every evaluation the latest revision counts. Drawn calls that were not evaluated
    are non-response, and their weight goes to the others of their stratum. Calls that no item applied to are left
    out, and evaluations of hand-picked calls are only counted. `by=verifier` is descriptive: it is the mean of the
    calls that a verifier got, not a measure of strictness. As CSV the last row, without a key, is the total.
    """
    out = _quality_out(await analysis.quality_report(session, filters, by))
    return quality_csv(out) if table_format is TableFormat.CSV else out


@router.get(
    "/error-sources",
    operation_id="getErrorSourcesReport",
    response_model=ErrorSourcesOut,
    responses={200: CSV_CONTENT, **problem_responses(NotFound)},
    openapi_extra=needs("reports:read"),
)
async def get_error_sources_report(
    session: SessionDep, filters: FiltersDep, table_format: FormatDep
) -> ErrorSourcesOut | Response:
    """Whose the errors are, the agents' or the process's: overall, by item, by reason and by team, and what to do.

    It speaks about the same calls as the quality report. Items belong to their scorecard. As CSV it is the table of
    items.
    """
    out = _error_sources_out(await analysis.error_sources_report(session, filters))
    return error_items_csv(out) if table_format is TableFormat.CSV else out


def _quality_out(report: QualityReport) -> QualityOut:
    return QualityOut(
        since=report.period.start,
        until=report.period.end,
        method=QUALITY_METHOD,
        items=[
            QualityItemOut.model_validate(asdict(figure) | {"name": report.names[figure.key]})
            for figure in report.figures
        ],
        total=None if report.total is None else QualityFigureOut.model_validate(report.total),
        unsampled_evaluations=report.unsampled_evaluations,
    )


def _error_sources_out(report: ErrorSourcesReport) -> ErrorSourcesOut:
    sources, share = report.sources, report.sources.process_share
    marked = sources.marked_process_share
    return ErrorSourcesOut(
        since=report.period.start,
        until=report.period.end,
        method=ERRORS_METHOD,
        evaluations=sources.evaluations,
        response_rate=sources.response_rate,
        errors=sources.errors,
        process_share=ProcessShareOut(
            value=share and share.value,
            low=share and share.low,
            high=share and share.high,
            method=sources.method,
            checked_errors=sources.checked_errors,
        ),
        marked_process_share=marked and marked.value,
        by_item=[ErrorItemOut.model_validate(item) for item in sources.by_item],
        by_reason=[ErrorReasonOut.model_validate(reason) for reason in sources.by_reason],
        by_team=[ErrorTeamOut.model_validate(team) for team in sources.by_team],
    )
