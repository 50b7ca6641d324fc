"""Events over HTTP: what is sent, who may follow for how long, and what happens when a process stops."""

import asyncio
import re
import signal
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import psutil
import pytest

from app.platform.database import Database
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.identity.factories import problem
from tests.live.following import WITHIN_S, Sent, opened, publish, read_stream
from tests.live.servers import Server, running_server
from tests.people import Centre
from tests.processes import stop

BEAT_S = 0.2
MOST = 3


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    """A process with one connection to the database, short beats, and few streams a credential."""
    limits = {"QMT_DATABASE_POOL_SIZE": "1", "QMT_EVENT_STREAMS_PER_CREDENTIAL": str(MOST), "QMT_EVENT_STREAMS": "5"}
    limits["QMT_EVENT_STREAMS_PER_TENANT"] = "5"
    async with running_server(settings, BEAT_S=str(BEAT_S), **limits) as started:
        yield started


async def take(answer: httpx.Response, count: int) -> list[Sent]:
    taken: list[Sent] = []
    async with asyncio.timeout(WITHIN_S):
        async for sent in read_stream(answer):
            taken += [sent] if sent else []
            if len(taken) == count:
                break
    return taken


async def take_from(client: httpx.AsyncClient, *address: object, count: int) -> list[Sent]:
    async with opened(client, *address) as answer:  # type: ignore[arg-type]
        return await take(answer, count)


async def test_events_are_sent_as_a_browser_reads_them(server: Server, centre: Centre, database: Database) -> None:
    channel_id = new_id()
    await publish(database, centre.tenant_id, channel_id, "joined", "revealed")
    async with server.client(centre) as client, opened(client, channel_id, 0) as answer:
        text = ""
        async for part in answer.aiter_text():
            text += part
            if text.count("\n\n") >= 4:
                break
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert text.startswith(
        'retry: 2000\n\nid: 1\nevent: joined\ndata: {"place":0}\n\nid: 2\nevent: revealed\ndata: {"place":1}\n\n:\n\n'
    )


async def test_two_processes_send_everything_in_order_and_one_goes_on_where_the_other_ended(
    settings: Settings, server: Server, centre: Centre, database: Database
) -> None:
    channel_id = new_id()
    async with AsyncExitStack() as stack:
        other = await stack.enter_async_context(running_server(settings))
        one_client = await stack.enter_async_context(server.client(centre))
        other_client = await stack.enter_async_context(other.client(centre))
        streams = [await stack.enter_async_context(opened(client, channel_id)) for client in (one_client, other_client)]
        taking = [asyncio.create_task(take(answer, 100)) for answer in streams]
        await asyncio.gather(*(publish(database, centre.tenant_id, channel_id, *["scored"] * 25) for _ in range(4)))
        for taken in await asyncio.gather(*taking):
            assert [sent.id for sent in taken] == list(range(1, 101))
        later = await take_from(other_client, channel_id, 60, count=40)
    assert [sent.id for sent in later] == list(range(61, 101))


@pytest.mark.parametrize("number", ["", "x", "-1", "1.5", "²", "9" * 19, "1 2", "0x10"])
async def test_a_last_event_id_that_is_none_is_refused(server: Server, centre: Centre, number: str) -> None:
    headers = {"Last-Event-ID": number.encode("latin-1")}
    async with server.client(centre) as client:
        refused = await client.get(f"/v1/live/{new_id()}/events", headers=headers)  # type: ignore[arg-type]
    assert problem(refused) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"] == "Last-Event-ID"


async def test_a_number_whose_successors_are_gone_is_answered_with_a_reset(
    server: Server, centre: Centre, database: Database
) -> None:
    channel_id = new_id()
    await publish(database, centre.tenant_id, channel_id, "joined")
    async with server.client(centre) as client:
        [sent] = await take_from(client, channel_id, 7, count=1)
    assert (sent.id, sent.kind) == (1, "reset")


async def ends(answer: httpx.Response) -> float:
    """Read a stream to its end; the seconds that this takes."""
    started = time.monotonic()
    async with asyncio.timeout(WITHIN_S):
        async for _ in read_stream(answer):
            pass
    return time.monotonic() - started


async def test_a_stream_ends_when_its_client_may_no_longer_follow_it(
    server: Server, centre: Centre, admin: asyncpg.Connection
) -> None:
    async with server.client(centre) as client, opened(client, centre.project_id) as answer:
        ending = asyncio.create_task(ends(answer))
        await asyncio.sleep(3 * BEAT_S)
        assert not ending.done()
        await admin.execute("UPDATE projects SET name = 'Closed' WHERE id = $1", centre.project_id)
        await ending


async def test_a_stream_ends_when_its_user_is_no_longer_active(
    server: Server, centre: Centre, admin: asyncpg.Connection
) -> None:
    async with server.client(centre) as client, opened(client, new_id()) as answer:
        ending = asyncio.create_task(ends(answer))
        await asyncio.sleep(3 * BEAT_S)
        assert not ending.done()
        await admin.execute("UPDATE users SET active = false WHERE id = $1", centre.user_ids["verifier"])
        await ending


