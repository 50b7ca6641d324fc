"""Routes of scorecards."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from app import scorecards
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.scorecards import (
    ScorecardIn,
    ScorecardOut,
    ScorecardPatch,
    ScorecardSummaryOut,
    ScorecardVersionOut,
    ScorePreviewIn,
    ScorePreviewOut,
)
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion
from app.scorecards import DraftExists, InvalidScorecard, NoDraft, PreviewedAnswer, Scorecard

router = private_router("/scorecards", "scorecards")

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The version's number.")]


def _answer(scorecard: Scorecard, response: Response) -> ScorecardOut:
    set_etag(response, scorecard.version)
    return ScorecardOut.of(scorecard)


@router.post("", operation_id="createScorecard", status_code=201, openapi_extra=requires_permission("scorecards:write"))
async def create_scorecard(body: ScorecardIn, session: SessionDep, response: Response) -> ScorecardOut:
    """Create a scorecard with a draft version 1. A draft may be incomplete; publishing checks it."""
    scorecard = await scorecards.create_scorecard(
        session,
        name=body.name,
        project_id=body.project_id,
        passing_score=body.passing_score,
        definition=body.definition(),
    )
    return _answer(scorecard, response)


@router.get("", operation_id="listScorecards", openapi_extra=requires_permission("scorecards:read"))
async def list_scorecards(session: SessionDep, page: PageDep) -> PageOf[ScorecardSummaryOut]:
    """The scorecards of the tenant, without their items."""
    found = (await scorecards.list_scorecards(session, page)).map(ScorecardSummaryOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{scorecard_id}",
    operation_id="getScorecard",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("scorecards:read"),
)
async def get_scorecard(scorecard_id: UUID, session: SessionDep, response: Response) -> ScorecardOut:
    """One scorecard at its newest version: the draft, where it has one."""
    return _answer(await scorecards.get_scorecard(session, scorecard_id), response)


@router.patch(
    "/{scorecard_id}",
    operation_id="changeScorecard",
    responses=problem_responses(NotFound, NoDraft, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("scorecards:write"),
)
async def change_scorecard(
    scorecard_id: UUID, body: ScorecardPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> ScorecardOut:
    """Change the given fields; `sections` and `passing_score` are the draft's, and `sections` are replaced whole."""
    return _answer(await scorecards.change_scorecard(session, scorecard_id, version, body.changes()), response)


@router.post(
    "/{scorecard_id}/publish",
    operation_id="publishScorecard",
    responses=problem_responses(NotFound, NoDraft, InvalidScorecard),
    openapi_extra=requires_permission("scorecards:write"),
)
async def publish_scorecard(
    scorecard_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> ScorecardOut:
    """Freeze the draft. Calls are scored by it from now on, and it never changes again."""
    return _answer(await scorecards.publish(session, scorecard_id, principal.user_id), response)


@router.post(
    "/{scorecard_id}/new-draft",
    operation_id="openScorecardDraft",
    status_code=201,
    responses=problem_responses(NotFound, DraftExists),
    openapi_extra=requires_permission("scorecards:write"),
)
async def open_scorecard_draft(scorecard_id: UUID, session: SessionDep, response: Response) -> ScorecardOut:
    """Open the next version as a draft: a copy of the published one."""
    return _answer(await scorecards.open_draft(session, scorecard_id), response)


@router.get(
    "/{scorecard_id}/versions/{number}",
    operation_id="getScorecardVersion",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("scorecards:read"),
)
async def get_scorecard_version(scorecard_id: UUID, number: Number, session: SessionDep) -> ScorecardVersionOut:
    """One version, as a body that `POST /v1/scorecards` accepts."""
    return ScorecardVersionOut.of(await scorecards.get_version(session, scorecard_id, number))


@router.post(
    "/{scorecard_id}/score-preview",
    operation_id="previewScore",
    responses=problem_responses(NotFound, InvalidScorecard),
    openapi_extra=requires_permission("scorecards:read"),
)
async def preview_score(scorecard_id: UUID, body: ScorePreviewIn, session: SessionDep) -> ScorePreviewOut:
    """Score answers without storing anything; missing ones do not count."""
    answers = [PreviewedAnswer(answer.item, answer.value, answer.fault) for answer in body.answers]
    score, errors = await scorecards.preview(session, scorecard_id, body.version, answers)
    return ScorePreviewOut.of(score, errors)
