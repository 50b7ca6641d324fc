"""The SQL of the report on verifiers: what each has done."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from app.analysis.repository.filters import agents_in, assignments_in, evaluations_in, submissions_in, with_conditions
from app.analysis.types import Filters
from app.analysis.verifiers.report import VerifierWork
from app.platform.clock import Period
from app.platform.database import Session

_WORK: Final = """
WITH evaluated AS (
    SELECT e.tenant_id, e.id, e.verifier_id, e.assignment_id
    FROM evaluations e
    JOIN calls c ON c.tenant_id = e.tenant_id AND c.id = e.call_id
    LEFT JOIN agents a ON a.tenant_id = e.tenant_id AND a.id = e.agent_id
    WHERE e.status = 'submitted' AND {evaluations} AND {agents}
), revised AS (
    SELECT v.verifier_id, count(*) FILTER (WHERE r.author_id = v.verifier_id) AS own,
           count(*) FILTER (WHERE r.author_id <> v.verifier_id) AS others
    FROM evaluated v
    JOIN evaluation_revisions r ON r.tenant_id = v.tenant_id AND r.evaluation_id = v.id AND r.number > 1
    GROUP BY v.verifier_id
), doubled AS (
    SELECT v.verifier_id, count(DISTINCT v.id) AS evaluations
    FROM evaluated v
    JOIN assignments g ON g.tenant_id = v.tenant_id AND g.id = v.assignment_id
    JOIN assignments g2 ON g2.tenant_id = g.tenant_id AND g2.subject_id = g.subject_id AND g2.id <> g.id
    JOIN evaluations e2 ON e2.tenant_id = g2.tenant_id AND e2.assignment_id = g2.id AND e2.status = 'submitted'
    GROUP BY v.verifier_id
), submitted AS (
    SELECT e.verifier_id, count(*) AS evaluations
    FROM evaluations e
    LEFT JOIN agents a ON a.tenant_id = e.tenant_id AND a.id = e.agent_id
    WHERE e.status = 'submitted' AND {submissions} AND {agents}
    GROUP BY e.verifier_id
), open AS (
    SELECT g.verifier_id, count(*) AS assignments
    FROM assignments g
    JOIN agents a ON a.tenant_id = g.tenant_id AND a.id = g.agent_id
    WHERE g.completed_at IS NULL AND g.skipped_at IS NULL AND {assignments} AND {agents}
    GROUP BY g.verifier_id
)
SELECT u.id AS user_id, u.full_name AS name,
       coalesce(revised.own, 0) AS own_corrections, coalesce(revised.others, 0) AS corrections_by_others,
       coalesce(doubled.evaluations, 0) AS double_scorings, coalesce(submitted.evaluations, 0) AS submitted,
       coalesce(open.assignments, 0) AS open_assignments
FROM users u
LEFT JOIN revised ON revised.verifier_id = u.id
LEFT JOIN doubled ON doubled.verifier_id = u.id
LEFT JOIN submitted ON submitted.verifier_id = u.id
LEFT JOIN open ON open.verifier_id = u.id
WHERE u.id = ANY(:user_ids::uuid[]) OR submitted.evaluations > 0 OR open.assignments > 0
    OR EXISTS (SELECT FROM evaluated v WHERE v.verifier_id = u.id)
ORDER BY u.full_name, u.id
"""


async def work(session: Session, filters: Filters, period: Period, user_ids: Collection[UUID]) -> list[VerifierWork]:
    """The work of these users and of all others who evaluated or have open assignments, by name."""
    statement, values = with_conditions(
        _WORK,
        evaluations=evaluations_in(filters, period),
        submissions=submissions_in(filters, period),
        assignments=assignments_in(filters),
        agents=agents_in(filters),
    )
    return list(map(VerifierWork._make, await session.fetch_all(statement, user_ids=list(user_ids), **values)))
