"""SQL of evaluations. A submission is one statement: the evaluation, its revision and the answers."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.assignments import SHARE_VERIFIER
from app.evaluations.answers import grades_of
from app.evaluations.models import AnswerModel, EvaluationModel, EvaluationRevisionModel
from app.evaluations.types import (
    Answer,
    ErrorCount,
    Evaluation,
    EvaluationFilter,
    EvaluationStatus,
    EvaluationSummary,
    NewEvaluation,
    Revision,
)
from app.identity import VisibilityScope
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import Columns, compose, read_as
from app.platform.pagination import Page, PageRequest
from app.scorecards import NA, AnswerType, Definition, Fault, Score, SectionScore

_EVALUATION = Columns(Evaluation, EvaluationModel, "evaluation_")
_REVISION = Columns(Revision, EvaluationRevisionModel, "revision_")
_SCORE = Columns(Score, EvaluationRevisionModel)
_ANSWER = Columns(Answer, AnswerModel, "answer_")

_SUBJECT = compose(
    """
SELECT {share_verifier}, c.id AS call_id, c.project_id, c.agent_id, s.id AS scorecard_id,
       s.project_id AS scorecard_project_id,
       v.id AS version_id,
       -- The verifier's own assignment of this call: if it were forgotten, the call would be lost to the sample.
       (SELECT a.id FROM assignments a
        WHERE a.call_id = c.id AND a.scorecard_id = s.id AND a.verifier_id = :verifier_id AND a.skipped_at IS NULL
          AND a.scoring_id IS NULL
        ORDER BY a.id LIMIT 1) AS assignment_id,
       EXISTS (SELECT FROM conflicts_of_interest x
               WHERE x.tenant_id = c.tenant_id AND x.agent_id = c.agent_id AND x.user_id = :verifier_id) AS conflicted,
       (SELECT a.verifier_id FROM assignments a WHERE a.id = :assignment_id) AS assigned_to,
       greatest(c.duration_s, (SELECT max(duration_s) FROM recordings WHERE call_id = c.id)) AS ends_at_s
FROM (SELECT) AS asked
LEFT JOIN calls c ON c.id = :call_id
LEFT JOIN scorecards s ON s.id = :scorecard_id
LEFT JOIN published_versions v ON v.tenant_id = s.tenant_id AND v.scorecard_id = s.id
""",
    share_verifier=SHARE_VERIFIER,
)
_END = """
SELECT greatest(c.duration_s, (SELECT max(duration_s) FROM recordings WHERE call_id = c.id)) AS ends_at_s
FROM calls c WHERE c.id = :call_id
"""
_SEGMENTS = """
SELECT s.id FROM transcript_segments s JOIN transcripts t ON t.id = s.transcript_id
WHERE t.call_id = :call_id AND s.id = ANY(:segment_ids)
"""
_EXISTING = """
SELECT id, status FROM evaluations
WHERE verifier_id = :verifier_id AND status <> 'abandoned'
  AND ((call_id = :call_id AND scorecard_id = :scorecard_id) OR assignment_id = :assignment_id)
LIMIT 1
"""
_ABANDON = """
UPDATE evaluations SET status = 'abandoned', abandoned_at = :at, version = version + 1
WHERE id = :id AND status = 'draft'
"""
_LOCK = "SELECT FROM evaluations WHERE id = :id FOR UPDATE"

_INSERT_DRAFT = compose(
    """
