"""The SQL of the report of today. One statement reads all that failed or waits, and one all that people have to do."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from app.analysis.repository.filters import agents_in, assignments_in, plans_in, with_conditions
from app.analysis.today.types import MOST_SHOWN, EntryKind, Happening, ItemWeight, OpenWork
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session, Where

_HAPPENINGS: Final = f"""
(
    SELECT '{EntryKind.FAILED_DRAWS}' AS kind, count(*) OVER () AS total, d.id, p.name, d.refused_at AS at,
           d.window_start::text AS state, d.failure_reason AS message
    FROM draws d JOIN sampling_plans p ON p.tenant_id = d.tenant_id AND p.id = d.plan_id
    WHERE d.refused_at >= :since AND d.drawn_at IS NULL AND d.voided_at IS NULL AND {{plans}}
    ORDER BY d.refused_at DESC, d.id LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.FAILED_JOBS}', count(*) OVER (), j.id, j.kind, j.finished_at, j.state, coalesce(j.error, '')
    FROM jobs j
    WHERE j.state = 'failed' AND j.finished_at >= :since
    ORDER BY j.finished_at DESC, j.id LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.FAILED_EMAILS}', count(*) OVER (), e.id, e.subject, coalesce(j.finished_at, e.created_at),
           e.to_name, coalesce(e.error, '')
    FROM emails e LEFT JOIN jobs j ON j.tenant_id = e.tenant_id AND j.id = e.job_id
    WHERE e.state = 'failed' AND coalesce(j.finished_at, e.created_at) >= :since
    ORDER BY coalesce(j.finished_at, e.created_at) DESC, e.id LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.SESSIONS_TODAY}', count(*) OVER (), s.id, s.name, s.scheduled_at, s.state, ''
    FROM calibration_sessions s
    WHERE s.scheduled_at >= :day_begins AND s.scheduled_at < :day_ends AND s.state IN ('arranging', 'open')
        AND {{sessions}}
    ORDER BY s.scheduled_at, s.id LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.RESULTS_WAITING}', count(*) OVER (), s.id, s.name, coalesce(s.revealed_at, s.scheduled_at),
           CASE s.state WHEN 'open' THEN 'over' ELSE s.state END, ''
    FROM calibration_sessions s
    WHERE (s.state = 'revealed' OR (s.state = 'open' AND s.scheduled_at + s.duration_min * interval '1 min' <= :now))
        AND {{sessions}}
    ORDER BY coalesce(s.revealed_at, s.scheduled_at), s.id LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.DOUBLE_SCORES}', count(*) OVER (), g.subject_id, a.full_name,
           greatest(g.completed_at, r.completed_at), '', ''
    FROM assignments g
    JOIN assignments r ON r.tenant_id = g.tenant_id AND r.subject_id = g.subject_id AND r.scoring_round = 1
    JOIN agents a ON a.tenant_id = g.tenant_id AND a.id = g.agent_id
    WHERE g.scoring_round = 2 AND g.completed_at IS NOT NULL AND r.completed_at IS NOT NULL
        AND NOT EXISTS (
            SELECT FROM double_score_decisions d WHERE d.tenant_id = g.tenant_id AND d.subject_id = g.subject_id
        )
        AND {{assignments}} AND {{agents}}
    ORDER BY greatest(g.completed_at, r.completed_at), g.subject_id LIMIT {MOST_SHOWN}
)
"""  # noqa: S608

_OPEN_WORK: Final = f"""
(
    SELECT '{EntryKind.BACKLOG}' AS kind, (sum(count(*)) OVER ())::int8 AS total, g.verifier_id AS id,
           u.full_name AS name, count(*) AS n, count(*) FILTER (WHERE g.due_at < :now) AS overdue,
           min(g.due_at) AS at
    FROM assignments g
    JOIN agents a ON a.tenant_id = g.tenant_id AND a.id = g.agent_id
    LEFT JOIN users u ON u.tenant_id = g.tenant_id AND u.id = g.verifier_id
    WHERE g.completed_at IS NULL AND g.skipped_at IS NULL AND {{assignments}} AND {{agents}}
    GROUP BY g.verifier_id, u.full_name
    ORDER BY count(*) FILTER (WHERE g.due_at < :now) DESC, count(*) DESC, u.full_name, g.verifier_id
    LIMIT {MOST_SHOWN}
) UNION ALL (
    SELECT '{EntryKind.FAULT_CHECKS}', (sum(count(*)) OVER ())::int8, f.checker_id, u.full_name, count(*), 0,
           min(f.drawn_at)
    FROM fault_checks f LEFT JOIN users u ON u.tenant_id = f.tenant_id AND u.id = f.checker_id
    WHERE f.done_at IS NULL AND f.expired_at IS NULL AND {{checks}}
    GROUP BY f.checker_id, u.full_name
    ORDER BY count(*) DESC, u.full_name, f.checker_id LIMIT {MOST_SHOWN}
)
"""  # noqa: S608

_WEIGHTS: Final = """
SELECT v.scorecard_id, item ->> 'key' AS item, (item ->> 'weight')::float8 AS weight
FROM published_versions p
JOIN scorecard_versions v ON v.tenant_id = p.tenant_id AND v.id = p.id
CROSS JOIN jsonb_array_elements(v.definition -> 'sections') AS section
CROSS JOIN jsonb_array_elements(section -> 'items') AS item
WHERE p.scorecard_id = ANY(:scorecard_ids::uuid[])
"""


async def happenings(
    session: Session, filters: Filters, *, since: datetime, now: datetime, day: Period
) -> list[Happening]:
    """What failed since then, and what waits now: the most important few of each kind, in order."""
    statement, values = with_conditions(
        _HAPPENINGS,
        plans=plans_in(filters),
        sessions=_sessions_in(filters),
        assignments=assignments_in(filters),
        agents=agents_in(filters),
    )
    rows = await session.fetch_all(statement, since=since, now=now, day_begins=day.since, day_ends=day.until, **values)
    return [Happening._make(row)._replace(kind=EntryKind(row.kind)) for row in rows]


async def open_work(session: Session, filters: Filters, now: datetime) -> list[OpenWork]:
    """The people with the most to do of each kind, in order."""
    checks = Where().given("f.project_id = :project_id", project_id=filters.project_id)
    statement, values = with_conditions(
        _OPEN_WORK, assignments=assignments_in(filters), agents=agents_in(filters), checks=checks
    )
    rows = await session.fetch_all(statement, now=now, **values)
    return [OpenWork._make(row)._replace(kind=EntryKind(row.kind)) for row in rows]


async def item_weights(session: Session, scorecard_ids: Collection[UUID]) -> list[ItemWeight]:
    """The weights of the items in the present versions of these scorecards."""
    return list(map(ItemWeight._make, await session.fetch_all(_WEIGHTS, scorecard_ids=list(scorecard_ids))))


def _sessions_in(filters: Filters) -> Where:
    """The sessions `s` of the project, and those that are of no project."""
    return Where().given("s.project_id = :project_id OR s.project_id IS NULL", project_id=filters.project_id)
