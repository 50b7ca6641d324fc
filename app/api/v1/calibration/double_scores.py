"""Routes of double scorings."""

from uuid import UUID

from app import calibration
from app.api.deps import PageDep, PrincipalDep, SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calibration.double_scores import AdjudicationIn, DoubleScoreDetailOut, DoubleScoreOut
from app.api.schemas.common import PageOf
from app.assignments import ConflictOfInterest
from app.calibration import (
    AlreadyDecided,
    DoubleScoreFilter,
    DoubleScoreState,
    InvalidDecision,
    NotBothSubmitted,
    OwnScoring,
)
from app.platform.errors import NotFound

LEAD = requires_permission("calibration:lead")

router = private_router("/double-scores", "calibration")


@router.get("", operation_id="listDoubleScores", openapi_extra=LEAD)
async def list_double_scores(
    *,
    session: SessionDep,
    page: PageDep,
    state: DoubleScoreState | None = None,
    project_id: UUID | None = None,
    plan_id: UUID | None = None,
    draw_id: UUID | None = None,
    agent_id: UUID | None = None,
) -> PageOf[DoubleScoreOut]:
    """Calls that two verifiers score, in the order in which they were drawn. Only for leaders and administrators."""
    wanted = DoubleScoreFilter(state, project_id, plan_id, draw_id, agent_id)
    found = (await calibration.list_double_scores(session, page, wanted)).map(DoubleScoreOut.of)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{double_score_id}",
    operation_id="getDoubleScore",
    responses=problem_responses(NotFound),
    openapi_extra=LEAD,
)
async def get_double_score(double_score_id: UUID, session: SessionDep) -> DoubleScoreDetailOut:
    """Both scorings item by item, as they were first submitted, and every decision.

    Only for leaders and administrators.
    """
    return DoubleScoreDetailOut.whole(await calibration.get_double_score(session, double_score_id))


@router.post(
    "/{double_score_id}/adjudicate",
    operation_id="adjudicateDoubleScore",
    responses=problem_responses(
        NotFound, NotBothSubmitted, AlreadyDecided, OwnScoring, ConflictOfInterest, InvalidDecision
    ),
    openapi_extra=LEAD,
)
async def adjudicate_double_score(
    double_score_id: UUID, body: AdjudicationIn, session: SessionDep, principal: PrincipalDep
) -> DoubleScoreDetailOut:
    """Decide, as a third person, what the right answers are and whose errors there were.

    A leader or administrator decides who is neither of the scorers, nor the agent, nor the agent's supervisor. It is
    decided once; with `why` an earlier decision is corrected. The evaluations stay as they are unless `revise` says so.
    """
    decided = await calibration.adjudicate(session, principal, double_score_id, body.adjudication())
    return DoubleScoreDetailOut.whole(decided)
