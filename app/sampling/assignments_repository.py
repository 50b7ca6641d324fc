"""SQL that changes assignments."""

from datetime import datetime
from uuid import UUID

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql
from app.sampling.records import AssignmentView

# Both scorings of the call: two that are reassigned at the same time must not end with one verifier.
_LOCK_SCORINGS = """
SELECT FROM assignments
WHERE selection_id = (SELECT selection_id FROM assignments WHERE id = $1) ORDER BY id FOR NO KEY UPDATE
"""
_LOCK_VERIFIER = "SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE"
_SKIP = "UPDATE assignments SET skipped_at = $2, skip_reason = $3, version = version + 1 WHERE id = $1"
_REASSIGN = "UPDATE assignments SET verifier_id = $2, claimed_at = NULL, version = version + 1 WHERE id = $1"
_EXTEND = "UPDATE assignments SET due_at = $2, version = version + 1 WHERE id = $1"
_GIVEN_UP = """
SELECT count(*) FROM assignments
WHERE verifier_id = $1 AND claimed_at IS NOT NULL AND skipped_at > $2
"""
# By id: that is the order, by chance, in which the draws gave their ids.
_CLAIM = """
WITH next AS (
    SELECT a.id
    FROM assignments a
    JOIN selections s ON s.tenant_id = a.tenant_id AND s.id = a.selection_id
    JOIN draws d ON d.tenant_id = s.tenant_id AND d.id = s.draw_id
    JOIN sampling_plan_verifiers v ON v.tenant_id = d.tenant_id AND v.plan_id = d.plan_id AND v.user_id = $1
    JOIN users u ON u.tenant_id = v.tenant_id AND u.id = v.user_id AND u.active AND u.role = 'verifier'
    JOIN agents g ON g.tenant_id = s.tenant_id AND g.id = s.agent_id
    WHERE a.verifier_id IS NULL AND ($2::uuid IS NULL OR d.plan_id = $2)
      AND g.supervisor_id IS DISTINCT FROM $1 AND g.user_id IS DISTINCT FROM $1
      AND NOT EXISTS (SELECT FROM assignments o WHERE o.tenant_id = a.tenant_id AND o.call_id = a.call_id
                      AND o.verifier_id = $1 AND o.scorecard_id = a.scorecard_id)
      AND NOT EXISTS (SELECT FROM evaluations e WHERE e.tenant_id = a.tenant_id AND e.call_id = a.call_id
                      AND e.verifier_id = $1 AND e.scorecard_id = a.scorecard_id AND e.status = 'submitted')
    ORDER BY a.id LIMIT 1 FOR NO KEY UPDATE OF a SKIP LOCKED
)
UPDATE assignments a SET verifier_id = $1, claimed_at = $3, version = a.version + 1 FROM next WHERE a.id = next.id
RETURNING a.id
"""
_CANDIDATE = """
SELECT EXISTS (SELECT FROM users WHERE id = $1 AND active AND role = 'verifier') AS verifies,
    EXISTS (SELECT FROM agents WHERE id = $2 AND $1 IN (supervisor_id, user_id)) AS conflicted,
    EXISTS (SELECT FROM assignments WHERE verifier_id = $1 AND call_id = $3 AND scorecard_id = $4)
    OR EXISTS (SELECT FROM evaluations
               WHERE verifier_id = $1 AND call_id = $3 AND scorecard_id = $4 AND status = 'submitted') AS scoring
"""
# The lock lets nobody skip or reassign the assignment before the evaluation that names it is committed.
_NAMED = "SELECT call_id, scorecard_id, verifier_id, skipped_at FROM assignments WHERE id = $1 FOR SHARE"


async def lock_scorings(session: Session, assignment_id: UUID) -> None:
    """Let nobody else skip, reassign or evaluate the assignment's call before this transaction ends."""
    await driver_sql(session, _LOCK_SCORINGS, assignment_id)


async def lock_verifier(session: Session, verifier_id: UUID) -> None:
    """Of two assignments that a verifier is to get at the same time one waits, and sees what the other was."""
    await driver_sql(session, _LOCK_VERIFIER, verifier_id)


async def claims_given_up(session: Session, verifier_id: UUID, since: datetime) -> int:
    """How many of those that they claimed a verifier has skipped since then."""
    return int((await driver_sql(session, _GIVEN_UP, verifier_id, since)).scalar_one())


async def claim_next(session: Session, verifier_id: UUID, plan_id: UUID | None, at: datetime) -> UUID | None:
    """Give the verifier the first assignment of the pool that they may score and that nobody else is just getting."""
    claimed: UUID | None = (await driver_sql(session, _CLAIM, verifier_id, plan_id, at)).scalar_one_or_none()
    return claimed


async def skip_assignment(session: Session, assignment_id: UUID, at: datetime, reason: str) -> None:
    await driver_sql(session, _SKIP, assignment_id, at, reason)


async def reassign(session: Session, assignment_id: UUID, verifier_id: UUID | None) -> None:
    await driver_sql(session, _REASSIGN, assignment_id, verifier_id)


async def extend(session: Session, assignment_id: UUID, due_at: datetime) -> None:
    await driver_sql(session, _EXTEND, assignment_id, due_at)


async def candidate(session: Session, verifier_id: UUID, assigned: AssignmentView) -> Row:
    """What speaks for and against giving the call to a user."""
    values = (verifier_id, assigned.agent_id, assigned.call_id, assigned.scorecard_id)
    return (await driver_sql(session, _CANDIDATE, *values)).one()


async def named_assignment(session: Session, assignment_id: UUID) -> Row | None:
    return (await driver_sql(session, _NAMED, assignment_id)).one_or_none()
