"""SQL of evaluations: what is written, and what must be known to write it. Submitting is one statement."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, column, select, table, true
from sqlalchemy.ext.asyncio import AsyncSession

from app.evaluations.models import EvaluationModel, EvaluationRevisionModel
from app.evaluations.policies import Sight
from app.evaluations.stored import answer_columns, answer_document, section_documents
from app.evaluations.types import Evaluation, EvaluationFilter, EvaluationStatus, NewEvaluation, Revision
from app.platform.db import dumps
from app.platform.pagination import PageRequest
from app.platform.records import tenant_of
from app.platform.sql import driver_sql
from app.scorecards import Definition

_SUBJECT = """
SELECT c.id AS call_id, c.project_id, c.agent_id, s.id AS scorecard_id, s.project_id AS scorecard_project_id,
       v.id AS version_id,
       -- The verifier's own assignment of this call, for one forgotten would lose the call to the sample.
       (SELECT a.id FROM assignments a
        WHERE a.call_id = c.id AND a.scorecard_id = s.id AND a.verifier_id = $3 AND a.skipped_at IS NULL
          AND NOT EXISTS (SELECT FROM evaluations e WHERE e.assignment_id = a.id)
        ORDER BY a.id LIMIT 1) AS assignment_id,
       (SELECT a.verifier_id FROM assignments a WHERE a.id = $4) AS assigned_to,
       greatest(c.duration_s, (SELECT max(duration_s) FROM recordings WHERE call_id = c.id)) AS ends_at_s
FROM (SELECT) AS asked
LEFT JOIN calls c ON c.id = $1
LEFT JOIN scorecards s ON s.id = $2
LEFT JOIN LATERAL (
    SELECT id FROM scorecard_versions WHERE scorecard_id = s.id AND status = 'published' ORDER BY number DESC LIMIT 1
) AS v ON true
"""
# Of a draft that was begun before its verifier was given the call.
_OPEN_ASSIGNMENT = """
SELECT a.id FROM assignments a
WHERE a.call_id = $1 AND a.scorecard_id = $2 AND a.verifier_id = $3 AND a.skipped_at IS NULL
  AND NOT EXISTS (SELECT FROM evaluations e WHERE e.assignment_id = a.id)
ORDER BY a.id LIMIT 1
"""
_END = """
SELECT greatest(c.duration_s, (SELECT max(duration_s) FROM recordings WHERE call_id = c.id)) AS ends_at_s
FROM calls c WHERE c.id = $1
"""
_SEGMENTS = """
SELECT s.id FROM transcript_segments s JOIN transcripts t ON t.id = s.transcript_id
WHERE t.call_id = $1 AND s.id = ANY($2)
"""
_EXISTING = """
SELECT id, status FROM evaluations
WHERE verifier_id = $3 AND ((call_id = $1 AND scorecard_id = $2) OR assignment_id = $4) LIMIT 1
"""
_LOCK = "SELECT FROM evaluations WHERE id = $1 FOR UPDATE"

_INSERT_DRAFT = """
INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
                         assignment_id, verifier_id, status, version, created_at, draft)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'draft', 1, $10, $11) ON CONFLICT DO NOTHING
"""
_UPDATE_DRAFT = "UPDATE evaluations SET draft = $2, version = version + 1 WHERE id = $1 AND status = 'draft'"

# A revision and its answers, of whichever evaluation the first part yields: of none, nothing is written.
_RECORD = """
WITH evaluation AS (:evaluation), revision AS (
    INSERT INTO evaluation_revisions (
        tenant_id, id, number, author_id, why, comment, score, score_before_fatal, passed, sections, families,
        fatal_items, created_at, evaluation_id)
    SELECT $1::uuid, $2::uuid, $3::int, $4::uuid, $5::text, $6::text, $7::numeric, $8::numeric, $9::bool, $10::jsonb,
           $11::jsonb, $12::text[], $13::timestamptz, evaluation.id
    FROM evaluation
)
INSERT INTO answers (
    tenant_id, revision_id, position, item, value, credit, is_error, fault, reason, comment, at_s, segment_id)
SELECT $1, $2, answer.* FROM evaluation, unnest(
    $14::int2[], $15::text[], $16::text[], $17::numeric[], $18::bool[], $19::text[], $20::text[], $21::text[],
    $22::float8[], $23::uuid[]) AS answer
"""
_INSERT_SUBMITTED = """
    INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
                             assignment_id, verifier_id, status, version, created_at, submitted_at)
    VALUES ($1, $24, $25, $26, $27, $28, $29, $30, $4, 'submitted', 1, $13, $13) ON CONFLICT DO NOTHING RETURNING id