INSERT INTO evaluations (tenant_id, draft, {columns}) VALUES (:tenant_id, :draft, {values}) ON CONFLICT DO NOTHING
""",
    columns=_EVALUATION.names,
    values=_EVALUATION.parameters,
)
_UPDATE_DRAFT = "UPDATE evaluations SET draft = :draft, version = version + 1 WHERE id = :id AND status = 'draft'"

# A revision and its answers, of the evaluation that the first part yields: if it yields none, nothing is written.
_RECORD = """
WITH evaluation AS ({evaluation}), revision AS (
    INSERT INTO evaluation_revisions (tenant_id, evaluation_id, applicable_count, error_count, {columns})
    SELECT :tenant_id::uuid, evaluation.id, :applicable_count::int, :error_count::int, {values} FROM evaluation
)
INSERT INTO answers (tenant_id, revision_id, position, credit, is_error, {answer_columns})
SELECT :tenant_id::uuid, :revision_id, answer.*
FROM evaluation, unnest(:positions::int2[], :credits::numeric[], :are_errors::bool[], {answer_values}) AS answer
"""


def _recording(evaluation: str) -> str:
    """The statement that records a revision of the evaluation that a part of it yields."""
    return compose(
        _RECORD,
        evaluation=evaluation,
        columns=_REVISION.names,
        values=_REVISION.parameters,
        answer_columns=_ANSWER.names,
        answer_values=_ANSWER.arrays,
    )


# A draw may have assigned the call since the subject was read: then nothing is written.
_NOT_ASSIGNED = """NOT EXISTS (
    SELECT FROM assignments a
    WHERE a.call_id = :evaluation_call_id AND a.scorecard_id = :evaluation_scorecard_id
      AND a.verifier_id = :evaluation_verifier_id AND a.skipped_at IS NULL AND a.scoring_id IS NULL
)"""


def _submitting(condition: str) -> str:
    """The statement that records a submitted evaluation under a condition."""
    return _recording(
        compose(
            """
    INSERT INTO evaluations (tenant_id, {columns}) SELECT :tenant_id::uuid, {values} WHERE {condition}
    ON CONFLICT DO NOTHING RETURNING id
""",
            columns=_EVALUATION.names,
            values=_EVALUATION.parameters,
            condition=condition,
        )
    )


_SUBMIT_ASSIGNED = _submitting("true")
_SUBMIT_BY_CHOICE = _submitting(_NOT_ASSIGNED)
_SUBMIT_DRAFT = _recording(
    """
    UPDATE evaluations SET status = 'submitted', submitted_at = :revision_created_at, draft = NULL,
                           version = version + 1, assignment_id = :assignment_id
    WHERE id = :evaluation_id AND status = 'draft' RETURNING id
"""
)
_REVISE = _recording("SELECT id FROM evaluations WHERE id = :evaluation_id")

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
_BY_ID = Keyset({"e.id": UUID})
_BY_NUMBER = Keyset({"number": int})

_ERROR_COUNTS = """
SELECT c.agent_id, sum(r.error_count)::int AS errors, sum(r.applicable_count)::int AS applicable
FROM calls c JOIN current_revisions r ON r.tenant_id = c.tenant_id AND r.call_id = c.id
WHERE c.project_id = :project_id AND c.started_at >= :since AND c.started_at < :until AND c.agent_id IS NOT NULL
GROUP BY c.agent_id
"""


async def read_subject(session: Session, new: NewEvaluation, verifier_id: UUID) -> Row:
    """What an evaluation is to be of, null where there is none.

    The call, the scorecard, its latest published version, the verifier's own assignment of the call, and the
    verifier whom the named assignment was given to.
    """
    return await session.fetch_one(
        _SUBJECT,
        call_id=new.call_id,
        scorecard_id=new.scorecard_id,
        verifier_id=verifier_id,
        assignment_id=new.assignment_id,
    )


async def end_of_call(session: Session, call_id: UUID) -> Decimal:
    """The end of the call or of its recording in seconds, whichever is later."""
    end: Decimal = await session.fetch_value(_END, call_id=call_id)
    return end


async def segments_of_call(session: Session, call_id: UUID, segment_ids: list[UUID]) -> set[UUID]:
    """Those of the segments that are in a transcript of the call."""
    return set(await session.fetch_column(_SEGMENTS, call_id=call_id, segment_ids=segment_ids))


async def existing(session: Session, evaluation: Evaluation) -> Row | None:
    """The verifier's own evaluation that another one conflicts with."""
    return await session.fetch_optional(
        _EXISTING,
        call_id=evaluation.call_id,
        scorecard_id=evaluation.scorecard_id,
        verifier_id=evaluation.verifier_id,
        assignment_id=evaluation.assignment_id,
    )


async def lock(session: Session, evaluation_id: UUID) -> None:
    """Let nobody else change the evaluation before this transaction ends."""
    await session.execute(_LOCK, id=evaluation_id)


