"""The SQL of the report on sampling coverage: a few statements, each over all draws of the period at once."""

from typing import Final
from uuid import UUID

from app.analysis.coverage.types import (
    AgentRow,
    CallsOutsideFrames,
    FrameRow,
    PlanRow,
    RefusedWindow,
    SignalRow,
    Tally,
)
from app.analysis.repository.filters import agents_in, draws_in, members_in, plans_in, with_conditions
from app.analysis.types import Filters
from app.platform import clock
from app.platform.clock import Period
from app.platform.database import Session

# A supplementary draw belongs to the window that it completes. The one for the next late calls is always committed.
_PLANS: Final = """
SELECT p.id, p.name, p.project_id, p.mode, p.quota_per_agent,
       coalesce(
           sum(d.frame_size * (d.parameters ->> 'rate')::float8) FILTER (WHERE d.supplement_no = 0)
               / nullif(
                   sum(d.frame_size) FILTER (WHERE d.supplement_no = 0 AND d.parameters ->> 'rate' IS NOT NULL), 0
               ),
           p.rate::float8
       ) AS planned_rate,
       coalesce(
           sum(d.sample_size * (d.parameters ->> 'double_score_rate')::float8) / nullif(sum(d.sample_size), 0),
           p.double_score_rate::float8
       ) AS planned_double_rate,
       count(d.id) FILTER (WHERE d.supplement_no = 0 AND d.drawn_at IS NOT NULL) AS windows_drawn,
       count(d.id) FILTER (WHERE d.supplement_no > 0 AND d.drawn_at IS NOT NULL) AS supplementary_draws,
       count(d.id) FILTER (
           WHERE d.supplement_no = 0 AND d.drawn_at IS NULL AND d.refused_at IS NULL AND d.ends_at > :now
       ) AS windows_open,
       count(d.id) FILTER (
           WHERE d.supplement_no = 0 AND d.drawn_at IS NULL AND d.refused_at IS NULL AND d.ends_at <= :now
       ) AS windows_due
FROM sampling_plans p
LEFT JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
    AND d.voided_at IS NULL AND d.starts_at < :until AND d.ends_at > :since
WHERE {plans}
GROUP BY p.tenant_id, p.id
HAVING p.active OR count(d.id) > 0
ORDER BY p.name, p.id
"""

_REFUSED: Final = """
SELECT d.plan_id, d.id, d.window_start, d.refused_at, d.failure_reason AS refusal
FROM draws d
JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
WHERE d.refused_at IS NOT NULL AND d.drawn_at IS NULL AND d.voided_at IS NULL AND d.supplement_no = 0 AND {draws}
ORDER BY d.starts_at, d.id
"""

# The draws of the period; the statements below begin with it.
_DRAWN: Final = """
WITH drawn AS (
    SELECT d.tenant_id, d.id, d.plan_id, d.supplement_no, d.starts_at, d.ends_at, p.project_id,
           (d.parameters -> 'eligibility' ->> 'min_duration_s')::int AS min_duration_s,
           (d.parameters -> 'eligibility' ->> 'require_recording')::bool AS require_recording
    FROM draws d
    JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
    WHERE d.drawn_at IS NOT NULL AND {draws}
)
"""

# If less than one call of an agent is expected in a window, none is drawn with the probability 1 − expected. Windows
# are independent of each other.
_FRAMES: Final = """, frames AS (
    SELECT d.plan_id, h.agent_id, sum(h.calls) AS calls, sum(h.expected_n_e12) AS expected, sum(h.selected) AS selected,
           CASE WHEN bool_or(h.expected_n_e12 >= 1e12) THEN 0
                ELSE exp(sum(ln(1 - h.expected_n_e12::float8 / 1e12)) FILTER (WHERE h.expected_n_e12 < 1e12))
           END AS prob_none_selected
    FROM drawn d JOIN draw_strata h ON h.tenant_id = d.tenant_id AND h.draw_id = d.id
    GROUP BY d.plan_id, h.agent_id
), outcomes AS (
    SELECT d.plan_id, s.agent_id,
           sum(1e12::float8 / s.inclusion_prob_e12) AS population,
           count(e.id) AS evaluated,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NOT NULL) AS skipped,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NULL) AS open,
           count(*) FILTER (WHERE e.id IS NULL AND g.skipped_at IS NULL AND g.due_at < :now) AS overdue,
           count(g2.id) AS to_score_twice,
           count(e2.id) FILTER (WHERE e.id IS NOT NULL) AS scored_twice
    FROM drawn d
    JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
    LEFT JOIN assignments g ON g.tenant_id = s.tenant_id AND g.subject_id = s.id AND g.scoring_round = 1
    LEFT JOIN evaluations e ON e.tenant_id = g.tenant_id AND e.assignment_id = g.id AND e.status = 'submitted'
    LEFT JOIN assignments g2 ON g2.tenant_id = s.tenant_id AND g2.subject_id = s.id AND g2.scoring_round = 2
    LEFT JOIN evaluations e2 ON e2.tenant_id = g2.tenant_id AND e2.assignment_id = g2.id AND e2.status = 'submitted'
    GROUP BY d.plan_id, s.agent_id
)
SELECT f.plan_id, f.agent_id, f.prob_none_selected, f.calls::int, (f.expected / 1e12)::float8 AS expected,
       f.selected::int, coalesce(o.population, 0) AS population, coalesce(o.evaluated, 0) AS evaluated,
       coalesce(o.skipped, 0) AS skipped, coalesce(o.open, 0) AS open, coalesce(o.overdue, 0) AS overdue,
       coalesce(o.to_score_twice, 0) AS to_score_twice, coalesce(o.scored_twice, 0) AS scored_twice
FROM frames f
JOIN agents a ON a.id = f.agent_id
LEFT JOIN outcomes o ON o.plan_id = f.plan_id AND o.agent_id = f.agent_id
WHERE {agents}
"""

