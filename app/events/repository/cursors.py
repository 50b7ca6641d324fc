"""SQL of consumers: how far each of them has come in each tenant's journal, and which tenants have work."""

from collections.abc import Sequence
from uuid import UUID

from app.events.repository.journal import read_event
from app.events.types import Cursor, Delivery
from app.platform.database import Row, Session

# Finds each tenant by one step in the index, however many rows the tenant has.
_UNSEALED_TENANTS = """
WITH RECURSIVE tenant AS (
    (SELECT tenant_id FROM unsealed_events ORDER BY tenant_id LIMIT 1)
    UNION ALL
    SELECT (SELECT u.tenant_id FROM unsealed_events u WHERE u.tenant_id > t.tenant_id ORDER BY u.tenant_id LIMIT 1)
    FROM tenant t WHERE t.tenant_id IS NOT NULL
)
SELECT tenant_id FROM tenant WHERE tenant_id IS NOT NULL
"""

_DUE = """
SELECT k.consumer, b.tenant_id
FROM event_backlogs b CROSS JOIN unnest(:consumers::text[]) AS k (consumer)
LEFT JOIN event_cursors c ON c.tenant_id = b.tenant_id AND c.consumer = k.consumer
WHERE c.consumer IS NULL OR (c.next_batch <= b.last_batch AND (c.retry_at IS NULL OR c.retry_at <= now()))
ORDER BY k.consumer, b.tenant_id
"""

_EXTEND_BACKLOG = """
INSERT INTO event_backlogs (tenant_id, first_batch, last_batch) VALUES (:tenant_id, :batch, :batch)
ON CONFLICT (tenant_id) DO UPDATE SET last_batch = excluded.last_batch
"""

# Where a seal has extended the backlog meanwhile, PostgreSQL compares with the new number.
_DELETE_BACKLOG = """
DELETE FROM event_backlogs b
WHERE (SELECT count(*) FROM event_cursors c
       WHERE c.consumer = ANY(:consumers::text[]) AND c.next_batch > b.last_batch) = cardinality(:consumers::text[])
"""

_CREATE_CURSOR = """
INSERT INTO event_cursors (tenant_id, consumer, next_batch, next_position, failures)
SELECT :tenant_id, :consumer, first_batch, 0, 0 FROM event_backlogs
ON CONFLICT DO NOTHING
"""

_LOCK_CURSOR = """
SELECT next_batch, next_position, failures FROM event_cursors
WHERE consumer = :consumer AND (retry_at IS NULL OR retry_at <= now()) FOR UPDATE SKIP LOCKED
"""

_MOVE_CURSOR = """
UPDATE event_cursors SET next_batch = :batch, next_position = :position, failures = 0, retry_at = NULL, error = NULL
WHERE consumer = :consumer
"""

_NOTE_FAILURE = """
UPDATE event_cursors SET failures = failures + 1, error = :error,
                         retry_at = now() + make_interval(secs => :delay_s::float8)
WHERE consumer = :consumer AND (next_batch, next_position) = (:batch, :position)
"""

_GIVE_UP = """
INSERT INTO event_failures (tenant_id, consumer, event_id, failed_at, error)
VALUES (:tenant_id, :consumer, :event_id, now(), :error)
"""

_EVENTS = """
SELECT s.number, n.position, e.id, e.tenant_id, e.type, e.occurred_at, e.actor_kind, e.actor_id, e.request_id,
       e.subject_type, e.subject_id, e.before, e.after
FROM event_seals s
JOIN event_seal_entries n ON n.tenant_id = s.tenant_id AND n.seal_id = s.id
JOIN events e ON e.tenant_id = n.tenant_id AND e.id = n.event_id
WHERE s.number >= :batch AND s.number <= :stop AND (s.number > :batch OR n.position >= :position)
  AND e.type = ANY(:types::text[])
ORDER BY s.number, n.position LIMIT :limit
"""

_SEALING_LAG = """
SELECT count(*) AS events, coalesce(extract(epoch FROM now() - min(recorded_at)), 0)::float8 AS lag_s
FROM unsealed_events
"""

_CONSUMER_LAG = """
SELECT c.consumer, coalesce(max(extract(epoch FROM now() - s.sealed_at)), 0)::float8 AS lag_s,
       count(*) FILTER (WHERE c.failures > 0) AS failing
FROM event_backlogs b
JOIN event_cursors c ON c.tenant_id = b.tenant_id AND c.next_batch <= b.last_batch
LEFT JOIN event_seals s ON s.tenant_id = c.tenant_id AND s.number = c.next_batch
GROUP BY c.consumer
"""


async def tenants_with_unsealed_events(session: Session) -> list[UUID]:
    return await session.fetch_column(_UNSEALED_TENANTS)


async def due_deliveries(session: Session, consumers: Sequence[str]) -> list[tuple[str, UUID]]:
    """The consumers that have something to consume now, each with the tenant."""
    return [(row.consumer, row.tenant_id) for row in await session.fetch_all(_DUE, consumers=list(consumers))]


async def extend_backlog(session: Session, tenant_id: UUID, batch: int) -> None:
    """Note that the tenant has a new batch to consume."""
    await session.execute(_EXTEND_BACKLOG, tenant_id=tenant_id, batch=batch)


async def delete_backlog(session: Session, consumers: Sequence[str]) -> None:
    """Forget the tenant's backlog if all these consumers have consumed it."""
    await session.execute(_DELETE_BACKLOG, consumers=list(consumers))


async def create_cursor(session: Session, consumer: str) -> bool:
    """Begin with the tenant's backlog; false if there is a cursor already, or no backlog."""
    return await session.execute(_CREATE_CURSOR, tenant_id=session.tenant_id, consumer=consumer) == 1


async def lock_cursor(session: Session, consumer: str) -> Cursor | None:
    """The cursor, locked until the transaction ends; None if there is none, it is not due, or another worker has it."""
    row = await session.fetch_optional(_LOCK_CURSOR, consumer=consumer)
    return None if row is None else Cursor(row.next_batch, row.next_position, row.failures)


async def move_cursor(session: Session, consumer: str, *, batch: int, position: int) -> None:
    await session.execute(_MOVE_CURSOR, consumer=consumer, batch=batch, position=position)


async def note_failure(session: Session, consumer: str, at: Cursor, *, error: str, delay_s: float) -> None:
    """Let the consumer try again after a while; nothing if it has moved on meanwhile."""
    await session.execute(
        _NOTE_FAILURE, consumer=consumer, batch=at.next_batch, position=at.next_position, error=error, delay_s=delay_s
    )


async def give_up(session: Session, consumer: str, event_id: UUID, *, error: str) -> None:
    await session.execute(_GIVE_UP, tenant_id=session.tenant_id, consumer=consumer, event_id=event_id, error=error)


async def next_deliveries(
    session: Session, cursor: Cursor, types: Sequence[str], *, stop: int, limit: int
) -> list[Delivery]:
    """The first events of these types from the cursor on and up to batch `stop`."""
    rows = await session.fetch_all(
        _EVENTS, batch=cursor.next_batch, position=cursor.next_position, types=list(types), stop=stop, limit=limit
    )
    return [Delivery(row.number, row.position, read_event(row)) for row in rows]


async def sealing_lag(session: Session) -> Row:
    """How many events are unsealed, and since how many seconds the oldest."""
    return await session.fetch_one(_SEALING_LAG)


async def consumer_lags(session: Session) -> list[Row]:
    """For each consumer that is behind: by how many seconds, and in how many tenants it fails."""
    return await session.fetch_all(_CONSUMER_LAG)
