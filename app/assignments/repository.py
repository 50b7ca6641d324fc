"""SQL of assignments.

The conditions under which an assignment is handed out or scored stand in the WHERE of the statement that does it, so
that nothing can change between a check and the write.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.assignments.types import (
    AssignmentBatch,
    AssignmentFilter,
    AssignmentPool,
    AssignmentState,
    AssignmentView,
    NewAssignment,
    OpenWork,
    Scoring,
)
from app.platform.database import Row, Session, Where
from app.platform.database.pages import Keyset, fetch_page
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, moment_of

_SAVE_POOL = """
INSERT INTO assignment_pools (tenant_id, id, project_id, name) VALUES (:tenant_id, :id, :project_id, :name)
ON CONFLICT (tenant_id, id) DO UPDATE SET name = excluded.name
"""
_SAVE_MEMBERS = """
WITH gone AS (DELETE FROM assignment_pool_members WHERE pool_id = :pool_id AND user_id <> ALL (:user_ids::uuid[]))
INSERT INTO assignment_pool_members (tenant_id, pool_id, user_id)
SELECT :tenant_id, :pool_id, unnest(:user_ids::uuid[]) ON CONFLICT DO NOTHING
"""
_INSERT = """
INSERT INTO assignments (tenant_id, pool_id, project_id, batch_id, scorecard_id, created_at, due_at, version,
    id, subject_id, call_id, agent_id, verifier_id, scoring_round, double_inclusion_prob_e12)
SELECT :tenant_id, :pool_id, :project_id, :batch_id, :scorecard_id, :created_at, :due_at, 1, *
FROM unnest(:ids::uuid[], :subject_ids::uuid[], :call_ids::uuid[], :agent_ids::uuid[], :verifier_ids::uuid[],
    :scoring_rounds::int[], :double_probs::bigint[])
"""
# The keys of advisory locks are shared with everything else in the database; the seed keeps these apart.
_KEY = "hashtextextended({}::text, 20261128)"
_LOCK_VERIFIERS = f"""
SELECT pg_advisory_xact_lock(key)
FROM (SELECT {_KEY.format("id")} AS key FROM unnest(:verifier_ids::uuid[]) AS id ORDER BY 1) AS keys
"""  # noqa: S608
# A part of a statement of a transaction that scores: it waits while assignments are handed out to the verifier.
SHARE_VERIFIER = f"pg_advisory_xact_lock_shared({_KEY.format(':verifier_id::uuid')})"
_SHARE_VERIFIER = f"SELECT {SHARE_VERIFIER}"

_CONFLICT = """EXISTS (
    SELECT FROM conflicts_of_interest x
    WHERE x.tenant_id = a.tenant_id AND x.agent_id = a.agent_id AND x.user_id = {verifier_id}
)"""
_VIEW = """
SELECT a.id, a.state, a.state = 'open' AND a.due_at < :now AS overdue, a.project_id, a.pool_id, p.name AS pool_name,
    (SELECT j.name FROM projects j WHERE j.tenant_id = a.tenant_id AND j.id = a.project_id) AS project_name,
    a.batch_id, a.subject_id, a.verifier_id, a.scoring_round, a.call_id, c.source, c.external_id, c.started_at,
    c.duration_s, c.direction, c.language, a.agent_id,
    (SELECT g.full_name FROM agents g WHERE g.tenant_id = a.tenant_id AND g.id = a.agent_id) AS agent_name,
    EXISTS (SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id) AS has_recording,
    coalesce((SELECT t.status FROM transcripts t WHERE t.tenant_id = c.tenant_id AND t.call_id = c.id
              ORDER BY t.id DESC LIMIT 1), 'none') AS transcript_status,
    a.scorecard_id,
    (SELECT k.name FROM scorecards k WHERE k.tenant_id = a.tenant_id AND k.id = a.scorecard_id) AS scorecard_name,
    (SELECT v.number FROM published_versions v WHERE v.tenant_id = a.tenant_id AND v.scorecard_id = a.scorecard_id)
        AS scorecard_version,
    a.scoring_id, a.created_at, a.due_at, a.claimed_at, a.skipped_at, a.skip_reason
