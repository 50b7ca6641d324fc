"""SQL of frames: the calls of a window that can be drawn, and who may score them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.sql import driver_sql
from app.sampling.records import Excluded, Plan
from app.sampling.types import Window

_RECORDED = "EXISTS (SELECT FROM recordings r WHERE (r.tenant_id, r.call_id) = (c.tenant_id, c.id))"
_FRAME = f"""
SELECT c.id, c.agent_id, c.started_at, a.hired_on, c.complaint, c.csat, ceil(c.hold_s)::int AS hold_s
FROM calls c JOIN agents a ON (a.tenant_id, a.id) = (c.tenant_id, c.agent_id)
WHERE c.project_id = $1 AND c.started_at >= $2 AND c.started_at < $3
  AND c.duration_s >= $4 AND (NOT $5::boolean OR {_RECORDED})
"""  # noqa: S608
_EXCLUDED = f"""
SELECT count(*) FILTER (WHERE c.agent_id IS NULL) AS no_agent,
    count(*) FILTER (WHERE c.agent_id IS NOT NULL AND c.duration_s < $4) AS too_short,
    count(*) FILTER (WHERE c.agent_id IS NOT NULL AND c.duration_s >= $4 AND $5::boolean AND NOT {_RECORDED})
        AS no_recording
FROM calls c WHERE c.project_id = $1 AND c.started_at >= $2 AND c.started_at < $3
"""  # noqa: S608
_VERIFIERS = """
SELECT u.id, ARRAY(SELECT a.id FROM agents a WHERE u.id IN (a.supervisor_id, a.user_id) ORDER BY a.id) AS barred
FROM sampling_plan_verifiers v JOIN users u ON (u.tenant_id, u.id) = (v.tenant_id, v.user_id)
WHERE v.plan_id = $1 AND u.active AND u.role = 'verifier' ORDER BY u.id
"""


async def calls_of_frame(session: AsyncSession, plan: Plan, window: Window) -> Sequence[Row[Any]]:
    """The eligible calls: with an agent, long enough and, where the plan asks for it, recorded."""
    return (await driver_sql(session, _FRAME, *_window_values(plan, window))).all()


async def excluded_calls(session: AsyncSession, plan: Plan, window: Window) -> Excluded:
    return Excluded._make((await driver_sql(session, _EXCLUDED, *_window_values(plan, window))).one())


async def verifiers_of_plan(session: AsyncSession, plan_id: UUID) -> dict[UUID, list[UUID]]:
    """The active verifiers, each with the agents whom they may not score."""
    return {row.id: row.barred for row in await driver_sql(session, _VERIFIERS, plan_id)}


def _window_values(plan: Plan, window: Window) -> tuple[Any, ...]:
    wanted = plan.eligibility
    return (plan.project_id, window.starts_at, window.ends_at, wanted.min_duration_s, wanted.require_recording)
