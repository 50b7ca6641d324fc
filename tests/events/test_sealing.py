"""Which events are sealed, in which order, and what an outsider needs to derive it again."""

import asyncio
import contextlib
import hashlib
import json
import random
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import events
from app.events import merkle
from app.events.models import EventModel, EventSealModel
from app.events.repository import seals as repository
from app.events.sealing import seal_batch
from app.platform.actor import Actor
from app.platform.database import Database, Row
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.errors import Unavailable
from tests.conftest import DatabaseUrls
from tests.events.factories import FIRST, SomethingHappened, record, seal, verify
from tests.people import Centre
from tests.queries import QueryRecorder


async def seals(database: Database, centre: Centre) -> list[Row]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_all("SELECT * FROM event_seals ORDER BY number")


async def test_sealed_events_are_counted_and_nothing_is_sealed_twice(centre: Centre, database: Database) -> None:
    await record(database, centre.tenant_id, 3)
    await seal(database, centre.tenant_id, FIRST + 3)
    assert await events.seal_tenant(database, centre.tenant_id) == 0
    found = await verify(database, centre.tenant_id)
    assert (found.valid, found.sealed, found.pending, found.head.number) == (True, FIRST + 3, 0, 1)


async def test_batches_are_chained(centre: Centre, database: Database) -> None:
    await seal(database, centre.tenant_id, FIRST)
    await record(database, centre.tenant_id)
    await seal(database, centre.tenant_id, 1)
    first, second = await seals(database, centre)
    assert (first.number, second.number) == (1, 2)
    assert first.previous_root == merkle.NO_ROOT
    assert second.previous_root == first.chained_root


async def test_an_event_of_an_open_transaction_is_sealed_after_it_commits_and_holds_up_no_other(
    centre: Centre, database: Database
) -> None:
    await seal(database, centre.tenant_id, FIRST)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        slow = await events.record(session, SomethingHappened(subject_id=None, after={}))
        (quick,) = await record(database, centre.tenant_id)
        await seal(database, centre.tenant_id, 1)
        found = await verify(database, centre.tenant_id)
        assert (found.valid, found.sealed, found.pending) == (True, FIRST + 1, 0)
    await seal(database, centre.tenant_id, 1)
    found = await verify(database, centre.tenant_id)
    assert (found.valid, found.sealed, found.pending) == (True, FIRST + 2, 0)
    assert slow.id < quick
    assert (await sealed_order(database, centre))[FIRST:] == [quick, slow.id]


async def test_an_event_of_a_transaction_that_is_rolled_back_is_on_no_list(centre: Centre, database: Database) -> None:
    async def record_and_fail() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            await events.record(session, SomethingHappened(subject_id=None, after={}))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await record_and_fail()
    await seal(database, centre.tenant_id, FIRST)


async def test_events_are_sealed_in_the_order_in_which_they_are_recorded(centre: Centre, database: Database) -> None:
    await seal(database, centre.tenant_id, FIRST)
    recorded = [(await record(database, centre.tenant_id))[0] for _ in range(5)]
    await seal(database, centre.tenant_id, 5, batch=2)
    assert (await sealed_order(database, centre))[FIRST:] == recorded


async def sealed_order(database: Database, centre: Centre) -> list[UUID]:
    query = (
        "SELECT n.event_id FROM event_seal_entries n JOIN event_seals s ON s.id = n.seal_id ORDER BY number, position"
    )
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_column(query)


