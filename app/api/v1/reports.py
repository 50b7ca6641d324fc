"""Routes of reports. The columns of each report are declared in `app.analysis.columns`."""

import re
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from app import analysis
from app.analysis import ERROR_SOURCES, QUALITY, SAMPLING_COVERAGE, VERIFIERS, Filters, GroupBy
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.tables import FormatDep, answers_with, render
from app.platform.errors import NotFound

router = private_router("/reports", "reports")


def _day_or_time(text: str) -> date | datetime:
    """Read here and not by the union: that would also take numbers for times, and report every error twice."""
    if re.match(r"\d{4}-\d{2}-\d{2}([Tt]|$)", text):
        at = datetime.fromisoformat(text.upper()) if len(text) > len("2026-11-01") else date.fromisoformat(text)
        if not isinstance(at, datetime) or at.tzinfo:
            return at
    raise ValueError("must be a date, or a time with its offset, as RFC 3339 writes them")


DayOrTime = Annotated[
    datetime | date,
    BeforeValidator(_day_or_time),
    Field(examples=["2026-11-01", "2026-11-01T00:00:00+03:00"]),
]

_SINCE = Query(
    alias="from", description="Calls that started at this time or later. The default is 28 days before `to`."
)
_UNTIL = Query(alias="to", description="Calls that started before this time. The default is now.")
_PROJECT = Query(description="Calls of one project. Days are then days of its time zone, and otherwise of UTC.")
_TEAM = Query(description="Calls of the agents who are now in this team.")
_SCORECARD = Query(description="Evaluations by one scorecard.")


async def _window_filters(
    since: Annotated[DayOrTime | None, _SINCE] = None,
    until: Annotated[DayOrTime | None, _UNTIL] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    team_id: Annotated[UUID | None, _TEAM] = None,
) -> Filters:
    return Filters(since, until, project_id, team_id)


WindowFiltersDep = Annotated[Filters, Depends(_window_filters)]


async def _filters(filters: WindowFiltersDep, scorecard_id: Annotated[UUID | None, _SCORECARD] = None) -> Filters:
    return replace(filters, scorecard_id=scorecard_id)


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get(
    "/quality",
    operation_id="getQualityReport",
    **answers_with(QUALITY, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_quality_report(
    session: SessionDep, filters: FiltersDep, table_format: FormatDep, by: GroupBy = GroupBy.PROJECT
) -> Any:
    """The mean score of all calls, estimated from the drawn calls, with its interval and the unweighted mean.

    The report is about the calls that started within the period and were in the frame of a draw. A call in the frames
    of two plans counts once for each. Of every evaluation, the latest revision counts. Drawn calls that are not
    evaluated are nonresponse; their weight goes to other calls of the same agent. Calls that no item applied to are
    left out of the mean. Evaluations of hand-picked calls are only counted. Beside each mean is the mean adjusted for
    the severity of the verifiers, unless they are in several groups that cannot be compared. `by=verifier` is
    descriptive: it is the mean of the calls that a verifier scored, not a measure of strictness, which is in the report
    on verifiers. As CSV, the last row has no key and is the total.
    """
    return render(QUALITY, await analysis.quality_report(session, filters, by), table_format)


@router.get(
    "/error-sources",
    operation_id="getErrorSourcesReport",
    **answers_with(ERROR_SOURCES, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_error_sources_report(session: SessionDep, filters: FiltersDep, table_format: FormatDep) -> Any:
    """Whether errors come from agents or from the process: overall, by item, by reason and by team, and what to do.

    The report is about the same calls as the quality report. Items belong to their scorecard. As CSV it is the table of
    items.
    """
    return render(ERROR_SOURCES, await analysis.error_sources_report(session, filters), table_format)


@router.get(
    "/verifiers",
    operation_id="getVerifiersReport",
    **answers_with(VERIFIERS, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_verifiers_report(session: SessionDep, filters: FiltersDep, table_format: FormatDep) -> Any:
    """How strictly each verifier scores, how far each agrees with the others, and how much each did.

    Severities are estimated from the first submissions of all evaluations of the calls that started within the period
    and match the filters. A positive severity means stricter. Verifiers who share no agents, directly or through
    others, are in different groups; severities can be compared within a group only. As CSV it is the table of
    verifiers.
    """
    return render(VERIFIERS, await analysis.verifiers_report(session, filters), table_format)


@router.get(
    "/sampling-coverage",
    operation_id="getSamplingCoverageReport",
    **answers_with(SAMPLING_COVERAGE, problem_responses(NotFound)),
    openapi_extra=requires_permission("reports:read"),
)
async def get_sampling_coverage_report(session: SessionDep, filters: WindowFiltersDep, table_format: FormatDep) -> Any:
    """The drawn and evaluated calls of each agent, why an agent has none, and whether the draws follow the plans.

    The report is about whole windows: all that overlap the period, with the supplementary draws of late calls. A call
    in the frames of two plans counts once for each. As CSV it is the table of agents.
    """
    return render(SAMPLING_COVERAGE, await analysis.coverage_report(session, filters), table_format)
