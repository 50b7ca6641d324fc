"""SQL of panels: the verifiers of a plan, their assignments, and their prior pairings with agents."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from app.platform.database import Row, Session
from app.sampling.plans.types import Plan
from app.sampling.windows import Window

_VERIFIERS = """
SELECT u.id,
    ARRAY(SELECT x.agent_id FROM conflicts_of_interest x WHERE x.tenant_id = u.tenant_id AND x.user_id = u.id)
        AS barred,
    coalesce(held.scorings, 0) AS held
FROM assignment_pool_members m
JOIN users u ON u.tenant_id = m.tenant_id AND u.id = m.user_id
LEFT JOIN (
    SELECT g.verifier_id, count(*)::int AS scorings
    FROM draws d
    JOIN assignments g ON g.tenant_id = d.tenant_id AND g.batch_id = d.id
    WHERE d.plan_id = :plan_id AND d.starts_at = :starts_at
    GROUP BY g.verifier_id
) AS held ON held.verifier_id = u.id
WHERE m.pool_id = :plan_id AND u.active AND u.role = 'verifier'
ORDER BY u.id
"""
_PRIOR_PAIRINGS = """
SELECT g.verifier_id, g.agent_id, count(*)::int AS calls
FROM sampling_plans p
JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
JOIN assignments g ON g.tenant_id = d.tenant_id AND g.batch_id = d.id
WHERE p.project_id = :project_id AND d.drawn_at >= :since AND g.verifier_id = ANY (:verifier_ids::uuid[])
GROUP BY g.verifier_id, g.agent_id
"""
# No call is evaluated before it has begun: that spares a look at all the earlier evaluations. Drafts do not count:
# otherwise a verifier could keep calls away by drafts, and so influence which calls they get.
_ALREADY_ASSIGNED = """
SELECT g.verifier_id, g.call_id
FROM sampling_plans p
JOIN draws d ON d.tenant_id = p.tenant_id AND d.plan_id = p.id
JOIN assignments g ON g.tenant_id = d.tenant_id AND g.batch_id = d.id
WHERE p.project_id = :project_id AND d.starts_at < :ends_at AND d.ends_at > :starts_at
  AND g.scorecard_id = :scorecard_id AND g.verifier_id = ANY (:verifier_ids::uuid[])
UNION
SELECT e.verifier_id, e.call_id
FROM evaluations e
JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
WHERE e.project_id = :project_id AND e.submitted_at >= :starts_at AND e.scorecard_id = :scorecard_id
  AND e.verifier_id = ANY (:verifier_ids::uuid[]) AND c.started_at >= :starts_at AND c.started_at < :ends_at
"""


async def verifiers_of_plan(session: Session, plan_id: UUID, window: Window) -> Sequence[Row]:
    """The active verifiers, each with the agents whom they may not score and their scorings of the window."""
    return await session.fetch_all(_VERIFIERS, plan_id=plan_id, starts_at=window.starts_at)


async def prior_pairings(
    session: Session, project_id: UUID, since: datetime, verifier_ids: Collection[UUID]
) -> dict[tuple[UUID, UUID], int]:
    """How many calls of each agent draws assigned to each verifier since then."""
    rows = await session.fetch_all(_PRIOR_PAIRINGS, project_id=project_id, since=since, verifier_ids=verifier_ids)
    return {(row.verifier_id, row.agent_id): row.calls for row in rows}


async def already_assigned(
    session: Session, plan: Plan, window: Window, verifier_ids: Collection[UUID]
) -> frozenset[tuple[UUID, UUID]]:
    """(verifier, call) of the window's calls that a verifier scores with the plan's scorecard already."""
    rows = await session.fetch_all(
        _ALREADY_ASSIGNED,
        project_id=plan.project_id,
        scorecard_id=plan.scorecard_id,
        starts_at=window.starts_at,
        ends_at=window.ends_at,
        verifier_ids=verifier_ids,
    )
    return frozenset((row.verifier_id, row.call_id) for row in rows)
