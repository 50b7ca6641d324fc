"""Routes of evaluations."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Response

from app import evaluations
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf, Utc
from app.api.schemas.evaluations import (
    EvaluationIn,
    EvaluationOut,
    EvaluationPatch,
    EvaluationSummaryOut,
    RevisionIn,
    RevisionOut,
    answers_of,
)
from app.assignments import AssignmentOfAnother, ConflictOfInterest, SkippedAssignment
from app.evaluations import (
    AlreadyEvaluated,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    InvalidAnswers,
    NotADraft,
    NotSubmitted,
    ScorecardNotPublished,
)
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion

router = private_router("/evaluations", "evaluations")


async def _wanted(
    *,
    call_id: UUID | None = None,
    project_id: UUID | None = None,
    agent_id: UUID | None = None,
    verifier_id: UUID | None = None,
    status: EvaluationStatus | None = None,
    since: Annotated[Utc | None, Query(alias="from", description="Submitted at or after.")] = None,
    until: Annotated[Utc | None, Query(alias="to", description="Submitted before.")] = None,
) -> EvaluationFilter:
    return EvaluationFilter(call_id, project_id, agent_id, verifier_id, status, since, until)


def _answer(evaluation: Evaluation, response: Response) -> EvaluationOut:
    set_etag(response, evaluation.etag)
    return EvaluationOut.model_validate(evaluation)


@router.post(
    "",
    operation_id="evaluate",
    status_code=201,
    responses=problem_responses(
        AlreadyEvaluated,
        AssignmentOfAnother,
        ConflictOfInterest,
        ScorecardNotPublished,
        SkippedAssignment,
        InvalidAnswers,
    ),
    openapi_extra=requires_permission("evaluations:write"),
)
async def evaluate(
    body: EvaluationIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> EvaluationOut:
    """Evaluate a call by the scorecard's latest published version: as a draft, or submitted at once.

    A draft leaves out answers to items that its other answers hide, and names these items in `dropped_items`.
    """
    return _answer(await evaluations.evaluate(session, principal, body.evaluation()), response)


@router.get("", operation_id="listEvaluations", openapi_extra=requires_permission("evaluations:read"))
async def list_evaluations(
    session: SessionDep,
    principal: PrincipalDep,
    page: PageDep,
    wanted: Annotated[EvaluationFilter, Depends(_wanted)],
) -> PageOf[EvaluationSummaryOut]:
    """Evaluations without their answers: a verifier's own, those submitted about an agent, or all."""
    found = (await evaluations.list_evaluations(session, principal, page, wanted)).map(
        EvaluationSummaryOut.model_validate
    )
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{evaluation_id}",
    operation_id="getEvaluation",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("evaluations:read"),
)
async def get_evaluation(
    evaluation_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> EvaluationOut:
    """One evaluation at its latest revision; a draft as it stands."""
    return _answer(await evaluations.get_evaluation(session, principal, evaluation_id), response)


@router.patch(
    "/{evaluation_id}",
    operation_id="changeEvaluation",
    responses=problem_responses(NotFound, NotADraft, InvalidAnswers, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("evaluations:write"),
)
async def change_evaluation(
    *,
    evaluation_id: UUID,
    body: EvaluationPatch,
    etag: IfMatchDep,
    session: SessionDep,
    principal: PrincipalDep,
    response: Response,
) -> EvaluationOut:
    """Change one's own draft. The answers are replaced as a whole; `dropped_items` names those that were left out."""
    changed = await evaluations.change_draft(session, principal, evaluation_id, etag, body.changes())
    return _answer(changed, response)


@router.post(
    "/{evaluation_id}/submit",
    operation_id="submitEvaluation",
    responses=problem_responses(
        NotFound,
        NotADraft,
        AssignmentOfAnother,
        ConflictOfInterest,
        SkippedAssignment,
        InvalidAnswers,
    ),
    openapi_extra=requires_permission("evaluations:write"),
)
async def submit_evaluation(
    evaluation_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> EvaluationOut:
    """Submit one's own draft as it stands: from now on it is corrected by revisions only."""
    return _answer(await evaluations.submit(session, principal, evaluation_id), response)


@router.post(
    "/{evaluation_id}/revisions",
    operation_id="reviseEvaluation",
    status_code=201,
    responses=problem_responses(NotFound, NotSubmitted, InvalidAnswers),
    openapi_extra=requires_permission("evaluations:write"),
)
async def revise_evaluation(
    evaluation_id: UUID, body: RevisionIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> EvaluationOut:
    """Submit another revision, which counts from now on; the earlier ones stay readable."""
    answers = answers_of(body.answers)
    revised = await evaluations.revise(
        session, principal, evaluation_id, answers=answers, comment=body.comment, why=body.why, kind=body.kind
    )
    return _answer(revised, response)


@router.get(
    "/{evaluation_id}/revisions",
    operation_id="listEvaluationRevisions",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("evaluations:read"),
)
async def list_evaluation_revisions(
    evaluation_id: UUID, session: SessionDep, principal: PrincipalDep, page: PageDep
) -> PageOf[RevisionOut]:
    """Every revision that was ever submitted, the first one first."""
    found = (await evaluations.list_revisions(session, principal, evaluation_id, page)).map(RevisionOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)