FROM assignment_status a
JOIN assignment_pools p ON p.tenant_id = a.tenant_id AND p.id = a.pool_id
JOIN calls c ON c.tenant_id = a.tenant_id AND c.id = a.call_id
"""
_OVERDUE = "a.state = 'open' AND a.due_at < :now"
_BY_DUE_DATE = Keyset({"a.due_at": moment_of, "a.id": UUID})

# Both scorings of the call: two that are reassigned at the same time must not end with one verifier.
_LOCK_SCORINGS = """
SELECT FROM assignments
WHERE subject_id = (SELECT subject_id FROM assignments WHERE id = :id) ORDER BY id FOR NO KEY UPDATE
"""
_SKIP = "UPDATE assignments SET skipped_at = :at, skip_reason = :reason, version = version + 1 WHERE id = :id"
_REASSIGN = """
UPDATE assignments
SET verifier_id = :verifier_id, claimed_at = NULL, begun_at = NULL, scoring_id = NULL, version = version + 1
WHERE id = :id
"""
_EXTEND = "UPDATE assignments SET due_at = :due_at, version = version + 1 WHERE id = :id"
_GIVEN_UP = """
SELECT count(*) FROM assignments
WHERE verifier_id = :verifier_id AND claimed_at IS NOT NULL AND skipped_at > :since
"""
# In the order of ids, which is random: so they were given.
_CLAIM = """
WITH next AS (
    SELECT a.id
    FROM assignments a
    JOIN assignment_pool_members m ON m.tenant_id = a.tenant_id AND m.pool_id = a.pool_id AND m.user_id = :verifier_id
    JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id AND u.active AND u.role = 'verifier'
    WHERE a.verifier_id IS NULL AND {where} AND NOT {conflict}
      AND a.id <> ALL (:except_for::uuid[])
      AND NOT EXISTS (SELECT FROM assignments o WHERE o.tenant_id = a.tenant_id AND o.call_id = a.call_id
                      AND o.verifier_id = :verifier_id AND o.scorecard_id = a.scorecard_id)
    ORDER BY a.id LIMIT 1 FOR NO KEY UPDATE OF a SKIP LOCKED
)
UPDATE assignments a SET verifier_id = :verifier_id, claimed_at = :at, version = a.version + 1
FROM next WHERE a.id = next.id
RETURNING a.id
"""
_CANDIDATE = """
SELECT EXISTS (SELECT FROM users WHERE id = :verifier_id AND active AND role = 'verifier') AS verifies,
    EXISTS (SELECT FROM conflicts_of_interest WHERE agent_id = :agent_id AND user_id = :verifier_id) AS conflicted,
    EXISTS (SELECT FROM assignments
            WHERE verifier_id = :verifier_id AND call_id = :call_id AND scorecard_id = :scorecard_id) AS scoring
"""
_CONFLICTED = """
SELECT EXISTS (SELECT FROM conflicts_of_interest WHERE agent_id = :agent_id AND user_id = :verifier_id)
"""
_VERIFIES = "SELECT EXISTS (SELECT FROM users WHERE id = :verifier_id AND active AND role = 'verifier')"
_POOL_EXISTS = "SELECT EXISTS (SELECT FROM assignment_pools WHERE id = :pool_id)"
_OPEN_WORK = """
SELECT count(*) FILTER (WHERE begun_at IS NULL) AS not_begun, count(*) FILTER (WHERE begun_at IS NOT NULL) AS begun
FROM assignment_status WHERE verifier_id = :user_id AND state = 'open'
"""

_MAY_SCORE = f"""
a.id = :assignment_id AND a.verifier_id = :verifier_id AND a.call_id = :call_id AND a.scorecard_id = :scorecard_id
  AND a.skipped_at IS NULL AND a.completed_at IS NULL AND NOT {_CONFLICT.format(verifier_id="a.verifier_id")}
"""
_BEGIN = f"""
UPDATE assignments a SET begun_at = :at, scoring_id = :scoring_id, version = a.version + 1
WHERE {_MAY_SCORE} AND a.scoring_id IS NULL
"""  # noqa: S608
_COMPLETE = f"""
UPDATE assignments a
SET begun_at = coalesce(a.begun_at, :at), completed_at = :at, scoring_id = :scoring_id, version = a.version + 1
WHERE {_MAY_SCORE} AND (a.scoring_id IS NULL OR a.scoring_id = :scoring_id)
"""  # noqa: S608
_OBSTACLE = f"""
SELECT a.call_id, a.scorecard_id, a.verifier_id, a.skipped_at,
    {_CONFLICT.format(verifier_id="a.verifier_id")} AS conflicted