async def insert_draft(session: Session, evaluation: Evaluation) -> bool:
    """Write a draft; false when there is an evaluation already."""
    values = {"tenant_id": session.tenant_id, "draft": _draft(evaluation)}
    return await session.execute(_INSERT_DRAFT, **values, **_EVALUATION.values(evaluation)) == 1


async def update_draft(session: Session, evaluation: Evaluation) -> None:
    await session.execute(_UPDATE_DRAFT, id=evaluation.id, draft=_draft(evaluation))


async def count_drafts(session: Session, user_id: UUID) -> int:
    return int(await session.fetch_value(_COUNT_DRAFTS, user_id=user_id))


async def abandon(session: Session, evaluation_id: UUID, at: datetime) -> None:
    await session.execute(_ABANDON, id=evaluation_id, at=at)


def _draft(evaluation: Evaluation) -> str:
    return dumps({"answers": evaluation.answers, "comment": evaluation.comment})


async def submit(session: Session, evaluation: Evaluation, revision: Revision, definition: Definition) -> bool:
    """Write an evaluation with its first revision and the answers; false when there is one already.

    Without an assignment: false, too, when the verifier has been assigned the call meanwhile.
    """
    statement = _SUBMIT_BY_CHOICE if evaluation.assignment_id is None else _SUBMIT_ASSIGNED
    return await _record(session, statement, revision, definition, **_EVALUATION.values(evaluation))


async def submit_draft(session: Session, draft: Evaluation, revision: Revision, definition: Definition) -> None:
    values = {"evaluation_id": draft.id, "assignment_id": draft.assignment_id}
    await _record(session, _SUBMIT_DRAFT, revision, definition, **values)


async def revise(session: Session, evaluation_id: UUID, revision: Revision, definition: Definition) -> None:
    await _record(session, _REVISE, revision, definition, evaluation_id=evaluation_id)


async def _record(
    session: Session, statement: str, revision: Revision, definition: Definition, **evaluation: Any
) -> bool:
    """Write a revision and its answers; false when the statement found no evaluation that they belong to."""
    answers = _answer_values(revision.answers, definition)
    values = _REVISION.values(revision) | answers | evaluation
    return await session.execute(statement, tenant_id=session.tenant_id, **values) > 0


def _answer_values(answers: Sequence[Answer], definition: Definition) -> dict[str, Any]:
    """The answers column by column, and how many are applicable and how many are errors."""
    grades = grades_of(definition)
    given = [grades[answer.item][answer.value] for answer in answers]
    return {
        **_ANSWER.value_lists(answers),
        "answer_value": [grade.text for grade in given],
        "positions": [definition.position_of[answer.item] for answer in answers],
        "credits": [grade.credit for grade in given],
        "are_errors": [grade.is_error for grade in given],
        "applicable_count": sum(grade.credit is not None for grade in given),
        "error_count": sum(grade.is_error for grade in given),
    }


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
    answers: dict[UUID, list[Answer]] = {revision_id: [] for revision_id in revision_ids}
    for row in await session.fetch_all(_ANSWERS, revision_ids=list(answers)):
        answers[row.revision_id].append(_answer(row, definition))
    return answers


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
    answers = [_drafted_answer(document) for document in row.draft["answers"]]
    return Evaluation(**vars(_summary(row)), answers=answers, comment=row.draft["comment"])


def revision_of(row: Row, answers: Sequence[Answer]) -> Revision:
    return read_as(Revision, row, **_sections(row), answers=answers)


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


def _answer(row: Row, definition: Definition) -> Answer:
    """An answer as it was given: the table keeps every value as text, and only a scale's is a number."""
    is_number = definition.item_by_key[row.item].answer_type is AnswerType.SCALE and row.value != NA
    return read_as(
        Answer,
        row,
        value=int(row.value) if is_number else row.value,
        fault=None if row.fault is None else Fault(row.fault),
        at_s=None if row.at_s is None else float(row.at_s),
    )


def _drafted_answer(document: Mapping[str, Any]) -> Answer:
    """An answer of a draft, whose document has all its fields."""
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
