"""Consumers are called for every event after its commit, in order, and one that fails delays no other."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

import asyncpg
import httpx
import pytest

from app import events
from app.events import Dispatcher, RecordedEvent, consuming
from app.events.consumers import Consumer, registered_consumers
from app.events.consuming import StepResult, consume_step
from app.events.repository import cursors
from app.platform.actor import Actor
from app.platform.database import Database, Row, Session
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.database.session import act_as
from app.platform.errors import NotFound, Unavailable
from tests.conftest import DatabaseUrls
from tests.events.factories import SomethingHappened, record
from tests.people import Centre


@dataclass
class Listener:
    """Notes which events it is called for, and does with each of them as it is told."""

    act: Callable[[RecordedEvent], Awaitable[None]] | None = None
    heard: list[UUID] = field(default_factory=list)

    async def __call__(self, session: Session, event: RecordedEvent) -> None:
        self.heard.append(event.id)
        if self.act:
            await self.act(event)


def listening(handler: Listener, name: str = "test") -> Consumer:
    return Consumer(name, (SomethingHappened.name,), handler)


@dataclass
class Fails:
    """Fails for one event as often as it says."""

    event_id: UUID
    times: int
    error: Exception

    async def __call__(self, event: RecordedEvent) -> None:
        if event.id == self.event_id and self.times:
            self.times -= 1
            raise self.error


async def consume(database: Database, centre: Centre, consumer: Consumer) -> StepResult:
    """Take steps until the consumer is at the end or has to wait."""
    await events.seal_tenant(database, centre.tenant_id)
    while (result := await consume_step(database, centre.tenant_id, consumer)) is StepResult.MORE:
        pass
    return result


async def cursor(database: Database, centre: Centre, name: str = "test") -> Row:
    query = "SELECT *, retry_at > now() AS waits FROM event_cursors WHERE consumer = :name"
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_one(query, name=name)


async def retry_now(database: Database, centre: Centre) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await session.execute("UPDATE event_cursors SET retry_at = NULL")


async def given_up(database: Database, centre: Centre) -> list[UUID]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_column("SELECT event_id FROM event_failures")


async def due(database: Database, centre: Centre, *names: str) -> list[str]:
    async with database.begin(System(SystemUse.FOLLOW_EVENTS)) as session:
        found = await cursors.due_deliveries(session, names)
    return [name for name, tenant_id in found if tenant_id == centre.tenant_id]


async def test_a_consumer_is_called_once_for_each_event_of_its_types_in_order(
    centre: Centre, database: Database
) -> None:
    handler = Listener()
    recorded = await record(database, centre.tenant_id, 3)
    assert await consume(database, centre, listening(handler)) is StepResult.AT_END
    recorded += await record(database, centre.tenant_id, 120)
    assert await consume(database, centre, listening(handler)) is StepResult.AT_END
    assert await consume(database, centre, listening(handler)) is StepResult.AT_END
    assert handler.heard == recorded


async def test_an_event_that_commits_late_is_not_skipped(centre: Centre, database: Database) -> None:
    handler = Listener()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        late = await events.record(session, SomethingHappened(subject_id=None, after={}))
        (early,) = await record(database, centre.tenant_id)
        await consume(database, centre, listening(handler))
    await consume(database, centre, listening(handler))
    assert handler.heard == [early, late.id]


async def test_what_a_consumer_does_names_the_event_that_caused_it(centre: Centre, database: Database) -> None:
    async def answer(session: Session, event: RecordedEvent) -> None:
        if event.actor.kind != "consumer":
            await events.record(session, SomethingHappened(subject_id=event.subject_id, after={}))

    consumer = Consumer("test", (SomethingHappened.name,), answer)
    (cause,) = await record(database, centre.tenant_id)
    await consume(database, centre, consumer)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        actors = await session.fetch_column("SELECT actor_id FROM events WHERE actor_kind = 'consumer'")
    assert actors == [cause]


async def test_a_failing_consumer_waits_and_tries_again_and_other_consumers_go_on(
    centre: Centre, database: Database
) -> None:
    first, second, third = await record(database, centre.tenant_id, 3)
    failing, other = Listener(Fails(second, 3, OSError("no answer"))), Listener()
    assert await consume(database, centre, listening(failing)) is StepResult.WAITS
    present = await cursor(database, centre)
    assert (present.failures, present.error, present.waits) == (1, "OSError: no answer", True)
    assert await consume(database, centre, listening(other, "other")) is StepResult.AT_END
    assert other.heard == [first, second, third]
    assert await due(database, centre, "test", "other") == []
    await retry_now(database, centre)
    assert await due(database, centre, "test", "other") == ["test"]
    assert await consume(database, centre, listening(failing)) is StepResult.WAITS
    assert (await cursor(database, centre)).failures == 2
    await retry_now(database, centre)
    assert await consume(database, centre, listening(failing)) is StepResult.AT_END
    assert (await cursor(database, centre)).failures == 0
    assert failing.heard[-2:] == [second, third]


async def test_what_came_before_a_failing_event_is_consumed_without_it(centre: Centre, database: Database) -> None:
    recorded = await record(database, centre.tenant_id, 5)
    handler = Listener(Fails(recorded[3], 100, OSError("no answer")))
    assert await consume(database, centre, listening(handler)) is StepResult.WAITS
    handler.heard.clear()
    await retry_now(database, centre)
    await consume(database, centre, listening(handler))
    assert handler.heard == [recorded[3]]


async def test_an_event_that_is_refused_for_good_is_set_aside_at_once(centre: Centre, database: Database) -> None:
    recorded = await record(database, centre.tenant_id, 3)
    handler = Listener(Fails(recorded[1], 100, NotFound("there is no such call")))
    assert await consume(database, centre, listening(handler)) is StepResult.AT_END
    assert handler.heard[-1] == recorded[2]
    assert await given_up(database, centre) == [recorded[1]]


async def test_an_event_that_fails_too_often_is_set_aside(centre: Centre, database: Database) -> None:
    recorded = await record(database, centre.tenant_id, 2)
    handler = Listener(Fails(recorded[0], 100, OSError("no answer")))
    for _ in range(consuming.MAX_FAILURES - 1):
        assert await consume(database, centre, listening(handler)) is StepResult.WAITS
        await retry_now(database, centre)
    assert await consume(database, centre, listening(handler)) is StepResult.AT_END
    assert await given_up(database, centre) == [recorded[0]]
    assert handler.heard[-1] == recorded[1]


async def test_a_consumer_that_changes_rows_and_records_no_event_fails(centre: Centre, database: Database) -> None:
    async def rename(session: Session, event: RecordedEvent) -> None:
        await session.execute("UPDATE teams SET name = 'Other'")

    await record(database, centre.tenant_id)
    assert await consume(database, centre, Consumer("test", (SomethingHappened.name,), rename)) is StepResult.WAITS
    assert "UnjournalledWrite" in (await cursor(database, centre)).error


async def test_several_workers_at_once_call_a_consumer_once_for_each_event(centre: Centre, database: Database) -> None:
    handler = Listener()
    recorded = [(await record(database, centre.tenant_id))[0] for _ in range(20)]
    await asyncio.gather(*(consume(database, centre, listening(handler)) for _ in range(4)))
    await consume(database, centre, listening(handler))
    assert handler.heard == recorded


async def test_a_worker_that_dies_while_a_handler_runs_loses_nothing(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    connection = await asyncpg.connect(urls.admin)

    async def die(session: Session, event: RecordedEvent) -> None:
        await connection.execute(
            "SELECT pg_terminate_backend($1, 5000)", await session.fetch_value("SELECT pg_backend_pid()")
        )

    recorded = await record(database, centre.tenant_id, 2)
    with pytest.raises(Unavailable):
        await consume(database, centre, Consumer("test", (SomethingHappened.name,), die))
    await connection.close()
    handler = Listener()
    await consume(database, centre, listening(handler))
    assert handler.heard == recorded


async def test_a_tenant_whose_events_are_all_consumed_is_not_looked_at_again(
    centre: Centre, database: Database, registered: Listener
) -> None:
    (recorded,) = await record(database, centre.tenant_id)
    async with dispatching(database):
        # The tenants of all tests before have events too.
        await until(partial(is_idle, database, centre), within_s=120)
    assert registered.heard.count(recorded) == 1
    assert await due(database, centre, *(consumer.name for consumer in registered_consumers())) == []


async def is_idle(database: Database, centre: Centre) -> bool:
    """Whether the tenant has nothing to seal and nothing to consume."""
    query = "SELECT EXISTS (SELECT FROM event_backlogs) OR EXISTS (SELECT FROM unsealed_events)"
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return not await session.fetch_value(query)


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 20) -> None:
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline, f"not within {within_s} s"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def dispatching(database: Database) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    task = asyncio.create_task(Dispatcher(database, poll_s=0.2).run(stopping))
    try:
        yield
    finally:
        stopping.set()
        await task


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Listener:
    """A registered consumer."""
    handler = Listener()
    monkeypatch.setitem(events.consumers._consumers, "registered", listening(handler, "registered"))
    return handler


async def test_an_event_is_consumed_within_two_seconds(
    centre: Centre, database: Database, registered: Listener
) -> None:
    async with dispatching(database):
        # The events of other tests are consumed first.
        await until(partial(has_heard, registered, await record(database, centre.tenant_id)))
        for _ in range(3):
            await until(partial(has_heard, registered, await record(database, centre.tenant_id)), within_s=2)


async def has_heard(listener: Listener, recorded: list[UUID]) -> bool:
    return set(recorded) <= set(listener.heard)


async def test_the_lag_of_a_consumer_is_measured(
    centre: Centre, database: Database, registered: Listener, stranger: httpx.AsyncClient
) -> None:
    await record(database, centre.tenant_id)
    page = (await stranger.get("/metrics")).text
    assert value_of(page, 'qmt_consumer_lag_seconds{consumer="registered"}') > 0
    assert value_of(page, "qmt_events_unsealed") >= 1
    registered.act = Fails((await record(database, centre.tenant_id))[0], 100, OSError("no answer"))
    await consume(database, centre, listening(registered, "registered"))
    page = (await stranger.get("/metrics")).text
    assert value_of(page, 'qmt_consumer_failing_tenants{consumer="registered"}') == 1


def value_of(page: str, name: str) -> float:
    return next(float(line.rpartition(" ")[2]) for line in page.splitlines() if line.startswith(name))
