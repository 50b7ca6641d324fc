"""SQL of panels: the verifiers of a plan, what they have, and whom they have met."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql
from app.sampling.records import Plan
from app.sampling.types import Window

_VERIFIERS = """
SELECT u.id, ARRAY(SELECT a.id FROM agents a WHERE u.id IN (a.supervisor_id, a.user_id)) AS barred,
    coalesce(held.scorings, 0) AS held
FROM sampling_plan_verifiers v
JOIN users u ON u.tenant_id = v.tenant_id AND u.id = v.user_id
LEFT JOIN (
    SELECT g.verifier_id, count(*)::int AS scorings
    FROM draws d
    JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
    JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id
    WHERE d.plan_id = $1 AND d.starts_at = $2
    GROUP BY g.verifier_id
) AS held ON held.verifier_id = u.id
WHERE v.plan_id = $1 AND u.active AND u.role = 'verifier'
ORDER BY u.id
"""
_MEETINGS = """
SELECT g.verifier_id, s.agent_id, count(*)::int AS calls
FROM sampling_plans p
JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id
WHERE p.project_id = $1 AND d.drawn_at >= $2 AND g.verifier_id = ANY ($3::uuid[])
GROUP BY g.verifier_id, s.agent_id
"""
# Nobody evaluates a call before it has begun: that spares a look at all the earlier evaluations. Drafts do not count:
# with drafts at will one could keep off calls that one is not to choose.
_TAKEN = """
SELECT g.verifier_id, g.call_id
FROM sampling_plans p
JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
JOIN selections s ON s.tenant_id = d.tenant_id AND s.draw_id = d.id
JOIN assignments g ON g.tenant_id = s.tenant_id AND g.selection_id = s.id
WHERE p.project_id = $1 AND d.starts_at < $4 AND d.ends_at > $3 AND g.scorecard_id = $2
  AND g.verifier_id = ANY ($5::uuid[])
UNION
SELECT e.verifier_id, e.call_id
FROM evaluations e
JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
WHERE e.project_id = $1 AND e.submitted_at >= $3 AND e.scorecard_id = $2
  AND e.verifier_id = ANY ($5::uuid[]) AND c.started_at >= $3 AND c.started_at < $4
"""


async def verifiers_of_plan(session: Session, plan_id: UUID, window: Window) -> Sequence[Row]:
    """The active verifiers, each with the agents whom they may not score and the scorings they hold of the window."""
    return (await driver_sql(session, _VERIFIERS, plan_id, window.starts_at)).all()


async def meetings(
    session: Session, project_id: UUID, since: datetime, verifier_ids: Sequence[UUID]
) -> dict[tuple[UUID, UUID], int]:
    """How many calls of each agent a verifier was given by the draws since then."""
    found = await driver_sql(session, _MEETINGS, project_id, since, verifier_ids)
    return {(row.verifier_id, row.agent_id): row.calls for row in found}


async def calls_taken(
    session: Session, plan: Plan, window: Window, verifier_ids: Sequence[UUID]
) -> frozenset[tuple[UUID, UUID]]:
    """(verifier, call) of the window's calls that a verifier scores with the plan's scorecard already."""
    values = (plan.project_id, plan.scorecard_id, window.starts_at, window.ends_at, verifier_ids)
    return frozenset((row.verifier_id, row.call_id) for row in await driver_sql(session, _TAKEN, *values))
