"""Reading evaluations and their revisions, as far as a principal sees them."""

from typing import Any
from uuid import UUID

from app.evaluations import repository
from app.evaluations.judging import worth_as_it_stands
from app.evaluations.policies import Sight, sight_of
from app.evaluations.stored import answer_of, drafted_answer, worth_of
from app.evaluations.types import Answer, Evaluation, EvaluationFilter, EvaluationStatus, EvaluationSummary, Revision
from app.identity import Principal
from app.platform.database import Session
from app.platform.errors import NotFound
from app.platform.pagination import Page, PageRequest
from app.scorecards import PublishedVersion, published_version


async def get_evaluation(session: Session, principal: Principal, evaluation_id: UUID) -> Evaluation:
    """An evaluation at its latest revision; a draft as it stands."""
    row = await _row(session, evaluation_id, sight_of(principal))
    version = await published_version(session, row.scorecard_version_id)
    if row.status == EvaluationStatus.DRAFT:
        return _draft(row, version)
    rows = await repository.answers_of(session, [row.revision_id])
    answers = [answer_of(answer, version.definition) for answer in rows[row.revision_id]]
    return Evaluation(**_summary_fields(row), worth=worth_of(row), answers=answers, comment=row.comment)


async def list_evaluations(
    session: Session, principal: Principal, page: PageRequest, asked: EvaluationFilter
) -> Page[EvaluationSummary]:
    rows = await repository.page_of_rows(session, page, sight_of(principal), asked)
    return rows.map(_summary)


async def list_revisions(
    session: Session, principal: Principal, evaluation_id: UUID, page: PageRequest
) -> Page[Revision]:
    """Every revision ever submitted, the first one first."""
    evaluation = await _row(session, evaluation_id, sight_of(principal))
    version = await published_version(session, evaluation.scorecard_version_id)
    found = await repository.page_of_revisions(session, evaluation_id, page)
    answers = await repository.answers_of(session, [row.id for row in found.items])
    return found.map(lambda row: _revision(row, [answer_of(a, version.definition) for a in answers[row.id]]))


async def _row(session: Session, evaluation_id: UUID, sight: Sight) -> Any:
    row = await repository.read(session, evaluation_id, sight)
    if row is None:
        raise NotFound(f"there is no evaluation {evaluation_id}")
    return row


def _draft(row: Any, version: PublishedVersion) -> Evaluation:
    answers = [drafted_answer(document) for document in row.draft["answers"]]
    worth = worth_as_it_stands(version, answers)
    return Evaluation(**_summary_fields(row), worth=worth, answers=answers, comment=row.draft["comment"])


def _summary(row: Any) -> EvaluationSummary:
    return EvaluationSummary(**_summary_fields(row), worth=None if row.revision is None else worth_of(row))


def _summary_fields(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "call_id": row.call_id,
        "project_id": row.project_id,
        "agent_id": row.agent_id,
        "scorecard_id": row.scorecard_id,
        "scorecard_version_id": row.scorecard_version_id,
        "scorecard_version": row.scorecard_version,
        "assignment_id": row.assignment_id,
        "verifier_id": row.verifier_id,
        "status": EvaluationStatus(row.status),
        "version": row.version,
        "revision": row.revision or 0,
        "created_at": row.created_at,
        "submitted_at": row.submitted_at,
    }


def _revision(row: Any, answers: list[Answer]) -> Revision:
    return Revision(
        id=row.id,
        number=row.number,
        author_id=row.author_id,
        why=row.why,
        comment=row.comment,
        created_at=row.created_at,
        worth=worth_of(row),
        answers=answers,
    )
