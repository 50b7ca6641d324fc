"""SQL of the journal and its seals: sets of rows, streamed where there may be many.

What seals cover is read as the text that their digests are made of (app.events.merkle).
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.events.types import EventFilter, Head, RecordedEvent, Seal
from app.platform.actor import Actor
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.compat import driver_sql
from app.platform.database.pages import Keyset, fetch_page
from app.platform.pagination import Page, PageRequest

Text = tuple[str | None, ...]

_READ = """
SELECT id, tenant_id, type, occurred_at, actor_kind, actor_id, request_id, subject_type, subject_id, before, after,
       xid::text AS xid
FROM events
"""
_BY_ID = Keyset({"id": UUID})

_INSERT = """
INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, actor_id, request_id,
                    subject_type, subject_id, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
"""

_EVENT = """e.tenant_id::text, e.id::text, e.type, extract(epoch FROM e.occurred_at)::text, e.actor_kind,
            e.actor_id::text, e.request_id, e.subject_type, e.subject_id::text, e.before::text, e.after::text,
            e.xid::text"""
_UNSEALED = "NOT EXISTS (SELECT FROM event_seal_entries n WHERE n.tenant_id = e.tenant_id AND n.event_id = e.id)"


_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('seal ' || current_setting('app.tenant_id'), 0))"

_SETTLED_BELOW = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text"

_HEAD = "SELECT number, chained_root, horizon::text AS horizon FROM event_seals ORDER BY number DESC LIMIT 1"

# The order is found over keys alone: whole events would be carried through the sort.
_UNSEALED_EVENTS = f"""
WITH following AS MATERIALIZED (
    SELECT e.tenant_id, e.id, e.xid FROM events e
    WHERE e.xid >= CAST(CAST(:start AS text) AS xid8) AND e.xid < CAST(CAST(:stop AS text) AS xid8) AND {_UNSEALED}
    ORDER BY e.xid, e.id LIMIT :most
)
SELECT {_EVENT} FROM following f JOIN events e ON e.tenant_id = f.tenant_id AND e.id = f.id ORDER BY f.xid, f.id
"""  # noqa: S608 (constants)

_INSERT_SEAL = """
INSERT INTO event_seals (tenant_id, id, number, sealed_at, events, root, previous_root, chained_root, horizon)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::xid8)
"""

_INSERT_ENTRIES = """
INSERT INTO event_seal_entries (tenant_id, seal_id, position, event_id, digest)
SELECT $1, $2, place - 1, event_id, digest
FROM unnest($3::uuid[], $4::bytea[]) WITH ORDINALITY AS sealed (event_id, digest, place)
"""

_SEALS = """
SELECT tenant_id::text, id::text, number::text, extract(epoch FROM sealed_at)::text, events::text,
       encode(root, 'hex'), encode(previous_root, 'hex'), horizon::text, chained_root
FROM event_seals s WHERE s.number > $1::bigint ORDER BY s.number LIMIT $2
"""

_SEALED_EVENTS = f"""
SELECT batch.place - 1, n.position, n.event_id, n.digest, {_EVENT}
FROM unnest(:seals::uuid[]) WITH ORDINALITY AS batch (seal_id, place)
JOIN event_seal_entries n ON n.seal_id = batch.seal_id
LEFT JOIN events e ON e.tenant_id = n.tenant_id AND e.id = n.event_id
ORDER BY batch.place, n.position
"""  # noqa: S608

_STRAY_ENTRY = """
SELECT n.event_id FROM event_seal_entries n
WHERE NOT EXISTS (SELECT FROM event_seals s WHERE s.tenant_id = n.tenant_id AND s.id = n.seal_id) LIMIT 1
"""

_INSERTED = f"SELECT e.id FROM events e WHERE e.xid < $1::text::xid8 AND {_UNSEALED} ORDER BY e.id LIMIT 1"  # noqa: S608

_COUNT = f"""
SELECT (SELECT count(*) FROM event_seal_entries) AS sealed,
       (SELECT count(*) FROM events e WHERE e.xid >= $1::text::xid8 AND {_UNSEALED}) AS pending
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class SealedEvent:
    """An entry of a batch and the event it names; `event` is None when there is no such event any more."""

    batch: int
    position: int
    event_id: UUID
    digest: bytes
    event: Text | None


