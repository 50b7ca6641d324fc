"""The SQL of the report on coverage: a few statements, each over all the draws of the period at once."""

from typing import Any, Final
from uuid import UUID

from app.analysis.coverage_types import AgentRow, FrameRow, PlanRow, RefusedWindow, SignalRow, SilentCalls
from app.analysis.filters import Filters, Period
from app.platform import clock
from app.platform.database import Session
from app.platform.database.compat import driver_sql

# Supplementary draws belong to the windows that they complete; that of the next late calls is always committed to.
_PLANS: Final = """
SELECT p.id, p.name, p.project_id, p.mode, p.quota_per_agent,
       coalesce(
           sum(d.frame_size * (d.parameters ->> 'rate')::float8) FILTER (WHERE d.part = 0)
               / nullif(sum(d.frame_size) FILTER (WHERE d.part = 0 AND d.parameters ->> 'rate' IS NOT NULL), 0),
           p.rate::float8
       ),
       coalesce(
           sum(d.sample_size * (d.parameters ->> 'double_score_rate')::float8) / nullif(sum(d.sample_size), 0),
           p.double_score_rate::float8
       ),
       count(d.id) FILTER (WHERE d.part = 0 AND d.drawn_at IS NOT NULL),
       count(d.id) FILTER (WHERE d.part > 0 AND d.drawn_at IS NOT NULL),
       count(d.id) FILTER (WHERE d.part = 0 AND d.drawn_at IS NULL AND d.refused_at IS NULL AND d.ends_at > $4),
       count(d.id) FILTER (WHERE d.part = 0 AND d.drawn_at IS NULL AND d.refused_at IS NULL AND d.ends_at <= $4)
FROM sampling_plans p
LEFT JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
    AND d.voided_at IS NULL AND d.starts_at < $2 AND d.ends_at > $1
WHERE ($3::uuid IS NULL OR p.project_id = $3)
GROUP BY p.tenant_id, p.id
HAVING p.active OR count(d.id) > 0
ORDER BY p.name, p.id
"""

_REFUSED: Final = """
SELECT d.plan_id, d.id, d.window_start, d.refused_at, d.refusal
FROM draws d
JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
WHERE d.refused_at IS NOT NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL AND d.part = 0
  AND d.starts_at < $2 AND d.ends_at > $1 AND ($3::uuid IS NULL OR p.project_id = $3)
ORDER BY d.starts_at, d.id
"""

# The draws of the period; the statements below begin with it.
_DRAWN: Final = """
WITH drawn AS (
    SELECT d.tenant_id, d.id, d.plan_id, d.part, d.starts_at, d.ends_at, p.project_id,
           (d.parameters #>> '{eligibility,min_duration_s}')::int AS min_duration_s,
           (d.parameters #>> '{eligibility,require_recording}')::bool AS require_recording
    FROM draws d
    JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
    WHERE d.drawn_at IS NOT NULL AND d.starts_at < $2 AND d.ends_at > $1 AND ($3::uuid IS NULL OR p.project_id = $3)
)
"""

# An agent of whom less than one call is expected in a window has that probability of being drawn there; the windows
# are independent of each other.
_FRAMES: Final = """, frames AS (
    SELECT d.plan_id, h.agent_id, sum(h.calls) AS calls, sum(h.expected) AS expected, sum(h.selected) AS selected,
           CASE WHEN bool_or(h.expected >= 1e12) THEN 0
                ELSE exp(sum(ln(1 - h.expected::float8 / 1e12)) FILTER (WHERE h.expected < 1e12)) END AS unheard
    FROM drawn d JOIN draw_strata h ON h.tenant_id = d.tenant_id AND h.draw_id = d.id
    GROUP BY d.plan_id, h.agent_id
), outcomes AS (
    SELECT d.plan_id, s.agent_id,
           sum(1e12::float8 / s.inclusion) AS population,
           count(e.id) AS evaluated,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NOT NULL) AS skipped,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NULL) AS open,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NULL AND g.due_at < $5) AS overdue,
           count(g2.id) AS doubled,
           count(e2.id) FILTER (WHERE e.id IS NOT NULL) AS double_scored
    FROM drawn d
    JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
    LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id AND g.place = 1
    LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
    LEFT JOIN assignments g2 ON g2.tenant_id = s.tenant_id AND g2.selection_id = s.id AND g2.place = 2
    LEFT JOIN evaluations e2 ON e2.tenant_id = g2.tenant_id AND e2.assignment_id = g2.id AND e2.status = 'submitted'
    GROUP BY d.plan_id, s.agent_id
)
SELECT f.plan_id, f.agent_id, f.unheard, f.calls::int, (f.expected / 1e12)::float8, f.selected::int,
       coalesce(o.population, 0), coalesce(o.evaluated, 0), coalesce(o.skipped, 0), coalesce(o.open, 0),
       coalesce(o.overdue, 0), coalesce(o.doubled, 0), coalesce(o.double_scored, 0)
FROM frames f
JOIN agents a ON a.id = f.agent_id
LEFT JOIN outcomes o ON o.plan_id = f.plan_id AND o.agent_id = f.agent_id
WHERE $4::uuid IS NULL OR a.team_id = $4
"""

