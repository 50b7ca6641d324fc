"""What is written of evaluations, and what must be known to write it. A submission is one statement."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.assignments import SHARE_VERIFIER
from app.evaluations.answers import grades_of
from app.evaluations.models import AnswerModel, EvaluationModel, EvaluationRevisionModel
from app.evaluations.types import (
    Answer,
    Evaluation,
    NewEvaluation,
    Revision,
)
from app.platform.database import Row, Session, dumps
from app.platform.database.records import Columns, compose
from app.scorecards import Definition

_EVALUATION = Columns(Evaluation, EvaluationModel, "evaluation_")
_REVISION = Columns(Revision, EvaluationRevisionModel, "revision_")
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
    """Lock the evaluation: no other transaction changes it until this one ends."""
    await session.execute(_LOCK, id=evaluation_id)


async def insert_draft(session: Session, evaluation: Evaluation) -> bool:
    """Write a draft; false when there is an evaluation already."""
    values = {"tenant_id": session.tenant_id, "draft": _draft(evaluation)}
    return await session.execute(_INSERT_DRAFT, **values, **_EVALUATION.values(evaluation)) == 1


async def update_draft(session: Session, evaluation: Evaluation) -> None:
    await session.execute(_UPDATE_DRAFT, id=evaluation.id, draft=_draft(evaluation))


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
