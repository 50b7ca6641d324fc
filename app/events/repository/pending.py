"""SQL of the events that a consumer has not consumed."""

from collections.abc import Sequence
from uuid import UUID

from app.platform.database import Session

# A consumer without a cursor begins with the backlog.
_SUBJECTS = """
WITH place AS (
    SELECT coalesce(c.next_batch, b.first_batch) AS batch, coalesce(c.next_position, 0) AS position
    FROM (SELECT :consumer::text AS consumer) AS given
    LEFT JOIN event_cursors c ON c.consumer = given.consumer
    LEFT JOIN event_backlogs b ON true
)
SELECT e.subject_id
FROM unsealed_events u JOIN events e ON e.tenant_id = u.tenant_id AND e.id = u.event_id
WHERE e.type = ANY(:types::text[]) AND e.subject_id IS NOT NULL
UNION
SELECT e.subject_id
FROM place p
JOIN event_seals s ON s.number >= p.batch
JOIN event_seal_entries n ON n.tenant_id = s.tenant_id AND n.seal_id = s.id
    AND (s.number > p.batch OR n.position >= p.position)
JOIN events e ON e.tenant_id = n.tenant_id AND e.id = n.event_id
WHERE e.type = ANY(:types::text[]) AND e.subject_id IS NOT NULL
"""


async def subjects_not_consumed(session: Session, consumer: str, types: Sequence[str]) -> list[UUID]:
    """The subjects of the events of these types that the consumer is still to consume, sealed or not."""
    return await session.fetch_column(_SUBJECTS, consumer=consumer, types=list(types))
