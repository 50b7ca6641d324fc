"""Evaluations, revisions and answers as they are read, and the records that their rows become."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.evaluations.models import AnswerModel, EvaluationModel, EvaluationRevisionModel
from app.evaluations.types import (
    Answer,
    ErrorCount,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    EvaluationSummary,
    Revision,
    RevisionKind,
    Submission,
)
from app.identity import VisibilityScope
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import Columns, compose, read_as
from app.platform.pagination import Page, PageRequest
from app.scorecards import NA, AnswerType, Definition, Fault, PublishedVersion, Score, SectionScore

_EVALUATION = Columns(Evaluation, EvaluationModel)
_REVISION = Columns(Revision, EvaluationRevisionModel)
_SCORE = Columns(Score, EvaluationRevisionModel)
_ANSWER = Columns(Answer, AnswerModel)

_COUNT_DRAFTS = "SELECT count(*) FROM evaluations WHERE verifier_id = :user_id AND status = 'draft'"

_SUBMITTED_OF_CALL = """
SELECT FROM evaluations e WHERE (e.tenant_id, e.call_id) = (c.tenant_id, c.id) AND e.status = 'submitted'
"""
_EVALUATIONS = compose(
    """
SELECT {columns}, e.draft, v.number AS scorecard_version, r.revision_id, r.revision, r.comment, {score}
FROM evaluations e
JOIN scorecard_versions v ON v.tenant_id = e.tenant_id AND v.id = e.scorecard_version_id
-- LIMIT: one look-up for each row of a page, where the planner would join all revisions of the tenant first.
LEFT JOIN LATERAL (
    SELECT * FROM current_revisions WHERE tenant_id = e.tenant_id AND evaluation_id = e.id LIMIT 1
) AS r ON true
""",
    columns=_EVALUATION.of("e"),
    score=_SCORE.of("r"),
)
_REVISIONS = compose("SELECT {columns} FROM evaluation_revisions", columns=_REVISION.names)
_ANSWERS = compose(
    """
SELECT revision_id, {columns} FROM answers WHERE revision_id = ANY(:revision_ids) ORDER BY revision_id, position
""",
    columns=_ANSWER.names,
)
_FIRST_REVISIONS = """
SELECT e.id AS evaluation_id, r.id AS revision_id, e.call_id, e.agent_id, e.verifier_id, e.assignment_id,
    e.scorecard_id, e.scorecard_version_id, e.submitted_at, r.score, r.agent_score, r.process_loss, r.comment,
    (SELECT max(number) FROM evaluation_revisions l WHERE (l.tenant_id, l.evaluation_id) = (e.tenant_id, e.id))
        AS revisions
FROM evaluations e
JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id AND r.number = 1
WHERE e.id = ANY (:evaluation_ids::uuid[])
"""
_BY_ID = Keyset({"e.id": UUID})
_BY_NUMBER = Keyset({"number": int})

_ERROR_COUNTS = """
SELECT c.agent_id, sum(r.error_count)::int AS errors, sum(r.applicable_count)::int AS applicable
FROM calls c JOIN current_revisions r ON r.tenant_id = c.tenant_id AND r.call_id = c.id
WHERE c.project_id = :project_id AND c.started_at >= :since AND c.started_at < :until AND c.agent_id IS NOT NULL
GROUP BY c.agent_id
"""


async def count_drafts(session: Session, user_id: UUID) -> int:
    return int(await session.fetch_value(_COUNT_DRAFTS, user_id=user_id))


async def read(session: Session, evaluation_id: UUID, visible: VisibilityScope) -> Row | None:
    """The row of an evaluation, for `evaluation_of`."""
    where = _visible(visible).add("e.id = :id", id=evaluation_id)
    return await session.fetch_optional(f"{_EVALUATIONS} WHERE {where.sql}", **where.values)


async def page_of_summaries(
    session: Session, page: PageRequest, visible: VisibilityScope, wanted: EvaluationFilter
) -> Page[EvaluationSummary]:
    """Evaluations in the order in which they were begun."""
    where = (
        _visible(visible)
        .given("e.call_id = :call_id", call_id=wanted.call_id)
        .given("e.project_id = :project_id", project_id=wanted.project_id)
        .given("e.agent_id = :agent_id", agent_id=wanted.agent_id)
        .given("e.verifier_id = :verifier_id", verifier_id=wanted.verifier_id)
        .given("e.status = :status", status=wanted.status)
        .given("e.submitted_at >= :since", since=wanted.since)
        .given("e.submitted_at < :until", until=wanted.until)
    )
    return await fetch_page(session, _EVALUATIONS, where, page, keyset=_BY_ID, read=_summary)


def _visible(scope: VisibilityScope) -> Where:
    """What holds for the evaluations within the scope: to agents, what was submitted about their own calls."""
    where = Where().given("e.verifier_id = :own_id", own_id=scope.verifier_id)
    return where.given(
        "e.status = 'submitted' AND e.agent_id IN (SELECT id FROM agents WHERE user_id = :own_user_id)",
        own_user_id=scope.agent_user_id,
    )


async def page_of_revisions(session: Session, evaluation_id: UUID, page: PageRequest) -> Page[Row]:
    """The rows of revisions, for `revision_of`."""
    where = Where().add("evaluation_id = :evaluation_id", evaluation_id=evaluation_id)
    return await fetch_page(session, _REVISIONS, where, page, keyset=_BY_NUMBER, read=lambda row: row)


async def answers_of(
    session: Session, revision_ids: Iterable[UUID], definition: Definition
) -> dict[UUID, list[Answer]]:
    """The answers of revisions, each revision's in the order of the scorecard."""
    rows = await answer_rows(session, revision_ids)
    return {revision_id: [answer_of(row, definition) for row in found] for revision_id, found in rows.items()}


