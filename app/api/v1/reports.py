"""Routes of reports."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app import analysis
from app.analysis import (
    AgentCoverage,
    CoverageReport,
    ErrorSourcesReport,
    Filters,
    GroupBy,
    PlanCoverage,
    QualityReport,
)
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.report_tables import coverage_csv, error_items_csv, quality_csv
from app.api.routing import private_router, requires_permission
from app.api.schemas.reports import (
    AgentCoverageOut,
    CoverageOut,
    CoverageTotalOut,
    DayOrTime,
    ErrorItemOut,
    ErrorReasonOut,
    ErrorSourcesOut,
    ErrorTeamOut,
    PlanCoverageOut,
    ProcessShareOut,
    QualityFigureOut,
    QualityItemOut,
    QualityOut,
    SignalCoverageOut,
)
from app.api.tables import CSV_CONTENT, FormatDep, TableFormat
from app.platform.errors import NotFound

router = private_router("/reports", "reports")

QUALITY_METHOD = (
    "Mean score of all calls in the drawn windows: Hájek's estimator over the drawn calls that were evaluated, each "
    "weighted by the inverse of its inclusion probability and by the response among the same agent's drawn calls in "
    "neighbouring windows. The calls of an agent in a draw are a stratum, late calls of a supplementary draw another "
    "one; where two plans draw from the same calls, these count for each. A call counts for the agent whose it was, "
    "and at the time at which it had started, when it was drawn, whatever it is changed to later; teams are the "
    "agents' present ones. 95 % intervals are Wilson's on the effective sample size with Student's t, from the "
    "linearised variance with finite-population correction; how much the calls of a group differ, of which a few "
    "evaluations say little, is shrunk towards how much those of all groups do."
)
ERRORS_METHOD = (
    "Provisional: the verifiers' marks are taken at their word, weighted so that they speak about all calls in the "
    "drawn windows; 95 % Wilson intervals on the effective number of calls."
)
COVERAGE_METHOD = (
    "Counts of the drawn windows' frames and samples as they were drawn; the share of the frame that a signal stands "
    "for is estimated, each drawn call weighted by the inverse of its inclusion probability. That an agent is in no "
    "sample has the product of 1 − the expected number of calls in each window for its probability, and none where "
    "one or more are to be expected."
)

_SINCE = Query(alias="from", description="Calls that started at this moment or later. By default 28 days before `to`.")
_UNTIL = Query(alias="to", description="Calls that started before this moment, itself excluded. By default now.")
_PROJECT = Query(description="Calls of one project; days are then days of its time zone, and of UTC without.")
_TEAM = Query(description="Calls of the agents who are now in this team.")


async def _window_filters(
    since: Annotated[DayOrTime | None, _SINCE] = None,
    until: Annotated[DayOrTime | None, _UNTIL] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Filters:
    return Filters(since, until, project_id, team_id)


WindowFiltersDep = Annotated[Filters, Depends(_window_filters)]


async def _filters(
    filters: WindowFiltersDep,
    scorecard_id: Annotated[UUID | None, Query(description="Evaluations by one scorecard.")] = None,
) -> Filters:
    return replace(filters, scorecard_id=scorecard_id)


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get(
    "/quality",
    operation_id="getQualityReport",
    response_model=QualityOut,
    responses={200: CSV_CONTENT, **problem_responses(NotFound)},
    openapi_extra=requires_permission("reports:read"),
)
async def get_quality_report(
    session: SessionDep, filters: FiltersDep, table_format: FormatDep, by: GroupBy = GroupBy.PROJECT
) -> QualityOut | Response:
    """The mean score of all calls, estimated from the drawn ones, with its interval and the naive mean beside it.

    The calls are those that started within the period and lay in the frame of a draw; a call in the frames of two
    plans counts once for each. Of every evaluation the latest revision counts. Drawn calls that were not evaluated
    are non-response, and their weight goes to the same agent's others. Calls that no item applied to are left out,
    and evaluations of hand-picked calls are only counted. `by=verifier` is descriptive: it is the mean of the calls
    that a verifier got, not a measure of strictness. As CSV the last row, without a key, is the total.
    """
    out = _quality_out(await analysis.quality_report(session, filters, by))
    return quality_csv(out) if table_format is TableFormat.CSV else out


@router.get(
    "/error-sources",
    operation_id="getErrorSourcesReport",
    response_model=ErrorSourcesOut,
    responses={200: CSV_CONTENT, **problem_responses(NotFound)},
    openapi_extra=requires_permission("reports:read"),
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


@router.get(
    "/sampling-coverage",
    operation_id="getSamplingCoverageReport",
    response_model=CoverageOut,
    responses={200: CSV_CONTENT, **problem_responses(NotFound)},
    openapi_extra=requires_permission("reports:read"),
)
async def get_sampling_coverage_report(
    session: SessionDep, filters: WindowFiltersDep, table_format: FormatDep
) -> CoverageOut | Response:
    """Who was heard how often, which agents were not and why, and whether the draws did what the plans promise.

    It speaks about whole windows: all that meet the period, with the supplementary draws of late calls. A call in the
    frames of two plans counts once for each. As CSV it is the table of agents.
    """
    out = _coverage_out(await analysis.coverage_report(session, filters))
    return coverage_csv(out) if table_format is TableFormat.CSV else out


def _quality_out(report: QualityReport) -> QualityOut:
    return QualityOut(
        since=report.period.start,
        until=report.period.end,
        method=QUALITY_METHOD,
        items=[
            QualityItemOut.model_validate(figure._asdict() | {"name": report.names[figure.key]})
            for figure in report.figures
        ],
        total=None if report.total is None else QualityFigureOut.model_validate(report.total._asdict()),
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


def _coverage_out(report: CoverageReport) -> CoverageOut:
    heard = sum(covered.tally.evaluated > 0 for covered in report.agents)
    return CoverageOut(
        since=report.period.start,
        until=report.period.end,
        method=COVERAGE_METHOD,
        total=CoverageTotalOut.model_validate(
            report.tally.figures() | {"agents": len(report.agents), "agents_heard": heard}
        ),
        agents=list(map(_agent_coverage_out, report.agents)),
        plans=list(map(_plan_coverage_out, report.plans)),
        signals=[SignalCoverageOut.model_validate(signal) for signal in report.signals],
    )


def _agent_coverage_out(covered: AgentCoverage) -> AgentCoverageOut:
    why = {"reason": covered.reason, "explanation": covered.explanation}
    return AgentCoverageOut.model_validate(covered.agent._asdict() | covered.tally.figures() | why)


def _plan_coverage_out(covered: PlanCoverage) -> PlanCoverageOut:
    return PlanCoverageOut.model_validate(
        covered.plan._asdict() | covered.tally.figures() | {"refused": covered.refused}
    )
