"""The SQL of reports: it reads across the domains, sets at a time, and changes nothing."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from app.analysis.error_table import AnswerGroup, ItemKey
from app.analysis.filters import Filters, GroupBy, Period
from app.analysis.samples import DrawnCall
from app.platform.sql import driver_sql
from app.sampling.estimation import IntArray

_KNOWN = """
SELECT (SELECT timezone FROM projects WHERE id = $1),
       EXISTS (SELECT FROM teams WHERE id = $2),
       EXISTS (SELECT FROM scorecards WHERE id = $3)
"""

# The whole sample of every draw whose window meets the period: calls outside of the period or the team do not
# count, but they belong to the strata of those that do.
_DRAWN_CALLS = """
SELECT CASE $6::text
           WHEN 'project' THEN p.project_id::text
           WHEN 'team' THEN a.team_id::text
           WHEN 'agent' THEN s.agent_id::text
           WHEN 'verifier' THEN coalesce(e.verifier_id, g.verifier_id)::text
           WHEN 'week' THEN to_char(c.started_at AT TIME ZONE j.timezone, 'IYYY"-W"IW')
       END,
       s.agent_id,
       s.draw_id,
       s.inclusion,
       c.started_at >= $1 AND c.started_at < $2 AND ($4::uuid IS NULL OR a.team_id IS NOT DISTINCT FROM $4),
       e.scorecard_id,
       e.scorecard_version_id,
       r.id,
       r.score::float8
FROM draws d
JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
JOIN projects j ON j.tenant_id = p.tenant_id AND j.id = p.project_id
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
JOIN calls c ON c.tenant_id = s.tenant_id AND c.id = s.call_id
JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id AND g.place = 1
LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
LEFT JOIN LATERAL (
    SELECT id, score FROM evaluation_revisions
    WHERE tenant_id = e.tenant_id AND evaluation_id = e.id
    ORDER BY number DESC LIMIT 1
) r ON true
WHERE d.starts_at < $2 AND d.ends_at > $1
  AND ($3::uuid IS NULL OR p.project_id = $3)
  AND ($5::uuid IS NULL OR coalesce(g.scorecard_id, p.scorecard_id) = $5)
ORDER BY d.starts_at, d.id, s.position
"""

_UNSAMPLED = """
SELECT count(*)
FROM evaluations e
JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
LEFT JOIN agents a ON a.tenant_id = c.tenant_id AND a.id = e.agent_id
WHERE e.status = 'submitted' AND e.assignment_id IS NULL
  AND c.started_at >= $1 AND c.started_at < $2
  AND ($3::uuid IS NULL OR e.project_id = $3)
  AND ($4::uuid IS NULL OR a.team_id = $4)
  AND ($5::uuid IS NULL OR e.scorecard_id = $5)
"""

# Answers by the million travel as a few rows: for each kind of answer, the places of the calls so answered.
_ANSWERS = """
SELECT r.scorecard_id, a.item, a.is_error, a.fault, a.reason, string_agg(int4send(r.place), ''::bytea) AS places
FROM unnest($1::uuid[], $2::uuid[], $3::int4[]) AS r (id, scorecard_id, place)
JOIN answers a ON a.revision_id = r.id
WHERE a.credit IS NOT NULL
GROUP BY r.scorecard_id, a.item, a.is_error, a.fault, a.reason
ORDER BY r.scorecard_id, a.item, a.is_error, a.fault, a.reason
"""

_NAMES = {
    GroupBy.PROJECT: "SELECT id::text, name FROM projects WHERE id = ANY($1::uuid[])",
    GroupBy.TEAM: "SELECT id::text, name FROM teams WHERE id = ANY($1::uuid[])",
    GroupBy.AGENT: "SELECT id::text, full_name FROM agents WHERE id = ANY($1::uuid[])",
    GroupBy.VERIFIER: "SELECT id::text, full_name FROM users WHERE id = ANY($1::uuid[])",
}


class Known(NamedTuple):
    """What there is of a project (its time zone), a team and a scorecard in the tenant."""

    timezone: str | None
    team: bool
    scorecard: bool


async def known(session: AsyncSession, filters: Filters) -> Known:
    found = await driver_sql(session, _KNOWN, filters.project_id, filters.team_id, filters.scorecard_id)
    return Known._make(found.one())


async def drawn_calls(session: AsyncSession, filters: Filters, period: Period, by: GroupBy) -> list[DrawnCall]:
    """The samples that the period's calls are estimated from, in the order of their windows."""
    rows = await driver_sql(session, _DRAWN_CALLS, *_parameters(filters, period), by)
    return list(map(DrawnCall._make, rows))


async def unsampled_evaluations(session: AsyncSession, filters: Filters, period: Period) -> int:
    """How many submitted evaluations of the period's calls came about without a draw."""
    return int((await driver_sql(session, _UNSAMPLED, *_parameters(filters, period))).scalar_one())


async def answer_groups(session: AsyncSession, drawn: Sequence[DrawnCall]) -> list[AnswerGroup]:
    """Every applicable answer to those of the calls that count and were evaluated."""
    heard = [(place, call) for place, call in enumerate(drawn) if call.counts and call.revision_id]
    rows = await driver_sql(
        session,
        _ANSWERS,
        [call.revision_id for _, call in heard],
        [call.scorecard_id for _, call in heard],
        [place for place, _ in heard],
    )
    return [
        AnswerGroup(ItemKey(row.scorecard_id, row.item), row.is_error, row.fault, row.reason, _numbers(row.places))
        for row in rows
    ]


async def names(session: AsyncSession, kind: GroupBy, keys: Collection[str]) -> dict[str, str]:
    """What people call the groups with these keys; weeks are called by their key."""
    if kind is GroupBy.WEEK:
        return {key: key for key in keys}
    rows = await driver_sql(session, _NAMES[kind], list(keys))
    return dict(tuple(row) for row in rows)


def _parameters(filters: Filters, period: Period) -> tuple[Any, ...]:
    return period.start, period.end, filters.project_id, filters.team_id, filters.scorecard_id


def _numbers(packed: bytes) -> IntArray:
    return np.frombuffer(packed, dtype=">i4").astype(np.int64)