"""
_TURN_SUBMITTED = """
    UPDATE evaluations SET status = 'submitted', submitted_at = $13, draft = NULL, version = version + 1,
                           assignment_id = $25
    WHERE id = $24 AND status = 'draft' RETURNING id
"""
_SUBMIT = _RECORD.replace(":evaluation", _INSERT_SUBMITTED)
_SUBMIT_DRAFT = _RECORD.replace(":evaluation", _TURN_SUBMITTED)
_REVISE = _RECORD.replace(":evaluation", "SELECT id FROM evaluations WHERE id = $24")


async def read_subject(session: AsyncSession, new: NewEvaluation, verifier_id: UUID) -> Row[Any]:
    """What an evaluation is to be of, null where there is none.

    The call, the scorecard, its latest published version, the verifier's own assignment of the call, and the
    verifier whom the named assignment was given to.
    """
    asked = (new.call_id, new.scorecard_id, verifier_id, new.assignment_id)
    return (await driver_sql(session, _SUBJECT, *asked)).one()


async def end_of_call(session: AsyncSession, call_id: UUID) -> Decimal:
    """The end of the call or of its recording in seconds, whichever is later."""
    end: Decimal = (await driver_sql(session, _END, call_id)).scalar_one()
    return end


async def segments_of_call(session: AsyncSession, call_id: UUID, segment_ids: list[UUID]) -> set[UUID]:
    """Those of the segments that are in a transcript of the call."""
    return set((await driver_sql(session, _SEGMENTS, call_id, segment_ids)).scalars())


async def existing(session: AsyncSession, evaluation: Evaluation) -> Row[Any] | None:
    """The verifier's own evaluation that stands in the way of another."""
    asked = (evaluation.call_id, evaluation.scorecard_id, evaluation.verifier_id, evaluation.assignment_id)
    return (await driver_sql(session, _EXISTING, *asked)).one_or_none()


async def lock(session: AsyncSession, evaluation_id: UUID) -> None:
    """Let nobody else change the evaluation before this transaction ends."""
    await driver_sql(session, _LOCK, evaluation_id)


async def insert_draft(session: AsyncSession, evaluation: Evaluation) -> bool:
    """Write a draft; false when there is an evaluation already."""
    draft = _draft(evaluation)
    values = (evaluation.id, *_subject_columns(evaluation), evaluation.verifier_id, evaluation.created_at, draft)
    return (await driver_sql(session, _INSERT_DRAFT, tenant_of(session), *values)).rowcount == 1


async def update_draft(session: AsyncSession, evaluation: Evaluation) -> None:
    await driver_sql(session, _UPDATE_DRAFT, evaluation.id, _draft(evaluation))


def _draft(evaluation: Evaluation) -> str:
    return dumps({"answers": [answer_document(a) for a in evaluation.answers], "comment": evaluation.comment})


async def submit(session: AsyncSession, evaluation: Evaluation, revision: Revision, definition: Definition) -> bool:
    """Write an evaluation with its first revision and the answers; false when there is one already."""
    return await _write(session, _SUBMIT, revision, definition, evaluation.id, *_subject_columns(evaluation))


async def open_assignment(session: AsyncSession, evaluation: Evaluation) -> UUID | None:
    """The verifier's assignment of the call, if one has been given that no evaluation names."""
    subject = (evaluation.call_id, evaluation.scorecard_id, evaluation.verifier_id)
    found: UUID | None = (await driver_sql(session, _OPEN_ASSIGNMENT, *subject)).scalar_one_or_none()
    return found


async def submit_draft(session: AsyncSession, draft: Evaluation, revision: Revision, definition: Definition) -> None:
    await _write(session, _SUBMIT_DRAFT, revision, definition, draft.id, draft.assignment_id)


async def revise(session: AsyncSession, evaluation_id: UUID, revision: Revision, definition: Definition) -> None:
    await _write(session, _REVISE, revision, definition, evaluation_id)


async def _write(
    session: AsyncSession, statement: str, revision: Revision, definition: Definition, *evaluation: Any
) -> bool:
    """Write a revision and its answers in one statement; false when that found no evaluation to belong to."""
    worth = revision.worth
    result = await driver_sql(
        session,
        statement,
        tenant_of(session),
        revision.id,
        revision.number,
        revision.author_id,
        revision.why,
        revision.comment,
        worth.score,
        worth.score_before_fatal,
        worth.passed,
        dumps(section_documents(worth.sections)),
        dumps(worth.families),
        worth.fatal_items,
        revision.created_at,
        *answer_columns(revision.answers, definition),
        *evaluation,
    )
    return result.rowcount > 0


