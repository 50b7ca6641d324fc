"""Every subscriber gets every event once, in order, whatever happens to connections and processes."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from app import live
from app.live import RESET, LiveHub
from app.live.errors import Stopping
from app.platform.database import Database
from app.platform.housekeeping import remove_in_batches
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.live.conftest import MakeHub
from tests.live.following import (
    WITHIN_S,
    Listeners,
    nothing_comes,
    numbers,
    publish,
    take,
    take_from,
)

WEEK = timedelta(days=7)


async def test_two_processes_follow_many_publishers_on_many_channels(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channels = [new_id() for _ in range(3)]
    hubs = [make_hub(), make_hub()]
    async with AsyncExitStack() as stack:
        followed = [
            await stack.enter_async_context(hub.subscribe(tenant_id, channel, None))
            for hub in hubs
            for channel in channels
            for _ in range(4)
        ]
        taking = [asyncio.create_task(take(subscription, 200)) for subscription in followed]
        await asyncio.gather(
            *(publish(database, tenant_id, channel, *["scored"] * 50) for channel in channels for _ in range(4))
        )
        for taken in await asyncio.gather(*taking):
            assert numbers(taken) == list(range(1, 201))


async def test_a_client_goes_on_after_the_number_it_has_in_another_process(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    async with make_hub().subscribe(tenant_id, channel_id, None) as subscription:
        await publish(database, tenant_id, channel_id, "a", "b")
        last = (await take(subscription, 2))[-1].number
    await publish(database, tenant_id, channel_id, "c", "d")
    assert numbers(await take_from(make_hub(), tenant_id, channel_id, last, 2)) == [3, 4]


async def test_a_client_goes_on_after_its_process_was_started_anew(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    first = make_hub()
    await publish(database, tenant_id, channel_id, "a")
    assert numbers(await take_from(first, tenant_id, channel_id, 0, 1)) == [1]
    await first.close()
    await publish(database, tenant_id, channel_id, "b", "c")
    assert numbers(await take_from(make_hub(), tenant_id, channel_id, 1, 2)) == [2, 3]


async def test_without_a_number_a_client_gets_what_comes_and_nothing_of_the_past(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    await publish(database, tenant_id, channel_id, "past", "past")
    async with make_hub().subscribe(tenant_id, channel_id, None) as subscription:
        assert await nothing_comes(subscription)
        await publish(database, tenant_id, channel_id, "present")
        assert numbers(await take(subscription, 1)) == [3]


async def test_nothing_is_lost_when_the_listening_connection_is_killed_again_and_again(
    tenant_id: UUID, database: Database, make_hub: MakeHub, admin: asyncpg.Connection, listeners: Listeners
) -> None:
    channel_id = new_id()
    async with make_hub().subscribe(tenant_id, channel_id, None) as subscription:
        taking = asyncio.create_task(take(subscription, 300))
        publishing = asyncio.create_task(publish(database, tenant_id, channel_id, *["scored"] * 300))
        killed: set[int] = set()
        while not publishing.done() or len(killed) < 3:
            for pid in await listeners.until_one():
                killed |= {pid} if await admin.fetchval("SELECT pg_terminate_backend($1)", pid) else set()
            await asyncio.sleep(0.05)
        await publishing
        assert numbers(await taking) == list(range(1, 301))
    assert len(killed) >= 3


async def test_a_process_that_cannot_listen_still_gets_every_event(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    hub = make_hub(listen_url="postgresql://nobody@127.0.0.1:1/none")
    async with hub.subscribe(tenant_id, channel_id, None) as subscription:
        for number in range(1, 4):
            await publish(database, tenant_id, channel_id, "scored")
            assert numbers(await take(subscription, 1)) == [number]


async def test_a_notice_that_is_lost_delays_an_event_until_the_next_poll(
    tenant_id: UUID, make_hub: MakeHub, admin: asyncpg.Connection, listeners: Listeners
) -> None:
    channel_id = new_id()
    async with make_hub(poll_s=0.5).subscribe(tenant_id, channel_id, None) as subscription:
        await listeners.until_one()
        await insert_silently(admin, tenant_id, channel_id, range(1, 251))
        assert numbers(await take(subscription, 250)) == list(range(1, 251))


async def insert_silently(admin: asyncpg.Connection, tenant_id: UUID, channel_id: UUID, numbers: range) -> None:
    """Events of which nobody is told."""
    async with admin.transaction():
        await admin.execute(
            "INSERT INTO live_channels (tenant_id, id, last_number) VALUES ($1, $2, $3) "
            "ON CONFLICT (tenant_id, id) DO UPDATE SET last_number = excluded.last_number",
            tenant_id,
            channel_id,
            numbers[-1],
        )
        await admin.execute(
            "INSERT INTO live_events (tenant_id, channel_id, number, kind, data) "
            "SELECT $1, $2, number, 'scored', '{}' FROM unnest($3::bigint[]) AS number",
            tenant_id,
            channel_id,
            list(numbers),
        )


@pytest.mark.parametrize(
    "payload", ["", "a/b/c", "1/2", "0193b1c0-0000-7000-8000-000000000000/0193b1c0-0000-7000-8000-000000000000/x"]
)
async def test_a_notice_that_cannot_be_read_harms_nothing(
    tenant_id: UUID,
    database: Database,
    make_hub: MakeHub,
    admin: asyncpg.Connection,
    listeners: Listeners,
    payload: str,
) -> None:
    channel_id = new_id()
    async with make_hub().subscribe(tenant_id, channel_id, None) as subscription:
        await listeners.until_one()
        await admin.execute("SELECT pg_notify('qmt_live', $1)", payload)
        await publish(database, tenant_id, channel_id, "scored")
        assert numbers(await take(subscription, 1)) == [1]


async def test_a_slow_client_gets_everything_though_it_falls_far_out_of_the_window(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    hub = make_hub(window=10)
    async with (
        hub.subscribe(tenant_id, channel_id, None) as slow,
        hub.subscribe(tenant_id, channel_id, None) as quick,
    ):
        taking = asyncio.create_task(take(quick, 300))
        await publish(database, tenant_id, channel_id, *["scored"] * 300)
        assert numbers(await taking) == list(range(1, 301))
        assert numbers(await take(slow, 300)) == list(range(1, 301))


async def test_another_tenant_sees_nothing_of_a_channel(
    tenant_id: UUID, database: Database, make_hub: MakeHub, listeners: Listeners
) -> None:
    channel_id = new_id()
    hub = make_hub()
    await publish(database, tenant_id, channel_id, "past")
    async with (
        hub.subscribe(new_id(), channel_id, None) as foreign,
        hub.subscribe(tenant_id, channel_id, None) as own,
    ):
        await listeners.until_one()
        await publish(database, tenant_id, channel_id, "present")
        assert numbers(await take(own, 1)) == [2]
        assert await nothing_comes(foreign)
    async with hub.subscribe(new_id(), channel_id, 1) as foreign:
        [event] = await take(foreign, 1)
        assert (event.number, event.kind) == (0, RESET)


async def test_waiting_subscribers_hold_no_connection(
    tenant_id: UUID, settings_url: str, make_hub: MakeHub, listeners: Listeners
) -> None:
    database = Database(settings_url, pool_size=2)
    hub = LiveHub(database, settings_url)
    channels = [new_id() for _ in range(10)]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        stack.push_async_callback(hub.close)
        followed = [
            await stack.enter_async_context(hub.subscribe(tenant_id, channels[place % 10], None))
            for place in range(100)
        ]
        taking = [asyncio.create_task(take(subscription, 1)) for subscription in followed]
        await listeners.until_one()
        await asyncio.sleep(0.2)
        assert database.connections()["in_use"] == 0
        # Both connections are free for others, who publish.
        await asyncio.gather(*(publish(database, tenant_id, channel, "scored") for channel in channels))
        assert [numbers(taken) for taken in await asyncio.gather(*taking)] == [[1]] * 100
        assert database.connections()["open"] <= 2
        await listeners.until_one()


@pytest.fixture
def settings_url(urls: DatabaseUrls) -> str:
    return urls.runtime


async def test_a_client_whose_events_are_gone_is_told_to_read_the_resource_again(
    tenant_id: UUID, database: Database, make_hub: MakeHub, admin: asyncpg.Connection
) -> None:
    channel_id = new_id()
    await publish(database, tenant_id, channel_id, *"abcde")
    await admin.execute(
        "UPDATE live_events SET created_at = now() - interval '8 days' WHERE channel_id = $1 AND number <= 3",
        channel_id,
    )
    await remove_in_batches(partial(live.remove_old_events, kept=WEEK), database, batch=2)
    hub = make_hub()
    [reset] = await take_from(hub, tenant_id, channel_id, 2, 1)
    assert (reset.number, reset.kind) == (5, RESET)
    assert "after number 2 are not kept" in reset.data["detail"]
    assert numbers(await take_from(hub, tenant_id, channel_id, 3, 2)) == [4, 5]
    assert await publish(database, tenant_id, channel_id, "f") == [6]
    assert numbers(await take_from(hub, tenant_id, channel_id, reset.number, 1)) == [6]


async def test_numbers_go_on_where_all_events_of_a_channel_were_removed(
    tenant_id: UUID, database: Database, make_hub: MakeHub, admin: asyncpg.Connection
) -> None:
    channel_id = new_id()
    await publish(database, tenant_id, channel_id, "a", "b")
    await admin.execute("UPDATE live_events SET created_at = now() - interval '8 days'")
    assert await remove_in_batches(partial(live.remove_old_events, kept=WEEK), database) >= 2
    assert await publish(database, tenant_id, channel_id, "c") == [3]
    assert numbers(await take_from(make_hub(), tenant_id, channel_id, 2, 1)) == [3]


async def test_a_number_that_never_existed_is_a_reset_too(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    await publish(database, tenant_id, channel_id, "a")
    async with make_hub().subscribe(tenant_id, channel_id, 10**17) as subscription:
        [reset] = await take(subscription, 1)
        assert (reset.number, reset.kind) == (1, RESET)
        await publish(database, tenant_id, channel_id, "b")
        assert numbers(await take(subscription, 1)) == [2]


async def test_streams_end_where_the_database_was_set_back_so_that_clients_start_anew(
    tenant_id: UUID, database: Database, make_hub: MakeHub, admin: asyncpg.Connection, listeners: Listeners
) -> None:
    channel_id = new_id()
    hub = make_hub(poll_s=0.2)
    await publish(database, tenant_id, channel_id, "a", "b", "c")
    async with hub.subscribe(tenant_id, channel_id, 3) as subscription:
        await listeners.until_one()
        await admin.execute("DELETE FROM live_events WHERE channel_id = $1 AND number > 1", channel_id)
        await admin.execute("UPDATE live_channels SET last_number = 1 WHERE id = $1", channel_id)
        assert await take(subscription, 1) == []
    [reset] = await take_from(hub, tenant_id, channel_id, 3, 1)
    assert (reset.number, reset.kind) == (1, RESET)


async def test_beats_come_by_the_clock_among_many_events_too(
    tenant_id: UUID, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    async with make_hub(beat_s=0.2).subscribe(tenant_id, channel_id, None) as subscription:
        publishing = asyncio.create_task(publish(database, tenant_id, channel_id, *["scored"] * 200))
        beats, events = 0, 0
        async with asyncio.timeout(WITHIN_S):
            while events < 200 or beats < 3:
                some = await anext(subscription)
                beats, events = beats + (not some), events + len(some)
        await publishing
    assert events == 200


async def test_a_subscription_ends_when_its_life_is_over(tenant_id: UUID, make_hub: MakeHub) -> None:
    async with make_hub().subscribe(tenant_id, new_id(), None, life_s=0.1) as subscription:
        assert await take(subscription, 1) == []


async def test_all_subscriptions_end_when_the_process_stops(tenant_id: UUID, make_hub: MakeHub) -> None:
    hub = make_hub()
    async with hub.subscribe(tenant_id, new_id(), None) as one, hub.subscribe(tenant_id, new_id(), 0) as other:
        taking = [asyncio.create_task(take(subscription, 1)) for subscription in (one, other)]
        await asyncio.sleep(0)
        hub.stop()
        assert await asyncio.gather(*taking) == [[], []]
    with pytest.raises(Stopping):
        async with hub.subscribe(tenant_id, new_id(), None):
            pass


async def test_nothing_is_kept_of_a_channel_without_subscribers(tenant_id: UUID, make_hub: MakeHub) -> None:
    hub = make_hub()
    async with hub.subscribe(tenant_id, new_id(), None), hub.subscribe(tenant_id, new_id(), 5):
        assert len(hub._feeds) == 2
    assert hub._feeds == {}