async def answer_rows(session: Session, revision_ids: Iterable[UUID]) -> dict[UUID, list[Row]]:
    """The rows of the answers of revisions, for `answer_of`, each revision's in the order of its scorecard."""
    rows: dict[UUID, list[Row]] = {revision_id: [] for revision_id in revision_ids}
    for row in await session.fetch_all(_ANSWERS, revision_ids=list(rows)):
        rows[row.revision_id].append(row)
    return rows


async def first_revisions(session: Session, evaluation_ids: Collection[UUID]) -> Sequence[Row]:
    """The rows of the first submissions of evaluations, for `submission_of`."""
    return await session.fetch_all(_FIRST_REVISIONS, evaluation_ids=list(evaluation_ids))


async def error_counts(session: Session, project_id: UUID, since: datetime, until: datetime) -> dict[UUID, ErrorCount]:
    """The errors by agent, in the calls of the project that began in the time."""
    rows = await session.fetch_all(_ERROR_COUNTS, project_id=project_id, since=since, until=until)
    return {row.agent_id: ErrorCount(row.errors, row.applicable) for row in rows}


async def timezone_of(session: Session, project_id: UUID) -> str:
    timezone: str = (await session.fetch_one("SELECT timezone FROM projects WHERE id = :id", id=project_id)).timezone
    return timezone


def evaluation_of(row: Row, answers: Sequence[Answer]) -> Evaluation:
    """A submitted evaluation from its row and the answers of its latest revision."""
    return Evaluation(**vars(_summary(row)), answers=answers, comment=row.comment)


def draft_of(row: Row) -> Evaluation:
    """A draft from its row, without a score yet."""
    answers = [answer_of_document(document) for document in row.draft["answers"]]
    return Evaluation(**vars(_summary(row)), answers=answers, comment=row.draft["comment"])


def revision_of(row: Row, answers: Sequence[Answer]) -> Revision:
    # Before there were other kinds, every revision but the first was a correction.
    kind = None if row.number == 1 else RevisionKind(row.kind or RevisionKind.CORRECTION)
    return read_as(Revision, row, **_sections(row), kind=kind, answers=answers)


def _summary(row: Row) -> EvaluationSummary:
    revision = {"revision": 0, **_NO_SCORE} if row.revision is None else _sections(row)
    return read_as(EvaluationSummary, row, status=EvaluationStatus(row.status), **revision)


# What a draft has in place of the columns of a revision, which may not be null.
_NO_SCORE: Mapping[str, Any] = {"sections": (), "families": {}, "fatal_items": ()}


def _sections(row: Row) -> dict[str, Any]:
    return {"sections": [_section(document) for document in row.sections]}


def _section(document: Mapping[str, Any]) -> SectionScore:
    return SectionScore(document["key"], _decimal(document["score"]), _decimal(document["score_before_fatal"]))


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def submission_of(row: Row, version: PublishedVersion) -> Submission:
    """A submission from its row, without its answers."""
    return read_as(Submission, row, version=version, answers=())


def answer_of(row: Row, definition: Definition) -> Answer:
    """An answer as it was given: the table keeps every value as text, and only a scale's is a number."""
    is_number = definition.item_by_key[row.item].answer_type is AnswerType.SCALE and row.value != NA
    return read_as(
        Answer,
        row,
        value=int(row.value) if is_number else row.value,
        fault=None if row.fault is None else Fault(row.fault),
        at_s=None if row.at_s is None else float(row.at_s),
    )


def answer_of_document(document: Mapping[str, Any]) -> Answer:
    """An answer from a stored document, which has all its fields."""
    fault, segment_id = document["fault"], document["segment_id"]
    typed = {
        "fault": None if fault is None else Fault(fault),
        "segment_id": None if segment_id is None else UUID(segment_id),
    }
    return Answer(**{**document, **typed})


def where_call_evaluated(evaluated: bool, scope: VisibilityScope) -> Where:
    """The condition that a call `c` has, or does not have, a submitted evaluation that the principal sees."""
    if scope.verifier_id is None:
        return Where().add(f"EXISTS ({_SUBMITTED_OF_CALL}) = :evaluated", evaluated=evaluated)
    own = f"{_SUBMITTED_OF_CALL} AND e.verifier_id = :evaluated_by"
    return Where().add(f"EXISTS ({own}) = :evaluated", evaluated=evaluated, evaluated_by=scope.verifier_id)
