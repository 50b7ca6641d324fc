"""Routes of agreement pooled over time, and of the sessions that it suggests."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Response

from app import calibration
from app.api.deps import ComputationDep, PrincipalDep, SessionDep, TransactionFactoryDep, json_answer
from app.api.errors import TooManyComputations
from app.api.problems import problem_responses
from app.api.routing import private_router
from app.api.schemas.calibration.agreement import PooledAgreementOut, SuggestedSessionIn, SuggestionOut, SuggestionsOut
from app.api.schemas.calibration.sessions import CalibrationSessionOut
from app.api.tables import JSON, PARQUET, XLSX, FormatDep, file_answer, files_of
from app.api.v1.calibration.sessions import LEAD, TAG, detail_of
from app.api.v1.reports.filters import DayOrTime
from app.calibration import (
    DEFAULT_PERIOD,
    MIN_PAIR_CALLS,
    MOST_PAIRS,
    AgreementBy,
    AgreementFilter,
    AgreementTable,
    Language,
    SessionMade,
    SourceChoice,
)
from app.evaluations import ScorecardNotPublished
from app.platform.errors import NotFound
from app.platform.threads import COMPUTING

router = private_router("/calibration/suggestions", TAG)
streaming_router = private_router("/calibration", TAG, streaming=True)

_BY = Query(
    description=f"What a row is about. `pair` has the {MOST_PAIRS} pairs who share the most calls, {MIN_PAIR_CALLS} or "
    "more."
)
_SINCE = Query(
    alias="from",
    description="Sessions revealed and double scorings completed at this time or later. The default is "
    f"{DEFAULT_PERIOD.days} days before `to`.",
)
_UNTIL = Query(alias="to", description="Those before this time. The default is now.")
_PROJECT = Query(description="Calls of one project. Days are then days of its time zone, and otherwise of UTC.")
_LANGUAGE = Query(description="Of sentences.")
_FILES: dict[int | str, dict[str, Any]] = {200: files_of(XLSX, PARQUET)}


@streaming_router.get(
    "/agreement",
    operation_id="getPooledAgreement",
    response_model=PooledAgreementOut,
    responses={**_FILES, **problem_responses(NotFound, TooManyComputations)},
    openapi_extra=LEAD,
)
async def get_pooled_agreement(
    *,
    _admitted: ComputationDep,
    begin: TransactionFactoryDep,
    wanted: FormatDep,
    by: Annotated[AgreementBy, _BY] = AgreementBy.ITEM,
    since: Annotated[DayOrTime | None, _SINCE] = None,
    until: Annotated[DayOrTime | None, _UNTIL] = None,
    project_id: Annotated[UUID | None, _PROJECT] = None,
    scorecard_id: Annotated[UUID | None, Query(description="Scorings by one scorecard, in any version.")] = None,
    source: Annotated[SourceChoice, Query(description="What is pooled.")] = SourceChoice.ALL,
) -> Response:
    """How far people agree who have scored the same calls: in sessions, and as double scorings.

    It pools all revealed sessions and all double scorings that are submitted, decided or not. Sessions that were opened
    again are blind, and left out. Clients without an account are known by their e-mail addresses. In files it is the
    table of rows.
    """
    filters = AgreementFilter(since, until, project_id, scorecard_id, source)
    async with begin() as session:
        period, pooled = await calibration.read_pooled(session, filters)

    rows = await COMPUTING.run(calibration.pooled_rows, pooled, by)
    if wanted.format != JSON:
        return await file_answer(calibration.agreement_report(by), AgreementTable(period, rows), wanted)

    def as_json() -> Response:
        return json_answer(PooledAgreementOut.of(period, filters, by, rows, wanted.language))

    return await COMPUTING.run(as_json)


@streaming_router.get(
    "/suggestions",
    operation_id="getCalibrationSuggestions",
    response_model=SuggestionsOut,
    responses=problem_responses(NotFound, TooManyComputations),
    openapi_extra=LEAD,
)
async def get_suggestions(
    *,
    _admitted: ComputationDep,
    begin: TransactionFactoryDep,
    project_id: Annotated[UUID | None, Query(description="Of one project.")] = None,
    language: Annotated[Language, _LANGUAGE] = Language.ENGLISH,
) -> Response:
    """The items and verifiers whose AC1 over the last 90 days is below the `agreement_threshold` of the project.

    Each comes with the session that would help: of calls of the newest draw of the project and the scorecard, or else
    of the calls on which the raters disagree most.
    """
    async with begin() as session:
        basis = await calibration.read_basis(session, project_id)

    def compute() -> Response:
        found = calibration.suggestions_from(basis)
        return json_answer(SuggestionsOut(items=[SuggestionOut.of(one, language) for one in found]))

    return await COMPUTING.run(compute)


@router.post(
    "/{suggestion_id}/session",
    operation_id="createSuggestedSession",
    status_code=201,
    responses=problem_responses(NotFound, ScorecardNotPublished, SessionMade),
    openapi_extra=LEAD,
)
async def create_suggested_session(
    *,
    suggestion_id: Annotated[str, Path(max_length=1000)],
    body: SuggestedSessionIn,
    session: SessionDep,
    principal: PrincipalDep,
    response: Response,
) -> CalibrationSessionOut:
    """Make the suggested session, with one request.

    A suggestion whose agreement is no longer below the threshold does not stand any more. One of which a session was
    made that is neither revealed nor cancelled gives no second one.
    """
    made = await calibration.create_suggested_session(session, principal, suggestion_id, body.changes())
    return await detail_of(session, made, response)