# The agents who work in the project, and those who have calls in the frame of one of its windows.
_AGENTS: Final = """
SELECT a.id, a.external_id, a.full_name, a.team_id, t.name AS team,
       ARRAY(
           SELECT ap.project_id FROM agent_projects ap WHERE ap.tenant_id = a.tenant_id AND ap.agent_id = a.id
       ) AS project_ids,
       (
           SELECT e.submitted_at FROM evaluations e
           WHERE e.tenant_id = a.tenant_id AND e.agent_id = a.id AND e.submitted_at IS NOT NULL
           ORDER BY e.submitted_at DESC LIMIT 1
       ) AS last_evaluated_at
FROM agents a
LEFT JOIN teams t ON t.tenant_id = a.tenant_id AND t.id = a.team_id
LEFT JOIN (
    SELECT DISTINCT h.agent_id FROM drawn d JOIN draw_strata h ON h.tenant_id = d.tenant_id AND h.draw_id = d.id
) f ON f.agent_id = a.id
WHERE {agents} AND (f.agent_id IS NOT NULL OR ((a.left_on IS NULL OR a.left_on >= :first_day) AND {members}))
ORDER BY a.full_name, a.id
"""
_SIGNALS: Final = """
SELECT g.name AS signal, count(*) AS selected, sum(1e12::float8 / s.inclusion_prob_e12) AS population,
       avg(g.multiplier)::float8 / 1e6 AS mean_multiplier
FROM drawn d
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
JOIN agents a ON a.tenant_id = s.tenant_id AND a.id = s.agent_id
LEFT JOIN LATERAL jsonb_to_recordset(s.signals) AS g (name text, multiplier bigint) ON true
WHERE {agents}
GROUP BY g.name
"""

_OUTSIDE_FRAMES: Final = """
SELECT c.agent_id, count(*) AS calls,
       count(*) FILTER (WHERE c.duration_s < d.min_duration_s) AS too_short,
       count(*) FILTER (WHERE c.duration_s >= d.min_duration_s AND d.require_recording AND NOT EXISTS (
           SELECT FROM recordings r WHERE r.tenant_id = c.tenant_id AND r.call_id = c.id
       )) AS not_recorded
FROM drawn d
JOIN calls c ON c.tenant_id = d.tenant_id AND c.project_id = d.project_id
    AND c.started_at >= d.starts_at AND c.started_at < d.ends_at
WHERE d.supplement_no = 0 AND c.agent_id = ANY(:agent_ids::uuid[])
GROUP BY c.agent_id
"""


async def plans(session: Session, filters: Filters, period: Period) -> list[PlanRow]:
    """The plans that are active or have windows that overlap the period, by name."""
    statement, values = with_conditions(_PLANS, plans=plans_in(filters))
    rows = await session.fetch_all(statement, since=period.since, until=period.until, now=clock.now(), **values)
    return list(map(PlanRow._make, rows))


async def refused_windows(session: Session, filters: Filters, period: Period) -> list[RefusedWindow]:
    statement, values = with_conditions(_REFUSED, draws=draws_in(filters, period))
    return list(map(RefusedWindow._make, await session.fetch_all(statement, **values)))


async def frames(session: Session, filters: Filters, period: Period) -> list[FrameRow]:
    """The calls that could be drawn of each agent by each plan, and what became of them."""
    statement, values = with_conditions(_DRAWN + _FRAMES, draws=draws_in(filters, period), agents=agents_in(filters))
    rows = await session.fetch_all(statement, now=clock.now(), **values)
    return [FrameRow(row.plan_id, row.agent_id, row.prob_none_selected, Tally(*tuple(row)[3:])) for row in rows]


async def agents(session: Session, filters: Filters, period: Period) -> list[AgentRow]:
    """The agents in the report, by name."""
    statement, values = with_conditions(
        _DRAWN + _AGENTS, draws=draws_in(filters, period), agents=agents_in(filters), members=members_in(filters)
    )
    return list(map(AgentRow._make, await session.fetch_all(statement, first_day=period.first_day, **values)))


async def signals(session: Session, filters: Filters, period: Period) -> list[SignalRow]:
    statement, values = with_conditions(_DRAWN + _SIGNALS, draws=draws_in(filters, period), agents=agents_in(filters))
    return list(map(SignalRow._make, await session.fetch_all(statement, **values)))


async def calls_outside_frames(
    session: Session, filters: Filters, period: Period, agent_ids: list[UUID]
) -> dict[UUID, CallsOutsideFrames]:
    """The calls in the drawn windows of these agents, who have no call in any frame."""
    statement, values = with_conditions(_DRAWN + _OUTSIDE_FRAMES, draws=draws_in(filters, period))
    rows = await session.fetch_all(statement, agent_ids=agent_ids, **values)
    return {row.agent_id: CallsOutsideFrames._make(row) for row in rows}