async def insert(session: Session, event: RecordedEvent) -> None:
    await driver_sql(
        session,
        _INSERT,
        event.tenant_id,
        event.id,
        event.type,
        event.occurred_at,
        event.actor.kind,
        event.actor.id,
        event.actor.request_id,
        event.subject_type,
        event.subject_id,
        _json(event.before),
        _json(event.after),
    )


def _json(value: dict[str, Any] | None) -> str | None:
    return None if value is None else dumps(value)


async def list_events(session: Session, page: PageRequest, wanted: EventFilter) -> Page[RecordedEvent]:
    where = (
        Where()
        .given("type = :type", type=wanted.type)
        .given("subject_id = :subject_id", subject_id=wanted.subject_id)
        .given("occurred_at >= :since", since=wanted.since)
        .given("occurred_at < :until", until=wanted.until)
    )
    return await fetch_page(session, _READ, where, page, keyset=_BY_ID, read=_event)


def _event(row: Row) -> RecordedEvent:
    return RecordedEvent(
        id=row.id,
        tenant_id=row.tenant_id,
        type=row.type,
        occurred_at=row.occurred_at,
        actor=Actor(row.actor_kind, row.actor_id, row.request_id),
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        before=row.before,
        after=row.after,
        transaction=int(row.xid),
    )


async def lock_sealing(session: Session) -> bool:
    """Be the only one who seals the tenant's journal, until the transaction ends; or learn that somebody else is."""
    return bool((await driver_sql(session, _LOCK)).scalar_one())


async def settled_below(session: Session) -> int:
    """The number below which every transaction of the cluster has ended."""
    return int((await driver_sql(session, _SETTLED_BELOW)).scalar_one())


async def head(session: Session) -> Head:
    row = (await driver_sql(session, _HEAD)).one_or_none()
    return Head() if row is None else Head(row.number, bytes(row.chained_root), int(row.horizon))


async def unsealed(session: Session, start: int, stop: int, most: int) -> AsyncGenerator[Text, None]:
    """Unsealed events of transactions from `start` to below `stop`, in the order in which they are to be sealed."""
    values = {"start": str(start), "stop": str(stop), "most": most}
    async for row in session.stream(_UNSEALED_EVENTS, **values):
        yield tuple(row)


async def insert_seal(session: Session, seal: Seal, sealed_at: datetime) -> None:
    values = (seal.root, seal.previous_root, seal.chained_root, str(seal.horizon))
    tenant_id = UUID(seal.columns[0])
    await driver_sql(session, _INSERT_SEAL, tenant_id, seal.id, seal.number, sealed_at, seal.events, *values)


async def insert_entries(session: Session, seal: Seal, ids: list[str], digests: list[bytes]) -> None:
    await driver_sql(session, _INSERT_ENTRIES, UUID(seal.columns[0]), seal.id, ids, digests)


async def seals(session: Session, after: int, most: int) -> list[Seal]:
    rows = await driver_sql(session, _SEALS, after, most)
    return [Seal(tuple(row)[:-1], bytes(row.chained_root)) for row in rows]


async def sealed_events(session: Session, batches: Sequence[Seal]) -> AsyncGenerator[SealedEvent, None]:
    """What the batches hold, in order; `batch` is the index of the batch among those given."""
    async for row in session.stream(_SEALED_EVENTS, seals=[seal.id for seal in batches]):
        event = tuple(row[4:])
        yield SealedEvent(row[0], row[1], row[2], bytes(row[3]), event if event[1] else None)


async def stray_entry(session: Session) -> UUID | None:
    """An event whose entry belongs to no batch."""
    stray: UUID | None = (await driver_sql(session, _STRAY_ENTRY)).scalar_one_or_none()
    return stray


async def inserted_below(session: Session, horizon: int) -> UUID | None:
    """An event that has no place although every event of its time has one."""
    inserted: UUID | None = (await driver_sql(session, _INSERTED, str(horizon))).scalar_one_or_none()
    return inserted


async def count(session: Session, horizon: int) -> tuple[int, int]:
    """How many events are sealed, and how many wait for it."""
    row = (await driver_sql(session, _COUNT, str(horizon))).one()
    return row.sealed, row.pending