FROM assignments a WHERE a.id = :id
"""  # noqa: S608
_OPEN_FOR = """
SELECT a.id FROM assignments a
WHERE a.call_id = :call_id AND a.scorecard_id = :scorecard_id AND a.verifier_id = :verifier_id
  AND a.skipped_at IS NULL AND a.scoring_id IS NULL
ORDER BY a.id LIMIT 1
"""


async def save_pool(session: Session, pool: AssignmentPool) -> None:
    values = {"id": pool.id, "project_id": pool.project_id, "name": pool.name}
    await session.execute(_SAVE_POOL, tenant_id=session.tenant_id, **values)
    await session.execute(_SAVE_MEMBERS, tenant_id=session.tenant_id, pool_id=pool.id, user_ids=list(pool.member_ids))


async def insert(session: Session, batch: AssignmentBatch, assignments: Collection[NewAssignment]) -> None:
    """All in one statement, however many. Ids ascend in the order of the assignments."""
    columns = list(zip(*assignments, strict=True)) or [()] * len(NewAssignment._fields)
    subject_ids, call_ids, agent_ids, verifier_ids, scoring_rounds, double_probs = columns
    await session.execute(
        _INSERT,
        tenant_id=session.tenant_id,
        pool_id=batch.pool_id,
        project_id=batch.project_id,
        batch_id=batch.id,
        scorecard_id=batch.scorecard_id,
        created_at=batch.created_at,
        due_at=batch.due_at,
        ids=[new_id() for _ in assignments],
        subject_ids=subject_ids,
        call_ids=call_ids,
        agent_ids=agent_ids,
        verifier_ids=verifier_ids,
        scoring_rounds=scoring_rounds,
        double_probs=double_probs,
    )


async def lock_verifiers(session: Session, verifier_ids: Collection[UUID]) -> None:
    """Lock the verifiers: until the transaction ends, no other one gives them work or submits theirs."""
    await session.execute(_LOCK_VERIFIERS, verifier_ids=list(verifier_ids))


async def share_verifier(session: Session, verifier_id: UUID) -> None:
    """Lock the verifier: until the transaction ends, no other one gives them assignments."""
    await session.execute(_SHARE_VERIFIER, verifier_id=verifier_id)


async def assignment_by_id(
    session: Session, assignment_id: UUID, verifier_id: UUID | None, now: datetime
) -> AssignmentView | None:
    where = Where().add("a.id = :id", id=assignment_id).given("a.verifier_id = :own_id", own_id=verifier_id)
    row = await session.fetch_optional(f"{_VIEW} WHERE {where.sql}", now=now, **where.values)
    return None if row is None else _view(row)


async def page_of_assignments(
    session: Session, page: PageRequest, wanted: AssignmentFilter, verifier_id: UUID | None, now: datetime
) -> Page[AssignmentView]:
    """The assignments of all verifiers, or of one, by due date."""
    where = (
        Where()
        .given("a.verifier_id = :own_id", own_id=verifier_id)
        .given("a.verifier_id = :verifier_id", verifier_id=wanted.verifier_id)
        .given("a.batch_id = :batch_id", batch_id=wanted.batch_id)
        .given("a.pool_id = :pool_id", pool_id=wanted.pool_id)
        .given("a.project_id = :project_id", project_id=wanted.project_id)
        .given("a.agent_id = :agent_id", agent_id=wanted.agent_id)
        .given("a.state = :state", state=wanted.state)
    )
    if wanted.pooled:
        where.add("a.verifier_id IS NULL")
    if wanted.overdue is not None:
        where.add(_OVERDUE if wanted.overdue else f"NOT ({_OVERDUE})")
    return await fetch_page(session, _VIEW, where, page, keyset=_BY_DUE_DATE, read=_view, now=now)


async def lock_scorings(session: Session, assignment_id: UUID) -> None:
    """Lock the assignments of the same call and batch until the transaction ends."""
    await session.execute(_LOCK_SCORINGS, id=assignment_id)


async def claims_given_up(session: Session, verifier_id: UUID, since: datetime) -> int:
    """How many of their claimed assignments a verifier has skipped since then."""
    return int(await session.fetch_value(_GIVEN_UP, verifier_id=verifier_id, since=since))


async def claim_next(
    session: Session, verifier_id: UUID, pool_id: UUID | None, at: datetime, except_for: Collection[UUID]
) -> UUID | None:
    """Give the verifier the first assignment of their pools that they may score and that no other transaction holds."""
    where = Where().given("a.pool_id = :pool_id", pool_id=pool_id)
    statement = _CLAIM.format(where=where.sql, conflict=_CONFLICT.format(verifier_id=":verifier_id"))
    values = {"verifier_id": verifier_id, "at": at, "except_for": list(except_for)}
    claimed: UUID | None = await session.fetch_value(statement, **values, **where.values)
    return claimed


async def skip_assignment(session: Session, assignment_id: UUID, at: datetime, reason: str) -> None:
    await session.execute(_SKIP, id=assignment_id, at=at, reason=reason)


async def reassign(session: Session, assignment_id: UUID, verifier_id: UUID | None) -> None:
    await session.execute(_REASSIGN, id=assignment_id, verifier_id=verifier_id)


async def extend(session: Session, assignment_id: UUID, due_at: datetime) -> None:
    await session.execute(_EXTEND, id=assignment_id, due_at=due_at)


async def candidate(session: Session, verifier_id: UUID, assignment: AssignmentView) -> Row:
    """Whether a user is an active verifier, has a conflict of interest, and scores the call already."""
    subject = {"agent_id": assignment.agent_id, "call_id": assignment.call_id, "scorecard_id": assignment.scorecard_id}
    return await session.fetch_one(_CANDIDATE, verifier_id=verifier_id, **subject)


async def is_conflicted(session: Session, verifier_id: UUID, agent_id: UUID) -> bool:
    return bool(await session.fetch_value(_CONFLICTED, verifier_id=verifier_id, agent_id=agent_id))


async def is_active_verifier(session: Session, user_id: UUID) -> bool:
    return bool(await session.fetch_value(_VERIFIES, verifier_id=user_id))


async def pool_exists(session: Session, pool_id: UUID) -> bool:
    return bool(await session.fetch_value(_POOL_EXISTS, pool_id=pool_id))


async def open_work_of(session: Session, user_id: UUID) -> OpenWork:
    return OpenWork._make(await session.fetch_one(_OPEN_WORK, user_id=user_id))


async def begin(session: Session, scoring: Scoring, at: datetime) -> bool:
    """False where a rule forbids it."""
    return await session.execute(_BEGIN, at=at, **_scoring_values(scoring)) == 1


async def complete(session: Session, scoring: Scoring, at: datetime) -> bool:
    """False where a rule forbids it."""
    return await session.execute(_COMPLETE, at=at, **_scoring_values(scoring)) == 1


async def obstacle(session: Session, assignment_id: UUID) -> Row | None:
    """The facts that may forbid a scoring of an assignment; None without the assignment."""
    return await session.fetch_optional(_OBSTACLE, id=assignment_id)


async def open_assignment_for(session: Session, call_id: UUID, scorecard_id: UUID, verifier_id: UUID) -> UUID | None:
    """The verifier's open assignment of the call that no scoring has begun."""
    subject = {"call_id": call_id, "scorecard_id": scorecard_id, "verifier_id": verifier_id}
    found: UUID | None = await session.fetch_value(_OPEN_FOR, **subject)
    return found


def _scoring_values(scoring: Scoring) -> dict[str, Any]:
    return {
        "scoring_id": scoring.id,
        "assignment_id": scoring.assignment_id,
        "call_id": scoring.call_id,
        "scorecard_id": scoring.scorecard_id,
        "verifier_id": scoring.verifier_id,
    }


def _view(row: Row) -> AssignmentView:
    fields: Sequence[tuple[str, Any]] = tuple(row.items())
    return AssignmentView(**{**dict(fields), "state": AssignmentState(row.state)})