async def test_writers_do_not_wait_for_sealing(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await repository.lock_sealing(session)
        async with asyncio.timeout(2):
            await record(database, centre.tenant_id)


async def test_while_one_worker_seals_a_tenant_another_leaves_it_alone(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await repository.lock_sealing(session)
        await seal(database, centre.tenant_id, 0)
    await seal(database, centre.tenant_id, FIRST)


async def test_several_workers_at_once_seal_every_event_once(centre: Centre, database: Database) -> None:
    for _ in range(10):
        await record(database, centre.tenant_id, 5)
    await asyncio.gather(*(events.seal_tenant(database, centre.tenant_id, batch=7) for _ in range(4)))
    while (found := await verify(database, centre.tenant_id)).pending:
        await events.seal_tenant(database, centre.tenant_id, batch=7)
    assert (found.valid, found.sealed) == (True, FIRST + 50)


async def test_a_transaction_larger_than_a_batch_is_sealed_in_several(centre: Centre, database: Database) -> None:
    await seal(database, centre.tenant_id, FIRST)
    await record(database, centre.tenant_id, 10)
    await seal(database, centre.tenant_id, 10, batch=4)
    assert [made.events for made in await seals(database, centre)] == [FIRST, 4, 4, 2]
    found = await verify(database, centre.tenant_id)
    assert (found.valid, found.sealed, found.pending) == (True, FIRST + 10, 0)


async def test_many_events_take_few_statements(centre: Centre, database: Database, queries: QueryRecorder) -> None:
    await record(database, centre.tenant_id, 300)
    queries.clear()
    await seal(database, centre.tenant_id, FIRST + 300)
    assert len(queries) <= 12
    queries.clear()
    assert (await verify(database, centre.tenant_id)).valid
    assert len(queries) <= 8


async def test_many_small_batches_are_verified_together(
    centre: Centre, database: Database, queries: QueryRecorder
) -> None:
    for _ in range(12):
        await record(database, centre.tenant_id)
    await seal(database, centre.tenant_id, FIRST + 12, batch=1)
    queries.clear()
    assert (await verify(database, centre.tenant_id)).valid
    assert len(queries) <= 8


async def test_a_journal_is_verified_in_pieces(centre: Centre, database: Database) -> None:
    await record(database, centre.tenant_id, 5)
    await seal(database, centre.tenant_id, FIRST + 5, batch=2)
    found = await verify(database, centre.tenant_id, limit=3)
    assert (found.valid, found.complete, found.verified.number, found.head.number) == (True, False, 3, 4)
    rest = await verify(database, centre.tenant_id, resume_from=found.verified, limit=3)
    assert (rest.valid, rest.complete, rest.verified) == (True, True, found.head)
    nothing_left = await verify(database, centre.tenant_id, resume_from=rest.verified)
    assert (nothing_left.valid, nothing_left.complete) == (True, True)


async def test_a_seal_covers_every_column_but_its_own_digest() -> None:
    columns = {column.name for column in EventSealModel.__table__.columns}
    assert set(merkle.SEAL_COLUMNS) == columns - {"chained_root"}


async def test_the_leaf_covers_every_column_of_the_journal() -> None:
    assert set(merkle.EVENT_COLUMNS) == {column.name for column in EventModel.__table__.columns}


async def test_an_outsider_derives_the_same_leaf_from_the_row_as_it_is_documented(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    odd: dict[str, Any] = {"é": [1.5, 1e21, None, True], "b": {"bb": '\x01"\\/ й', "z": []}, "a": -0.0, "aa": 10**17}
    (event_id,) = await record(database, centre.tenant_id, **odd)
    await seal(database, centre.tenant_id, FIRST + 1)
    connection = await asyncpg.connect(urls.admin)
    row = await connection.fetchrow("SELECT * FROM events WHERE id = $1", event_id)
    await connection.close()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        query = "SELECT digest FROM event_seal_entries WHERE event_id = :event_id"
        sealed = await session.fetch_value(query, event_id=event_id)
    assert sealed == outsiders_leaf(dict(row))


def outsiders_leaf(row: dict[str, Any]) -> bytes:
    values = [
        *(str(row["tenant_id"]), str(row["id"]), row["type"], seconds(row["occurred_at"]), row["actor_kind"], None),
        *(row["request_id"], row["subject_type"], str(row["subject_id"]), row["before"], row["after"]),
    ]
    written = "".join("-," if value is None else f"{len(value.encode())}:{value}," for value in values)
    return hashlib.sha256(b"\x00" + written.encode()).digest()


def seconds(at: datetime) -> str:
    return f"{at.timestamp() // 1:.0f}.{at.microsecond:06d}"


@pytest.mark.parametrize(
    ("document", "printed"),
    [
        ('{"bb":1,"a":2,"é":3}', '{"a": 2, "bb": 1, "é": 3}'),
        ('{"n":1e3,"m":0.10}', '{"m": 0.10, "n": 1000}'),
        ('["\\u0001", "\\/", "\\u00e9"]', '["\\u0001", "/", "é"]'),
    ],
)
async def test_postgresql_prints_json_as_it_is_documented(document: str, printed: str, urls: DatabaseUrls) -> None:
    connection = await asyncpg.connect(urls.runtime)
    assert await connection.fetchval("SELECT $1::text::jsonb::text", document) == printed
    await connection.close()
    assert json.loads(document) == json.loads(printed)


@pytest.mark.parametrize("at", ["2026-11-21T20:00:00.000001+00:00", "1999-12-31T23:59:59.999999+00:00"])
async def test_postgresql_prints_times_as_it_is_documented(at: str, urls: DatabaseUrls) -> None:
    moment = datetime.fromisoformat(at)
    assert moment.utcoffset() == timedelta(0)
    connection = await asyncpg.connect(urls.runtime)
    assert await connection.fetchval("SELECT extract(epoch FROM $1::timestamptz)::text", moment) == seconds(moment)
    await connection.close()


async def test_events_of_concurrent_transactions_are_each_sealed_once_and_never_called_inserted(
    centre: Centre, database: Database
) -> None:
    """Writers commit in another order than they record, some roll back, and two sealers and a verifier run."""
    committed: list[UUID] = []
    writing = True

    async def write(number: int) -> None:
        chance = random.Random(number)
        for _ in range(8):
            with contextlib.suppress(ZeroDivisionError):
                committed.extend(await write_once(chance))

    async def write_once(chance: random.Random) -> list[UUID]:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            recorded = [
                (await events.record(session, SomethingHappened(subject_id=None, after={}))).id
                for _ in range(chance.randint(1, 3))
            ]
            await asyncio.sleep(chance.random() / 50)
            if chance.random() < 0.2:
                raise ZeroDivisionError
        return recorded

    async def seal_meanwhile() -> None:
        while writing:
            await events.seal_tenant(database, centre.tenant_id, batch=3)
            await asyncio.sleep(0)

    async def verify_meanwhile() -> None:
        while writing:
            found = await verify(database, centre.tenant_id)
            assert found.valid, found.first_fault

    others = [asyncio.create_task(work()) for work in (seal_meanwhile, seal_meanwhile, verify_meanwhile)]
    await asyncio.gather(*(write(number) for number in range(4)))
    writing = False
    await asyncio.gather(*others)
    await events.seal_tenant(database, centre.tenant_id)
    assert sorted((await sealed_order(database, centre))[FIRST:]) == sorted(committed)
    found = await verify(database, centre.tenant_id)
    assert (found.valid, found.sealed, found.pending) == (True, FIRST + len(committed), 0)


async def test_a_sealer_that_dies_leaves_everything_to_the_next_one(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    async def seal_and_die() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            assert await seal_batch(session, 10) == FIRST
            process = await session.fetch_value("SELECT pg_backend_pid()")
            admin = await asyncpg.connect(urls.admin)
            await admin.execute("SELECT pg_terminate_backend($1, 5000)", process)
            await admin.close()

    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable)):
        await seal_and_die()
    assert await seals(database, centre) == []
    await seal(database, centre.tenant_id, FIRST)
    assert (await verify(database, centre.tenant_id)).valid
