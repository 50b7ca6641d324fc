"""SQL of the roll-up of errors."""

from datetime import date
from uuid import UUID

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql

# Two jobs for one agent's day must not overtake each other: the first statement waits for the row, and the
# second one then counts what is committed by that time.
_HOLD = """
INSERT INTO agent_error_tallies AS t
    (tenant_id, agent_id, project_id, day, evaluations, applicable, errors, agent_errors)
SELECT e.tenant_id, e.agent_id, e.project_id, (c.started_at AT TIME ZONE p.timezone)::date, 0, 0, 0, 0
FROM evaluations e JOIN calls c ON c.id = e.call_id JOIN projects p ON p.id = e.project_id WHERE e.id = $1
ON CONFLICT (tenant_id, agent_id, project_id, day) DO UPDATE SET evaluations = t.evaluations
RETURNING agent_id, project_id, day
"""
_COUNT = """
WITH latest AS (
    SELECT DISTINCT ON (e.id) r.id
    FROM projects p
    JOIN evaluations e ON e.project_id = p.id AND e.agent_id = $1 AND e.status = 'submitted'
    JOIN calls c ON c.id = e.call_id
        AND c.started_at >= $3::date::timestamp AT TIME ZONE p.timezone
        AND c.started_at < ($3::date + 1)::timestamp AT TIME ZONE p.timezone
    JOIN evaluation_revisions r ON r.evaluation_id = e.id
    WHERE p.id = $2 ORDER BY e.id, r.number DESC
), counted AS (
    SELECT count(DISTINCT a.revision_id) AS evaluations, count(a.credit) AS applicable,
           count(*) FILTER (WHERE a.is_error) AS errors,
           count(*) FILTER (WHERE a.is_error AND a.fault = 'agent') AS agent_errors
    FROM latest JOIN answers a ON a.revision_id = latest.id
)
UPDATE agent_error_tallies SET evaluations = counted.evaluations, applicable = counted.applicable,
                               errors = counted.errors, agent_errors = counted.agent_errors
FROM counted WHERE agent_id = $1 AND project_id = $2 AND day = $3
"""
_HISTORY = """
SELECT agent_id, sum(errors)::int AS errors, sum(applicable)::int AS applicable FROM agent_error_tallies
WHERE project_id = $1 AND day >= $2 AND day < $3 GROUP BY agent_id
"""


async def hold_day(session: Session, evaluation_id: UUID) -> Row:
    """The agent, project and day of the evaluation's call, held for this transaction."""
    return (await driver_sql(session, _HOLD, evaluation_id)).one()


async def count_day(session: Session, day: Row) -> None:
    await driver_sql(session, _COUNT, day.agent_id, day.project_id, day.day)


async def history(session: Session, project_id: UUID, from_day: date, to_day: date) -> dict[UUID, tuple[int, int]]:
    """Errors and applicable answers by agent."""
    rows = await driver_sql(session, _HISTORY, project_id, from_day, to_day)
    return {row.agent_id: (row.errors, row.applicable) for row in rows}
