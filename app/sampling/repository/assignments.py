"""SQL of assignments."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.pagination import PageRequest
from app.platform.sql import driver_sql
from app.sampling.records import AssignedCall, AssignmentFilter, AssignmentState, read_signals

_ASSIGNMENT = """
SELECT a.id, derived.state, s.draw_id, a.verifier_id, a.place, a.call_id, c.source, c.external_id, c.started_at,
    c.duration_s, c.direction, c.language, s.agent_id, g.full_name AS agent_name,
    EXISTS (SELECT FROM recordings r WHERE (r.tenant_id, r.call_id) = (c.tenant_id, c.id)) AS has_recording,
    coalesce((SELECT t.status FROM transcripts t WHERE (t.tenant_id, t.call_id) = (c.tenant_id, c.id)
              ORDER BY t.id DESC LIMIT 1), 'none') AS transcript_status,
    s.signals, a.scorecard_id,
    (SELECT max(v.number) FROM scorecard_versions v
     WHERE (v.tenant_id, v.scorecard_id) = (a.tenant_id, a.scorecard_id) AND v.status = 'published')
        AS scorecard_version,
    e.id AS evaluation_id, a.created_at, a.skipped_at, a.skip_reason
FROM assignments a
JOIN selections s ON (s.tenant_id, s.id) = (a.tenant_id, a.selection_id)
JOIN calls c ON (c.tenant_id, c.id) = (a.tenant_id, a.call_id)
JOIN agents g ON (g.tenant_id, g.id) = (s.tenant_id, s.agent_id)
LEFT JOIN evaluations e ON (e.tenant_id, e.assignment_id) = (a.tenant_id, a.id)
CROSS JOIN LATERAL (
    SELECT CASE WHEN e.status = 'submitted' THEN 'done' WHEN a.skipped_at IS NOT NULL THEN 'skipped' ELSE 'open' END
) AS derived (state)
"""
_ASSIGNMENT_BY_ID = f"{_ASSIGNMENT} WHERE a.id = $1"
_ASSIGNMENTS = f"""
{_ASSIGNMENT}
WHERE ($1::text IS NULL OR derived.state = $1) AND ($2::uuid IS NULL OR a.verifier_id = $2)
  AND ($3::uuid IS NULL OR s.draw_id = $3) AND ($4::uuid IS NULL OR a.verifier_id = $4)
  AND ($5::uuid IS NULL OR a.id > $5)
ORDER BY a.id LIMIT $6
"""
# Both scorings of the call: two that are reassigned at the same time must not end with one verifier.
_LOCK_SCORINGS = """
SELECT FROM assignments
WHERE selection_id = (SELECT selection_id FROM assignments WHERE id = $1) ORDER BY id FOR NO KEY UPDATE
"""
_SKIP = "UPDATE assignments SET skipped_at = $2, skip_reason = $3, version = version + 1 WHERE id = $1"
_REASSIGN = "UPDATE assignments SET verifier_id = $2, version = version + 1 WHERE id = $1"
_CANDIDATE = """
SELECT EXISTS (SELECT FROM users WHERE id = $1 AND active AND role = 'verifier') AS verifies,
    EXISTS (SELECT FROM agents WHERE id = $2 AND $1 IN (supervisor_id, user_id)) AS conflicted,
    EXISTS (SELECT FROM assignments WHERE verifier_id = $1 AND call_id = $3 AND scorecard_id = $4)
    OR EXISTS (SELECT FROM evaluations WHERE verifier_id = $1 AND call_id = $3 AND scorecard_id = $4) AS scoring
"""
# The lock lets nobody skip or reassign the assignment before the evaluation that names it is committed.
_NAMED = "SELECT call_id, scorecard_id, verifier_id, skipped_at FROM assignments WHERE id = $1 FOR SHARE"


async def assignment_by_id(session: AsyncSession, assignment_id: UUID) -> AssignedCall | None:
    row = (await driver_sql(session, _ASSIGNMENT_BY_ID, assignment_id)).mappings().one_or_none()
    return None if row is None else _assigned_call(row)


async def page_of_assignments(
    session: AsyncSession, page: PageRequest, wanted: AssignmentFilter, own: UUID | None
) -> list[AssignedCall]:
    """Those of everybody, or of one verifier."""
    after = page.after(UUID)
    values = (wanted.state, wanted.verifier_id, wanted.draw_id, own, after and after[0], page.limit + 1)
    found = await driver_sql(session, _ASSIGNMENTS, *values)
    return [_assigned_call(row) for row in found.mappings()]


async def lock_scorings(session: AsyncSession, assignment_id: UUID) -> None:
    """Let nobody else skip, reassign or evaluate the assignment's call before this transaction ends."""
    await driver_sql(session, _LOCK_SCORINGS, assignment_id)


async def skip_assignment(session: AsyncSession, assignment_id: UUID, at: datetime, reason: str) -> None:
    await driver_sql(session, _SKIP, assignment_id, at, reason)


async def reassign(session: AsyncSession, assignment_id: UUID, verifier_id: UUID) -> None:
    await driver_sql(session, _REASSIGN, assignment_id, verifier_id)


async def candidate(session: AsyncSession, verifier_id: UUID, assigned: AssignedCall) -> Row[Any]:
    """What speaks for and against giving the call to a user."""
    values = (verifier_id, assigned.agent_id, assigned.call_id, assigned.scorecard_id)
    return (await driver_sql(session, _CANDIDATE, *values)).one()


async def named_assignment(session: AsyncSession, assignment_id: UUID) -> Row[Any] | None:
    return (await driver_sql(session, _NAMED, assignment_id)).one_or_none()


def _assigned_call(row: RowMapping) -> AssignedCall:
    derived = {"state": AssignmentState(row["state"]), "signals": read_signals(row["signals"])}
    return AssignedCall(**{**row, **derived})