async def test_a_stream_ends_when_its_user_loses_the_permission(
    server: Server, centre: Centre, admin: asyncpg.Connection
) -> None:
    async with server.client(centre) as client, opened(client, new_id()) as answer:
        await admin.execute("UPDATE users SET role = 'agent' WHERE id = $1", centre.user_ids["verifier"])
        await ends(answer)


async def test_streams_are_limited_by_credential_and_by_process(server: Server, centre: Centre) -> None:
    async with AsyncExitStack() as stack:
        verifier = await stack.enter_async_context(server.client(centre, "verifier"))
        leader = await stack.enter_async_context(server.client(centre, "leader"))
        for client in (verifier,) * MOST + (leader,) * 2:
            answer = await stack.enter_async_context(opened(client, new_id()))
            assert answer.status_code == 200
        refused = await verifier.get(f"/v1/live/{new_id()}/events")
        assert problem(refused) == (429, "too_many_streams")
        assert refused.headers["Retry-After"] == "10"
        refused = await leader.get(f"/v1/live/{new_id()}/events")
        assert problem(refused) == (503, "no_stream_free")
        assert refused.headers["Retry-After"] == "10"
        # Requests that do not stream are served: the one connection is free.
        assert (await leader.get("/v1/me")).status_code == 200
        metrics = (await leader.get("/metrics")).text
        assert "qmt_live_streams 5.0" in metrics
        assert "qmt_live_listening 1.0" in metrics
    await until_none_is_open(server)


async def until_none_is_open(server: Server) -> None:
    async with httpx.AsyncClient(base_url=server.base_url) as client:
        for _ in range(200):
            if "qmt_live_streams 0.0" in (await client.get("/metrics")).text:
                return
            await asyncio.sleep(0.05)
    raise TimeoutError("a stream whose client has left stays open")


async def test_a_client_that_does_not_read_holds_up_nobody_and_gets_everything_later(
    server: Server, centre: Centre, database: Database
) -> None:
    channel_id, many = new_id(), 400
    async with server.client(centre) as client, stalled(server, centre, channel_id) as (reader, writer):
        process = psutil.Process(server.process.pid)
        before = process.memory_info().rss
        async with opened(client, channel_id, 0) as answer:
            taking = asyncio.create_task(take(answer, many))
            # Far more than sockets and the window of the process hold.
            await publish(database, centre.tenant_id, channel_id, *["said"] * many, text="x" * 15_000)
            assert [sent.id for sent in await taking] == list(range(1, many + 1))
        assert process.memory_info().rss - before < 24 * 2**20
        text = b""
        async with asyncio.timeout(WITHIN_S):
            while b"id: %d\n" % many not in text:
                text += await reader.read(2**20)
        writer.close()
    assert [int(number) for number in re.findall(rb"id: (\d+)\nevent", text)] == list(range(1, many + 1))


@asynccontextmanager
async def stalled(
    server: Server, centre: Centre, channel_id: UUID
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A stream of which nothing has been read."""
    address = urlsplit(server.base_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port, limit=2**12)
    authorization = centre.verifier.headers["Authorization"]
    writer.write(
        f"GET /v1/live/{channel_id}/events HTTP/1.1\r\nHost: qmt.test\r\nAuthorization: {authorization}\r\n"
        "Last-Event-ID: 0\r\n\r\n".encode()
    )
    await reader.readuntil(b"\r\n\r\n")
    yield reader, writer
    writer.close()


async def test_a_stream_ends_when_its_time_is_over_and_its_client_goes_on(
    settings: Settings, centre: Centre, database: Database
) -> None:
    channel_id = new_id()
    async with running_server(settings, QMT_EVENT_STREAM_LIFE_S="1") as server, server.client(centre) as client:
        async with opened(client, channel_id) as answer:
            await publish(database, centre.tenant_id, channel_id, "a")
            assert [sent.id async for sent in read_stream(answer) if sent] == [1]
        await publish(database, centre.tenant_id, channel_id, "b", "c")
        assert [sent.id for sent in await take_from(client, channel_id, 1, count=2)] == [2, 3]


async def test_a_process_that_stops_ends_its_streams_and_does_not_wait_for_their_clients(
    settings: Settings, server: Server, centre: Centre, database: Database
) -> None:
    channel_id = new_id()
    async with running_server(settings) as stopped, stopped.client(centre) as client, AsyncExitStack() as stack:
        streams = [await stack.enter_async_context(opened(client, channel_id)) for _ in range(10)]
        started = time.monotonic()
        stopping = asyncio.create_task(asyncio.to_thread(stop, stopped.process))
        await asyncio.gather(*(ends(answer) for answer in streams))
        assert await stopping in (0, -signal.SIGTERM)
        assert time.monotonic() - started < 5
    await publish(database, centre.tenant_id, channel_id, "meanwhile")
    async with server.client(centre) as client:
        assert [sent.id for sent in await take_from(client, channel_id, 0, count=1)] == [1]
