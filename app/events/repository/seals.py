"""SQL of seals. What a seal covers is read as the text that its digests are made of (app.events.merkle)."""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime

from app.events.types import ChainHead, ColumnTexts, Seal, SealedEvent
from app.platform.database import Row, Session

_EVENT = """e.tenant_id::text, e.id::text, e.type, extract(epoch FROM e.occurred_at)::text, e.actor_kind,
            e.actor_id::text, e.request_id, e.subject_type, e.subject_id::text, e.before::text, e.after::text"""

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('seal ' || current_setting('app.tenant_id'), 0))"

_HEAD = "SELECT number, chained_root FROM event_seals ORDER BY number DESC LIMIT 1"

# The order is found over the list alone: whole events would be carried through the sort.
_UNSEALED = f"""
WITH next AS MATERIALIZED (
    SELECT u.tenant_id, u.event_id, u.place FROM unsealed_events u
    WHERE EXISTS (SELECT FROM events e WHERE e.tenant_id = u.tenant_id AND e.id = u.event_id)
    ORDER BY u.tenant_id, u.place LIMIT :limit
)
SELECT {_EVENT} FROM next n JOIN events e ON e.tenant_id = n.tenant_id AND e.id = n.event_id ORDER BY n.place
"""  # noqa: S608 (constants)

_INSERT_SEAL = """
INSERT INTO event_seals (tenant_id, id, number, sealed_at, events, root, previous_root, chained_root)
VALUES (:tenant_id, :id, :number, :sealed_at, :events, :root, :previous_root, :chained_root)
"""

_INSERT_ENTRIES = """
INSERT INTO event_seal_entries (tenant_id, seal_id, position, event_id, digest)
SELECT :tenant_id, :seal_id, place - 1, event_id, digest
FROM unnest(:event_ids::uuid[], :digests::bytea[]) WITH ORDINALITY AS sealed (event_id, digest, place)
"""

_DELETE_FROM_LIST = "DELETE FROM unsealed_events WHERE event_id = ANY(:event_ids::uuid[])"

_SEALS = """
SELECT tenant_id::text, id::text, number::text, extract(epoch FROM sealed_at)::text, events::text,
       encode(root, 'hex'), encode(previous_root, 'hex'), chained_root
FROM event_seals s WHERE s.number > :after::bigint AND s.number <= :stop::bigint ORDER BY s.number LIMIT :limit
"""

_SEAL = "SELECT chained_root FROM event_seals WHERE number = :number::bigint"

_SEALED_EVENTS = f"""
SELECT batch.place - 1, n.position, n.event_id, n.digest, {_EVENT}
FROM unnest(:seal_ids::uuid[]) WITH ORDINALITY AS batch (seal_id, place)
JOIN event_seal_entries n ON n.seal_id = batch.seal_id
LEFT JOIN events e ON e.tenant_id = n.tenant_id AND e.id = n.event_id
ORDER BY batch.place, n.position
"""  # noqa: S608

# One statement sees every row at one moment: an event that is being sealed is on the list or has a seal.
_OUTSIDE = """
SELECT (SELECT n.event_id FROM event_seal_entries n
        WHERE NOT EXISTS (SELECT FROM event_seals s WHERE s.tenant_id = n.tenant_id AND s.id = n.seal_id)
        LIMIT 1) AS entry_without_seal,
       (SELECT e.id FROM events e
        WHERE NOT EXISTS (SELECT FROM event_seal_entries n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id)
          AND NOT EXISTS (SELECT FROM unsealed_events u WHERE u.tenant_id = e.tenant_id AND u.event_id = e.id)
        LIMIT 1) AS inserted,
       (SELECT u.event_id FROM unsealed_events u
        WHERE NOT EXISTS (SELECT FROM events e WHERE e.tenant_id = u.tenant_id AND e.id = u.event_id)
        LIMIT 1) AS listed_without_event
"""

_COUNT = """
SELECT (SELECT count(*) FROM event_seal_entries) AS sealed, (SELECT count(*) FROM unsealed_events) AS pending
"""


async def lock_sealing(session: Session) -> bool:
    """Become the only one who seals the tenant's journal until the transaction ends; false if another worker is."""
    return bool(await session.fetch_value(_LOCK))


async def chain_head(session: Session) -> ChainHead:
    row = await session.fetch_optional(_HEAD)
    return ChainHead() if row is None else ChainHead(row.number, row.chained_root)


async def seal_at(session: Session, number: int) -> ChainHead | None:
    """The chain's batch of that number."""
    root = await session.fetch_value(_SEAL, number=number)
    return None if root is None else ChainHead(number, root)


async def unsealed_events(session: Session, limit: int) -> AsyncGenerator[ColumnTexts, None]:
    """The first unsealed events, in the order in which they were recorded."""
    async for row in session.stream(_UNSEALED, limit=limit):
        yield tuple(row)


async def insert_seal(session: Session, seal: Seal, sealed_at: datetime, ids: list[str], digests: list[bytes]) -> None:
    """Store the seal of these events, which are unsealed no more."""
    await session.execute(
        _INSERT_SEAL,
        tenant_id=seal.tenant_id,
        id=seal.id,
        number=seal.number,
        sealed_at=sealed_at,
        events=seal.events,
        root=seal.root,
        previous_root=seal.previous_root,
        chained_root=seal.chained_root,
    )
    await session.execute(_INSERT_ENTRIES, tenant_id=seal.tenant_id, seal_id=seal.id, event_ids=ids, digests=digests)
    await session.execute(_DELETE_FROM_LIST, event_ids=ids)


async def seals_between(session: Session, after: int, stop: int, limit: int) -> list[Seal]:
    """The first seals after batch `after` and up to batch `stop`."""
    rows = await session.fetch_all(_SEALS, after=after, stop=stop, limit=limit)
    return [Seal(tuple(row)[:-1], row.chained_root) for row in rows]


async def sealed_events(session: Session, batches: Sequence[Seal]) -> AsyncGenerator[SealedEvent, None]:
    """What the batches hold, in order; `batch` is the index of the batch among those given."""
    async for row in session.stream(_SEALED_EVENTS, seal_ids=[seal.id for seal in batches]):
        event = tuple(row[4:])
        yield SealedEvent(row[0], row[1], row[2], row[3], event if event[1] else None)


async def find_outside(session: Session) -> Row:
    """Events that are no part of the chain as they should be, one of each kind or None.

    `entry_without_seal`: its batch is gone. `inserted`: it is neither sealed nor listed as unsealed.
    `listed_without_event`: it was to be sealed and is gone.
    """
    async with session.without_nested_loops():
        return await session.fetch_one(_OUTSIDE)


async def count_events(session: Session) -> tuple[int, int]:
    """How many events are sealed, and how many wait for it."""
    row = await session.fetch_one(_COUNT)
    return row.sealed, row.pending
