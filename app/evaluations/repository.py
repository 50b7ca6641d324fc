"""SQL of evaluations: what is written, and what must be known to write it. Submitting is one statement."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from app.evaluations.policies import Sight
from app.evaluations.stored import answer_columns, answer_document, section_documents
from app.evaluations.types import Evaluation, EvaluationFilter, NewEvaluation, Revision
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.compat import driver_sql
from app.platform.database.pages import Keyset, fetch_page
from app.platform.pagination import Page, PageRequest
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


async def read_subject(session: Session, new: NewEvaluation, verifier_id: UUID) -> Row:
    """What an evaluation is to be of, null where there is none.

    The call, the scorecard, its latest published version, the verifier's own assignment of the call, and the
    verifier whom the named assignment was given to.
    """
    asked = (new.call_id, new.scorecard_id, verifier_id, new.assignment_id)
    return (await driver_sql(session, _SUBJECT, *asked)).one()


async def end_of_call(session: Session, call_id: UUID) -> Decimal:
    """The end of the call or of its recording in seconds, whichever is later."""
    end: Decimal = (await driver_sql(session, _END, call_id)).scalar_one()
    return end


async def segments_of_call(session: Session, call_id: UUID, segment_ids: list[UUID]) -> set[UUID]:
    """Those of the segments that are in a transcript of the call."""
    return set((await driver_sql(session, _SEGMENTS, call_id, segment_ids)).scalars())


async def existing(session: Session, evaluation: Evaluation) -> Row | None:
    """The verifier's own evaluation that stands in the way of another."""
    asked = (evaluation.call_id, evaluation.scorecard_id, evaluation.verifier_id, evaluation.assignment_id)
    return (await driver_sql(session, _EXISTING, *asked)).one_or_none()


async def lock(session: Session, evaluation_id: UUID) -> None:
    """Let nobody else change the evaluation before this transaction ends."""
    await driver_sql(session, _LOCK, evaluation_id)


async def insert_draft(session: Session, evaluation: Evaluation) -> bool:
    """Write a draft; false when there is an evaluation already."""
    draft = _draft(evaluation)
    values = (evaluation.id, *_subject_columns(evaluation), evaluation.verifier_id, evaluation.created_at, draft)
    return (await driver_sql(session, _INSERT_DRAFT, session.tenant_id, *values)).rowcount == 1


async def update_draft(session: Session, evaluation: Evaluation) -> None:
    await driver_sql(session, _UPDATE_DRAFT, evaluation.id, _draft(evaluation))


def _draft(evaluation: Evaluation) -> str:
    return dumps({"answers": [answer_document(a) for a in evaluation.answers], "comment": evaluation.comment})


async def submit(session: Session, evaluation: Evaluation, revision: Revision, definition: Definition) -> bool:
    """Write an evaluation with its first revision and the answers; false when there is one already."""
    return await _write(session, _SUBMIT, revision, definition, evaluation.id, *_subject_columns(evaluation))


async def open_assignment(session: Session, evaluation: Evaluation) -> UUID | None:
    """The verifier's assignment of the call, if one has been given that no evaluation names."""
    subject = (evaluation.call_id, evaluation.scorecard_id, evaluation.verifier_id)
    found: UUID | None = (await driver_sql(session, _OPEN_ASSIGNMENT, *subject)).scalar_one_or_none()
    return found


async def submit_draft(session: Session, draft: Evaluation, revision: Revision, definition: Definition) -> None:
    await _write(session, _SUBMIT_DRAFT, revision, definition, draft.id, draft.assignment_id)


async def revise(session: Session, evaluation_id: UUID, revision: Revision, definition: Definition) -> None:
    await _write(session, _REVISE, revision, definition, evaluation_id)


async def _write(
    session: Session, statement: str, revision: Revision, definition: Definition, *evaluation: Any
) -> bool:
    """Write a revision and its answers in one statement; false when that found no evaluation to belong to."""
    worth = revision.worth
    result = await driver_sql(
        session,
        statement,
        session.tenant_id,
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


_EVALUATIONS = """
SELECT e.id, e.call_id, e.project_id, e.agent_id, e.scorecard_id, e.scorecard_version_id, e.assignment_id,
       e.verifier_id, e.status, e.draft, e.version, e.created_at, e.submitted_at, v.number AS scorecard_version,
       r.id AS revision_id, r.number AS revision, r.score, r.score_before_fatal, r.passed, r.sections, r.families,
       r.fatal_items, r.comment
FROM evaluations e
JOIN scorecard_versions v ON v.tenant_id = e.tenant_id AND v.id = e.scorecard_version_id
LEFT JOIN LATERAL (
    SELECT * FROM evaluation_revisions WHERE evaluation_id = e.id ORDER BY number DESC LIMIT 1
) AS r ON true
"""
_REVISIONS = """
SELECT id, number, author_id, why, comment, score, score_before_fatal, passed, sections, families, fatal_items,
       created_at
FROM evaluation_revisions
"""
_ANSWERS = """
SELECT revision_id, item, value, fault, reason, comment, at_s, segment_id FROM answers
WHERE revision_id = ANY(:revision_ids) ORDER BY revision_id, position
"""
_BY_ID = Keyset({"e.id": UUID})
_BY_NUMBER = Keyset({"number": int})


def _seen_by(sight: Sight) -> Where:
    """The condition that holds for the evaluations which somebody sees."""
    where = Where().given("e.verifier_id = :own_id", own_id=sight.verifier_id)
    return where.given(
        "e.status = 'submitted' AND e.agent_id IN (SELECT id FROM agents WHERE user_id = :own_user_id)",
        own_user_id=sight.agent_user_id,
    )


async def read(session: Session, evaluation_id: UUID, sight: Sight) -> Row | None:
    where = _seen_by(sight).add("e.id = :id", id=evaluation_id)
    return await session.fetch_optional(f"{_EVALUATIONS} WHERE {where.sql}", **where.values)


async def page_of_rows(session: Session, page: PageRequest, sight: Sight, asked: EvaluationFilter) -> Page[Row]:
    """Evaluations in the order in which they were begun."""
    where = (
        _seen_by(sight)
        .given("e.call_id = :call_id", call_id=asked.call_id)
        .given("e.project_id = :project_id", project_id=asked.project_id)
        .given("e.agent_id = :agent_id", agent_id=asked.agent_id)
        .given("e.verifier_id = :verifier_id", verifier_id=asked.verifier_id)
        .given("e.status = :status", status=asked.status)
        .given("e.submitted_at >= :since", since=asked.since)
        .given("e.submitted_at < :until", until=asked.until)
    )
    return await fetch_page(session, _EVALUATIONS, where, page, keyset=_BY_ID, read=lambda row: row)


async def page_of_revisions(session: Session, evaluation_id: UUID, page: PageRequest) -> Page[Row]:
    where = Where().add("evaluation_id = :evaluation_id", evaluation_id=evaluation_id)
    return await fetch_page(session, _REVISIONS, where, page, keyset=_BY_NUMBER, read=lambda row: row)


async def answers_of(session: Session, revision_ids: list[UUID]) -> dict[UUID, list[Any]]:
    """The answers of revisions, each revision's in the order of the scorecard."""
    answers: dict[UUID, list[Any]] = {revision_id: [] for revision_id in revision_ids}
    for row in await session.fetch_all(_ANSWERS, revision_ids=revision_ids):
        answers[row.revision_id].append(row)
    return answers
