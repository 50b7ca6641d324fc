"""SQL of the journal and its seals: sets of rows, streamed where there may be many.

What seals cover is read as the text that their digests are made of (app.events.merkle).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, TextClause, Uuid, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.events.models import EventModel
from app.events.types import Event, EventFilter, Head, Seal
from app.platform.actor import Actor
from app.platform.db import dumps
from app.platform.pagination import PageRequest
from app.platform.sql import driver_sql

Text = tuple[str | None, ...]

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
FROM unnest(:seals) WITH ORDINALITY AS batch (seal_id, place)
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


async def insert(session: AsyncSession, event: Event) -> None:
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


async def list_events(session: AsyncSession, page: PageRequest, wanted: EventFilter) -> Sequence[Event]:
    query = _matching(wanted).order_by(EventModel.id).limit(page.limit + 1)
    if after := page.after(UUID):
        query = query.where(EventModel.id > after[0])
    return [_event(row) for row in await session.scalars(query)]


def _matching(wanted: EventFilter) -> Select[EventModel]:
    query = select(EventModel)
    if wanted.type is not None:
        query = query.where(EventModel.type == wanted.type)
    if wanted.subject_id is not None:
        query = query.where(EventModel.subject_id == wanted.subject_id)
    if wanted.since is not None:
        query = query.where(EventModel.occurred_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(EventModel.occurred_at < wanted.until)
    return query


def _event(row: EventModel) -> Event:
    return Event(
        id=row.id,
        tenant_id=row.tenant_id,
        type=row.type,
        occurred_at=row.occurred_at,
        actor=Actor(row.actor_kind, row.actor_id, row.request_id),
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        before=row.before,
        after=row.after,
        transaction=row.xid,
    )


async def lock_sealing(session: AsyncSession) -> bool:
    """Be the only one who seals the tenant's journal, until the transaction ends; or learn that somebody else is."""
    return bool((await driver_sql(session, _LOCK)).scalar_one())


async def settled_below(session: AsyncSession) -> int:
    """The number below which every transaction of the cluster has ended."""
    return int((await driver_sql(session, _SETTLED_BELOW)).scalar_one())


async def head(session: AsyncSession) -> Head:
    row = (await driver_sql(session, _HEAD)).one_or_none()
    return Head() if row is None else Head(row.number, bytes(row.chained_root), int(row.horizon))


async def unsealed(session: AsyncSession, start: int, stop: int, most: int) -> AsyncGenerator[Text, None]:
    """Unsealed events of transactions from `start` to below `stop`, in the order in which they are to be sealed."""
    values = {"start": str(start), "stop": str(stop), "most": most}
    async with _streamed(session, text(_UNSEALED_EVENTS), values) as rows:
        async for row in rows:
            yield tuple(row)


async def insert_seal(session: AsyncSession, seal: Seal, sealed_at: datetime) -> None:
    values = (seal.root, seal.previous_root, seal.chained_root, str(seal.horizon))
    tenant_id = UUID(seal.columns[0])
    await driver_sql(session, _INSERT_SEAL, tenant_id, seal.id, seal.number, sealed_at, seal.events, *values)


async def insert_entries(session: AsyncSession, seal: Seal, ids: list[str], digests: list[bytes]) -> None:
    await driver_sql(session, _INSERT_ENTRIES, UUID(seal.columns[0]), seal.id, ids, digests)


async def seals(session: AsyncSession, after: int, most: int) -> list[Seal]:
    rows = await driver_sql(session, _SEALS, after, most)
    return [Seal(tuple(row)[:-1], bytes(row.chained_root)) for row in rows]


async def sealed_events(session: AsyncSession, batches: Sequence[Seal]) -> AsyncGenerator[SealedEvent, None]:
    """What the batches hold, in order; `batch` is the index of the batch among those given."""
    statement = text(_SEALED_EVENTS).bindparams(bindparam("seals", type_=ARRAY(Uuid)))
    async with _streamed(session, statement, {"seals": [seal.id for seal in batches]}) as rows:
        async for row in rows:
            event = tuple(row[4:])
            yield SealedEvent(row[0], row[1], row[2], bytes(row[3]), event if event[1] else None)


async def stray_entry(session: AsyncSession) -> UUID | None:
    """An event whose entry belongs to no batch."""
    stray: UUID | None = (await driver_sql(session, _STRAY_ENTRY)).scalar_one_or_none()
    return stray


async def inserted_below(session: AsyncSession, horizon: int) -> UUID | None:
    """An event that has no place although every event of its time has one."""
    inserted: UUID | None = (await driver_sql(session, _INSERTED, str(horizon))).scalar_one_or_none()
    return inserted


async def count(session: AsyncSession, horizon: int) -> tuple[int, int]:
    """How many events are sealed, and how many wait for it."""
    row = (await driver_sql(session, _COUNT, str(horizon))).one()
    return row.sealed, row.pending


@asynccontextmanager
async def _streamed(session: AsyncSession, statement: TextClause, values: dict[str, Any]) -> AsyncIterator[Any]:
    rows = await session.stream(statement, values)
    try:
        yield rows
    finally:
        await rows.close()
