"""No credential holds all connections of a process."""

import asyncio
import time
from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, ExitStack
from uuid import UUID

import asyncpg
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.api.errors import NoStreamFree, TooManyAtOnce, TooManyComputations, TooManyStreams
from app.api.fairness import Computations, ConnectionShares, OpenStreams
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.conftest import DatabaseUrls
from tests.identity.factories import bearer, post_key
from tests.people import Centre

SLOW_REQUESTS = 200


@pytest.fixture
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


async def test_a_key_with_many_slow_requests_does_not_hold_up_another_key(
    app: FastAPI, context: AppContext, centre: Centre, admin: asyncpg.Connection
) -> None:
    keys = [(await post_key(centre.admin, "admin:read")).json()["key"] for _ in range(2)]
    async with bearer(app, keys[0]) as greedy, bearer(app, keys[1]) as modest:
        async with admin.transaction():
            # Every request for projects is slow: it waits for this lock.
            await admin.execute("LOCK TABLE projects IN ACCESS EXCLUSIVE MODE")
            slow = [asyncio.create_task(greedy.get("/v1/projects")) for _ in range(SLOW_REQUESTS)]
            for _ in range(1000):
                if await waiting_for_the_lock(admin) == context.shares.most:
                    break
                await asyncio.sleep(0.01)
            started = time.monotonic()
            assert (await modest.get("/v1/teams")).status_code == 200
            assert time.monotonic() - started < 2
            assert await waiting_for_the_lock(admin) == context.shares.most
        assert {answer.status_code for answer in await asyncio.gather(*slow)} == {200}
    assert len(context.shares) == 0


async def waiting_for_the_lock(admin: asyncpg.Connection) -> int:
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'projects'::regclass"
    return int(await admin.fetchval(query))


async def test_a_request_that_waits_too_long_is_refused_and_told_to_try_again() -> None:
    shares = ConnectionShares(pool_size=4, wait_s=0.02)
    async with shares.hold("a"), shares.hold("a"):
        with pytest.raises(TooManyAtOnce) as refused:
            await hold_briefly(shares, "a")
        await hold_briefly(shares, "b")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    await hold_briefly(shares, "a")


async def hold_briefly(shares: ConnectionShares, holder: str) -> None:
    async with shares.hold(holder):
        pass


async def test_a_request_waits_until_one_of_the_same_credential_ends() -> None:
    shares = ConnectionShares(pool_size=4)
    async with AsyncExitStack() as held:
        for _ in range(shares.most):
            await held.enter_async_context(shares.hold("a"))
        waiting = asyncio.create_task(hold_briefly(shares, "a"))
        await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


@pytest.mark.parametrize(("pool_size", "most"), [(1, 2), (4, 2), (5, 2), (20, 10), (200, 100)])
def test_a_share_is_half_of_the_pool_and_two_at_least(pool_size: int, most: int) -> None:
    assert ConnectionShares(pool_size).most == most


async def test_nothing_is_kept_about_a_credential_without_requests() -> None:
    shares = ConnectionShares(pool_size=4)
    async with shares.hold("a"):
        cancelled = [asyncio.create_task(hold_briefly(shares, "a")) for _ in range(3)]
        await asyncio.sleep(0)
        for task in cancelled:
            task.cancel()
        await asyncio.gather(*cancelled, return_exceptions=True)
        assert len(shares) == 1
    assert len(shares) == 0


def test_streams_are_counted_by_holder_and_all_together() -> None:
    streams = OpenStreams(most=3, most_each=2, most_of_guest=1, most_of_tenant=3)
    one = new_id()
    with streams.hold(one, "a"), streams.hold(one, "a"):
        with pytest.raises(TooManyStreams) as refused, streams.hold(one, "a"):
            pass
        assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "10"})
        with streams.hold(one, "b"), pytest.raises(NoStreamFree) as full, streams.hold(new_id(), "c"):
            pass
        assert (full.value.status, full.value.headers) == (503, {"Retry-After": "10"})
        with streams.hold(one, "b"):
            assert len(streams) == 3
    assert len(streams) == 0


def test_a_tenant_with_many_guests_leaves_streams_to_others() -> None:
    streams = OpenStreams(most=6, most_each=3, most_of_guest=1, most_of_tenant=3)
    greedy, modest = new_id(), new_id()
    with ExitStack() as held:
        for guest in range(3):
            held.enter_context(streams.hold(greedy, guest, guest=True))
            with pytest.raises(TooManyStreams), streams.hold(greedy, guest, guest=True):
                pass
        with pytest.raises(NoStreamFree, match="this tenant"), streams.hold(greedy, 3, guest=True):
            pass
        for _ in range(3):
            held.enter_context(streams.hold(modest, "user"))
    assert len(streams) == 0


def test_a_tenant_has_half_of_the_streams_unless_told_otherwise() -> None:
    assert Settings(event_streams=500).event_streams_of_a_tenant == 250
    assert Settings(event_streams=1).event_streams_of_a_tenant == 1
    assert Settings(event_streams=500, event_streams_per_tenant=400).event_streams_of_a_tenant == 400


async def test_a_credential_computes_two_results_at_once_and_is_refused_more() -> None:
    computations = Computations(most=4)
    tenant_id = new_id()
    async with computations.hold(tenant_id, "a"), computations.hold(tenant_id, "a"):
        with pytest.raises(TooManyComputations) as refused:
            await compute(computations, tenant_id, "a")
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "2"})
    await compute(computations, tenant_id, "a")
    assert len(computations) == 0


async def test_a_tenant_with_many_guests_waits_for_itself() -> None:
    computations = Computations(most=4, wait_s=0.05)
    greedy, modest = new_id(), new_id()
    async with AsyncExitStack() as held:
        for guest in range(2):
            await held.enter_async_context(computations.hold(greedy, guest))
        waiting = [asyncio.create_task(compute(computations, greedy, guest)) for guest in range(2, 50)]
        await compute(computations, modest, "user")
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(answer) for answer in answers} == {TooManyComputations}
        waiting = [asyncio.create_task(compute(computations, greedy, guest)) for guest in range(2, 50)]
        await asyncio.sleep(0)
    assert set(await asyncio.gather(*waiting)) == {None}
    assert len(computations) == 0


async def compute(computations: Computations, tenant_id: UUID, holder: Hashable) -> None:
    async with computations.hold(tenant_id, holder):
        await asyncio.sleep(0)
