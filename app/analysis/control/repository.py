"""The SQL of control charts: the changes that are marked in them."""

from typing import Final

from app.analysis.control.types import Mark, MarkKind
from app.analysis.repository.filters import plans_in, with_conditions
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session, Where

# Published versions of the scorecards that plans of the report use, and changes of these plans. Process changes are to
# be a further branch of this union, with a kind of their own.
_MARKS: Final = """
SELECT v.published_at AS at, 'scorecard_published' AS kind, c.id AS subject_id, c.name, v.number::text AS detail
FROM scorecard_versions v
JOIN scorecards c ON c.tenant_id = v.tenant_id AND c.id = v.scorecard_id
WHERE v.status = 'published' AND v.published_at >= :since AND v.published_at < :until AND {scorecards}
    AND EXISTS (
        SELECT FROM sampling_plans p WHERE p.tenant_id = v.tenant_id AND p.scorecard_id = v.scorecard_id AND {plans}
    )
UNION ALL
SELECT e.occurred_at, 'sampling_plan_changed', p.id, p.name, changed.fields
FROM events e
JOIN sampling_plans p ON p.tenant_id = e.tenant_id AND p.id = e.subject_id
JOIN LATERAL (
    SELECT string_agg(field.key, ', ' ORDER BY field.key) AS fields
    FROM jsonb_each(e.after) AS field
    WHERE field.key <> 'version' AND field.value IS DISTINCT FROM e.before -> field.key
) AS changed ON changed.fields IS NOT NULL
WHERE e.type = 'sampling_plan.changed' AND e.occurred_at >= :since AND e.occurred_at < :until
    AND {plans} AND {plan_scorecards}
ORDER BY at, kind, subject_id
"""


async def marks(session: Session, filters: Filters, period: Period) -> tuple[Mark, ...]:
    """The journalled changes of the period, the oldest first."""
    statement, values = with_conditions(
        _MARKS,
        plans=plans_in(filters),
        scorecards=Where().given("c.id = :scorecard_id", scorecard_id=filters.scorecard_id),
        plan_scorecards=Where().given("p.scorecard_id = :scorecard_id", scorecard_id=filters.scorecard_id),
    )
    rows = await session.fetch_all(statement, since=period.since, until=period.until, **values)
    return tuple(Mark(row.at, MarkKind(row.kind), row.subject_id, row.name, row.detail) for row in rows)
