"""Events are numbered without gaps, in the order of their commits."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import live
from app.live import EventTooLarge, LiveEvent, LiveHub
from app.live.service import MAX_DATA_BYTES
from app.platform.database import Database, Tenant
from app.platform.ids import new_id
from tests.live.conftest import MakeHub
from tests.live.following import numbers, publish, take_from
from tests.people import Centre

PUBLISHERS, EACH = 12, 25


async def test_concurrent_publishers_get_every_number_once(centre: Centre, database: Database) -> None:
    channel_id = new_id()
    given = await asyncio.gather(
        *(publish(database, centre.tenant_id, channel_id, *["joined"] * EACH) for _ in range(PUBLISHERS))
    )
    assert sorted(number for some in given for number in some) == list(range(1, PUBLISHERS * EACH + 1))
    assert all(some == sorted(some) for some in given)


async def test_numbers_and_times_ascend_together(centre: Centre, database: Database, make_hub: MakeHub) -> None:
    channel_id = new_id()
    await asyncio.gather(*(publish(database, centre.tenant_id, channel_id, *["joined"] * 5) for _ in range(6)))
    found = await take_from(make_hub(), centre.tenant_id, channel_id, 0, 30)
    times = [event.created_at for event in found if event.created_at]
    assert times == sorted(times)
    assert len(times) == 30


async def test_a_transaction_that_is_rolled_back_publishes_nothing_and_leaves_no_gap(
    centre: Centre, database: Database, make_hub: MakeHub
) -> None:
    channel_id = new_id()
    await publish(database, centre.tenant_id, channel_id, "first")
    with pytest.raises(ZeroDivisionError):
        await publish_and_fail(database, centre, channel_id)
    assert await publish(database, centre.tenant_id, channel_id, "second") == [2]
    found = await take_from(make_hub(), centre.tenant_id, channel_id, 0, 2)
    assert [(event.number, event.kind) for event in found] == [(1, "first"), (2, "second")]


async def publish_and_fail(database: Database, centre: Centre, channel_id: UUID) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await live.publish(session, channel_id, "lost", {}) == 2
        raise ZeroDivisionError


async def test_a_transaction_may_publish_several_events_on_several_channels(
    centre: Centre, database: Database, make_hub: MakeHub
) -> None:
    one, other = new_id(), new_id()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        given = [await live.publish(session, channel, "joined", {}) for channel in (one, one, other)]
        assert await live.last_number(session, one) == 2
        assert await live.last_number(session, new_id()) == 0
    assert given == [1, 2, 1]
    assert numbers(await take_from(make_hub(), centre.tenant_id, one, 0, 2)) == [1, 2]


async def test_data_comes_out_as_it_went_in(centre: Centre, database: Database, make_hub: MakeHub) -> None:
    data: dict[str, Any] = {"name": "Zoë — «Оля»\nnew line", "share": 0.5, "who": [1, None, {"a": True}]}
    channel_id = new_id()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await live.publish(session, channel_id, "joined", data)
    [event] = await take_from(make_hub(), centre.tenant_id, channel_id, 0, 1)
    assert (event.kind, event.data) == ("joined", data)


@pytest.mark.parametrize("kind", ["", "Joined", "a b", "a\nid: 9", "reset", "é", "x" * 51])
async def test_a_kind_that_would_not_be_a_line_of_its_own_is_refused(
    centre: Centre, database: Database, kind: str
) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        with pytest.raises(ValueError, match="not a kind"):
            await live.publish(session, new_id(), kind, {})


async def test_data_is_bounded(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        room = MAX_DATA_BYTES - len('{"text":""}')
        assert await live.publish(session, new_id(), "said", {"text": "x" * room}) == 1
        with pytest.raises(EventTooLarge):
            await live.publish(session, new_id(), "said", {"text": "é" * room})


async def test_a_channel_id_of_another_tenant_is_a_channel_of_its_own(
    centre: Centre, database: Database, make_hub: MakeHub, admin: asyncpg.Connection
) -> None:
    channel_id, stranger_id = new_id(), new_id()
    await admin.execute("INSERT INTO tenants (id, slug, name) VALUES ($1, $2, 'B')", stranger_id, str(stranger_id))
    assert await publish(database, centre.tenant_id, channel_id, "ours", "ours") == [1, 2]
    assert await publish(database, stranger_id, channel_id, "theirs") == [1]
    hub: LiveHub = make_hub()
    found: list[LiveEvent] = await take_from(hub, stranger_id, channel_id, 0, 1)
    assert [event.kind for event in found] == ["theirs"]
    assert [event.kind for event in await take_from(hub, centre.tenant_id, channel_id, 0, 2)] == ["ours", "ours"]