def _subject_columns(evaluation: Evaluation) -> tuple[Any, ...]:
    return (
        evaluation.call_id,
        evaluation.project_id,
        evaluation.agent_id,
        evaluation.scorecard_id,
        evaluation.scorecard_version_id,
        evaluation.assignment_id,
    )


# What is read of other packages' tables, by name.
_agents = table("agents", column("id"), column("user_id"))
_versions = table("scorecard_versions", column("id"), column("number"))
_latest = (
    select(EvaluationRevisionModel)
    .where(EvaluationRevisionModel.evaluation_id == EvaluationModel.id)
    .order_by(EvaluationRevisionModel.number.desc())
    .limit(1)
    .lateral("latest")
)
_ANSWERS = """
SELECT revision_id, item, value, fault, reason, comment, at_s, segment_id FROM answers
WHERE revision_id = ANY($1) ORDER BY revision_id, position
"""


def _evaluations(sight: Sight) -> Select[Any]:
    """The evaluations that somebody sees, each with its latest revision, if it has one."""
    columns = [c for c in EvaluationModel.__table__.c if c.name != "tenant_id"]
    revision = [_latest.c[name] for name in ("score", "score_before_fatal", "passed", "sections", "families")]
    query = (
        select(
            *columns,
            *revision,
            _latest.c.fatal_items,
            _latest.c.comment,
            _latest.c.id.label("revision_id"),
            _latest.c.number.label("revision"),
            _versions.c.number.label("scorecard_version"),
        )
        .join(_versions, _versions.c.id == EvaluationModel.scorecard_version_id)
        .outerjoin(_latest, true())
    )
    return query.where(*_seen_by(sight))


def _seen_by(sight: Sight) -> list[ColumnElement[bool]]:
    seen: list[ColumnElement[bool]] = []
    if sight.verifier_id is not None:
        seen.append(EvaluationModel.verifier_id == sight.verifier_id)
    if sight.agent_user_id is not None:
        own = select(_agents.c.id).where(_agents.c.user_id == sight.agent_user_id)
        seen += [EvaluationModel.status == EvaluationStatus.SUBMITTED, EvaluationModel.agent_id.in_(own)]
    return seen


async def read(session: AsyncSession, evaluation_id: UUID, sight: Sight) -> Row[Any] | None:
    query = _evaluations(sight).where(EvaluationModel.id == evaluation_id)
    found: Row[Any] | None = (await session.execute(query)).one_or_none()
    return found


async def page_of_rows(
    session: AsyncSession, page: PageRequest, sight: Sight, asked: EvaluationFilter
) -> list[Row[Any]]:
    """Up to one row more than a page holds, in the order in which the evaluations were begun."""
    query = _evaluations(sight).where(*_asked_for(asked)).order_by(EvaluationModel.id).limit(page.limit + 1)
    if after := page.after(UUID):
        query = query.where(EvaluationModel.id > after[0])
    return list(await session.execute(query))


def _asked_for(asked: EvaluationFilter) -> list[ColumnElement[bool]]:
    equal = {
        EvaluationModel.call_id: asked.call_id,
        EvaluationModel.project_id: asked.project_id,
        EvaluationModel.agent_id: asked.agent_id,
        EvaluationModel.verifier_id: asked.verifier_id,
        EvaluationModel.status: asked.status,
    }
    conditions = [model_column == value for model_column, value in equal.items() if value is not None]
    if asked.since is not None:
        conditions.append(EvaluationModel.submitted_at >= asked.since)
    if asked.until is not None:
        conditions.append(EvaluationModel.submitted_at < asked.until)
    return conditions


async def page_of_revisions(session: AsyncSession, evaluation_id: UUID, page: PageRequest) -> list[Row[Any]]:
    model = EvaluationRevisionModel
    columns = [c for c in model.__table__.c if c.name not in ("tenant_id", "evaluation_id")]
    query = select(*columns).where(model.evaluation_id == evaluation_id).order_by(model.number).limit(page.limit + 1)
    if after := page.after(int):
        query = query.where(model.number > after[0])
    return list(await session.execute(query))


async def answers_of(session: AsyncSession, revision_ids: list[UUID]) -> dict[UUID, list[Any]]:
    """The answers of revisions, each revision's in the order of the scorecard."""
    answers: dict[UUID, list[Any]] = {revision_id: [] for revision_id in revision_ids}
    for row in await driver_sql(session, _ANSWERS, revision_ids):
        answers[row.revision_id].append(row)
    return answers
