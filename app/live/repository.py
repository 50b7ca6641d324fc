"""SQL of live events."""

from datetime import datetime
from uuid import UUID

from app.live.types import LiveEvent, Reading
from app.platform.database import Row, Session

# The row of the channel stays locked until the transaction ends. Numbers therefore ascend in the order of commits, and
# a number that is rolled back is given again.
_PUBLISH = """
WITH channel AS (
    INSERT INTO live_channels (tenant_id, id, last_number) VALUES (:tenant_id::uuid, :channel_id::uuid, 1)
    ON CONFLICT (tenant_id, id) DO UPDATE SET last_number = live_channels.last_number + 1
    RETURNING last_number
), event AS (
    INSERT INTO live_events (tenant_id, channel_id, number, kind, data)
    SELECT :tenant_id::uuid, :channel_id::uuid, last_number, :kind::text, :data::jsonb FROM channel
    RETURNING number
)
SELECT number, pg_notify('qmt_live', concat_ws('/', :tenant_id::uuid, :channel_id::uuid, number)) FROM event
"""

_LAST_NUMBER = "SELECT last_number FROM live_channels WHERE id = :channel_id"

# One statement, so that the last number and the events are of one moment.
_READ = """
SELECT c.last_number, e.number, e.kind, e.data, e.created_at
FROM live_channels c
LEFT JOIN LATERAL (
    SELECT number, kind, data, created_at FROM live_events
    WHERE channel_id = c.id AND number > :after ORDER BY number LIMIT :limit
) e ON true
WHERE c.id = :channel_id
ORDER BY e.number
"""

_REMOVE_OLD = """
DELETE FROM live_events WHERE (tenant_id, channel_id, number) IN (
    SELECT tenant_id, channel_id, number FROM live_events WHERE created_at < :before
    ORDER BY created_at LIMIT :limit)
"""


async def publish(session: Session, channel_id: UUID, kind: str, data: str) -> int:
    """Insert an event, given its data as JSON, and notify the listeners at the commit; its number."""
    row = await session.fetch_one(_PUBLISH, tenant_id=session.tenant_id, channel_id=channel_id, kind=kind, data=data)
    number: int = row.number
    return number


async def last_number(session: Session, channel_id: UUID) -> int:
    """The number of the channel's last event; 0 where it has none."""
    return int(await session.fetch_value(_LAST_NUMBER, channel_id=channel_id) or 0)


async def read(session: Session, channel_id: UUID, after: int, limit: int) -> Reading:
    rows = await session.fetch_all(_READ, channel_id=channel_id, after=after, limit=limit)
    last = rows[0].last_number if rows else 0
    return Reading(after, last, tuple(_event(row) for row in rows if row.number is not None))


async def remove_old(session: Session, before: datetime, limit: int) -> int:
    """Remove the oldest events of all tenants that were published before a moment; how many there were."""
    return await session.execute(_REMOVE_OLD, before=before, limit=limit)


def _event(row: Row) -> LiveEvent:
    return LiveEvent(row.number, row.kind, row.data, row.created_at)