# Whoever works in the project, and whoever had calls in the frame of one of its windows.
_AGENTS: Final = """
SELECT a.id, a.external_id, a.full_name, a.team_id, t.name,
       ARRAY(SELECT ap.project_id FROM agent_projects ap WHERE ap.tenant_id = a.tenant_id AND ap.agent_id = a.id),
       (
           SELECT e.submitted_at FROM evaluations e
           WHERE e.tenant_id = a.tenant_id AND e.agent_id = a.id AND e.submitted_at IS NOT NULL
           ORDER BY e.submitted_at DESC LIMIT 1
       )
FROM agents a
LEFT JOIN teams t ON t.tenant_id = a.tenant_id AND t.id = a.team_id
LEFT JOIN (
    SELECT DISTINCT h.agent_id FROM drawn d JOIN draw_strata h ON h.tenant_id = d.tenant_id AND h.draw_id = d.id
) f ON f.agent_id = a.id
WHERE ($4::uuid IS NULL OR a.team_id = $4)
  AND (f.agent_id IS NOT NULL OR (
      (a.left_on IS NULL OR a.left_on >= $1::date)
      AND ($3::uuid IS NULL OR EXISTS (
          SELECT FROM agent_projects ap
          WHERE ap.tenant_id = a.tenant_id AND ap.agent_id = a.id AND ap.project_id = $3
      ))
  ))
ORDER BY a.full_name, a.id
"""

_SIGNALS: Final = """
SELECT g.name, count(*), sum(1e12::float8 / s.inclusion), avg(g.multiplier)::float8 / 1e6
FROM drawn d
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
LEFT JOIN LATERAL jsonb_to_recordset(s.signals) AS g (name text, multiplier bigint) ON true
WHERE $4::uuid IS NULL OR a.team_id = $4
GROUP BY g.name
"""

_SILENT: Final = """
SELECT c.agent_id, count(*) AS calls,
       count(*) FILTER (WHERE c.duration_s < d.min_duration_s) AS too_short,
       count(*) FILTER (WHERE c.duration_s >= d.min_duration_s AND d.require_recording AND NOT EXISTS (
           SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id
       )) AS not_recorded
FROM drawn d
JOIN calls c ON c.tenant_id = d.tenant_id AND c.project_id = d.project_id
    AND c.started_at >= d.starts_at AND c.started_at < d.ends_at
WHERE d.part = 0 AND c.agent_id = ANY($4::uuid[])
GROUP BY c.agent_id
"""


async def plans(session: Session, filters: Filters, period: Period) -> list[PlanRow]:
    """The plans that are active or have windows that meet the period, by name."""
    rows = await driver_sql(session, _PLANS, *_windows(filters, period), clock.now())
    return list(map(PlanRow._make, rows))


async def refused_windows(session: Session, filters: Filters, period: Period) -> list[RefusedWindow]:
    return list(map(RefusedWindow._make, await driver_sql(session, _REFUSED, *_windows(filters, period))))


async def frames(session: Session, filters: Filters, period: Period) -> list[FrameRow]:
    """What there was to draw of whom by which plan, and what became of it."""
    rows = await driver_sql(session, _DRAWN + _FRAMES, *_windows(filters, period), filters.team_id, clock.now())
    return list(map(FrameRow._make, rows))


async def agents(session: Session, filters: Filters, period: Period) -> list[AgentRow]:
    """Everybody of whom the report speaks, by name."""
    rows = await driver_sql(session, _DRAWN + _AGENTS, *_windows(filters, period), filters.team_id)
    return list(map(AgentRow._make, rows))


async def signals(session: Session, filters: Filters, period: Period) -> list[SignalRow]:
    rows = await driver_sql(session, _DRAWN + _SIGNALS, *_windows(filters, period), filters.team_id)
    return list(map(SignalRow._make, rows))


async def silent_calls(
    session: Session, filters: Filters, period: Period, agent_ids: list[UUID]
) -> dict[UUID, SilentCalls]:
    """What these agents, who are in none of the frames, did have of calls in the drawn windows."""
    rows = await driver_sql(session, _DRAWN + _SILENT, *_windows(filters, period), agent_ids)
    return {row[0]: SilentCalls._make(row) for row in rows}


def _windows(filters: Filters, period: Period) -> tuple[Any, ...]:
    return period.start, period.end, filters.project_id
