"""Two hundred guests who follow one calibration session over two API processes, beside a bare fan-out from memory.

Each guest has a link of their own. Both sides get the same events: a steady flow, then a burst. Every client must get
every event, in order. The bare side keeps nothing: it has no database, no order among publishers, no resuming, no
authentication and no second process to tell.
"""

import asyncio
import multiprocessing
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from statistics import median, quantiles
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import orjson
import psutil

from app import live
from app.platform.database import Database, Tenant
from benchmarks.service import Service, migrated_service
from benchmarks.sessions import hold_session
from tests.live.servers import Server, running_server

STREAMS = 200
PROCESSES = 2
# A steady flow of so many events a second for so many seconds, then a burst.
RATE, SECONDS, BURST = 50, 20, 500
EVENTS = RATE * SECONDS + BURST

_NUMBER = re.compile(rb"id: (\d+)\n")
_CONNECTIONS = """
SELECT count(*) FILTER (WHERE application_name = 'qmt-live') AS listening,
       count(*) FILTER (WHERE application_name = 'qmt') AS pooled
FROM pg_stat_activity WHERE datname = current_database()
"""
_DATA = {"participant_id": "0193b1c0-0000-7000-8000-000000000000", "call_no": 3, "done": 12, "total": 30}
_EVENT = b"id: %d\nevent: scored\ndata: " + orjson.dumps(_DATA) + b"\n\n"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side did. Latencies in seconds: from the moment before the commit until a client has the event."""

    steady: list[float]
    # From the first commit of the burst until the last client has its last event.
    burst_s: float
    # Of one process: before and with its streams, and the processor seconds that an event costs it a client.
    bytes_before: float
    bytes_with_streams: float
    cpu_s_a_delivery: float

    @property
    def percentiles(self) -> tuple[float, float, float]:
        cuts = quantiles(self.steady, n=100)
        return cuts[49], cuts[94], cuts[98]

    @property
    def deliveries_a_second(self) -> float:
        return BURST * STREAMS / self.burst_s

    @property
    def bytes_a_stream(self) -> float:
        return (self.bytes_with_streams - self.bytes_before) * PROCESSES / STREAMS

    def describe(self, name: str) -> str:
        p50, p95, p99 = (1000 * seconds for seconds in self.percentiles)
        return (
            f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms; burst {self.deliveries_a_second:,.0f} "
            f"deliveries/s; {1e6 * self.cpu_s_a_delivery:.0f} µs of processor a delivery; a process has "
            f"{self.bytes_before / 2**20:.0f} MB, and {self.bytes_a_stream / 1024:.0f} KB more for each stream"
        )


@dataclass(frozen=True, slots=True)
class Result:
    ours: Side
    bare: Side
    listening: int
    pooled: int

    def rows(self) -> str:
        ours, bare = self.ours, self.bare
        what = f"{STREAMS} guests follow a session over {PROCESSES} API processes, {RATE} events a second"
        ms = [1000 * side.percentiles[0] for side in (ours, bare)]
        micros = [1e6 * side.cpu_s_a_delivery for side in (ours, bare)]
        burst = [side.deliveries_a_second for side in (ours, bare)]
        return "\n".join(
            (
                f"| {what}: median latency | {ms[0]:.1f} ms | {ms[1]:.1f} ms | {ms[0] / ms[1]:.1f} | |",
                f"| the same: processor time a delivery | {micros[0]:.0f} µs | {micros[1]:.0f} µs "
                f"| {micros[0] / micros[1]:.2f} | |",
                f"| a burst of {BURST} events | {burst[0]:,.0f} deliveries/s | {burst[1]:,.0f} deliveries/s "
                f"| {burst[0] / burst[1]:.2f} | |",
            )
        )

    def details(self) -> str:
        connections = f"ours: {self.listening} connections listen, {self.pooled} are in the pools"
        return "\n".join((self.ours.describe("ours"), self.bare.describe("bare"), connections))


class Client(asyncio.Protocol):
    """One stream: when which event came."""

    def __init__(self, request: bytes) -> None:
        self.received: list[tuple[int, float]] = []
        self.subscribed = False
        self._request = request
        self._rest = b""

    def forget(self) -> None:
        self.received.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        complete, _, self._rest = (self._rest + data).rpartition(b"\n\n")
        self.subscribed = self.subscribed or b"retry: 2000" in complete
        self.received += [(int(number), now) for number in _NUMBER.findall(complete)]


async def measure() -> Result:
    async with migrated_service() as service:
        ours, connections = await _ours(service)
        bare = await _bare(service)
    return Result(ours, bare, *connections)


async def _ours(service: Service) -> tuple[Side, tuple[int, int]]:
    limits = {"QMT_EVENT_STREAM_LIFE_S": "3600"}
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(running_server(service.settings, app="app.main:create", **limits))
            for _ in range(PROCESSES)
        ]
        # Once each, so that what a process loads at its first request does not count as memory of streams.
        for server in servers:
            await _requested(server, service.token)
        session_id, tokens = await hold_session(servers[0].base_url, service.token, STREAMS)
        address = f"/v1/calibration-sessions/{session_id}/events"
        publish = partial(_publish_ours, service.postgres.database_url, service.tenant_id, session_id)
        side = await _followed(servers, address, tokens, publish)
        admin = await asyncpg.connect(service.postgres.admin_url)
        stack.push_async_callback(admin.close)
        found = await admin.fetchrow(_CONNECTIONS)
        return side, (found["listening"], found["pooled"])


async def _bare(service: Service) -> Side:
    async with AsyncExitStack() as stack:
        servers = [
            await stack.enter_async_context(running_server(service.settings, app="benchmarks.bare_live:create"))
            for _ in range(PROCESSES)
        ]
        publish = partial(_publish_bare, [server.base_url for server in servers])
        return await _followed(servers, "/events", [service.token] * STREAMS, publish)


async def _requested(server: Server, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers) as client:
        (await client.get("/v1/me")).raise_for_status()


async def _followed(
    servers: Sequence[Server], address: str, tokens: Sequence[str], publish: Callable[[], list[float]]
) -> Side:
    """Follow a channel with all clients while another process publishes; check that each got everything."""
    processes = [psutil.Process(server.process.pid) for server in servers]
    before = median(process.memory_info().rss for process in processes)
    clients = [await _connect(servers[place % PROCESSES], address, token) for place, token in enumerate(tokens)]
    await _until(lambda: all(client.subscribed for client in clients))
    # What came so far is who joined.
    await asyncio.sleep(1)
    for client in clients:
        client.forget()
    cpu_before = sum(_cpu_s(process) for process in processes)
    times = await asyncio.to_thread(_in_a_process_of_its_own, publish)
    await _until(lambda: all(len(client.received) >= EVENTS for client in clients))
    cpu = sum(_cpu_s(process) for process in processes) - cpu_before
    with_streams = median(process.memory_info().rss for process in processes)
    first = clients[0].received[0][0]
    for client in clients:
        got = [number for number, _ in client.received]
        assert got == list(range(first, first + EVENTS)), "lost, twice, or out of order"
        client.transport.close()
    return _side(clients, times, before, with_streams, cpu)


def _side(clients: Sequence[Client], times: list[float], before: float, with_streams: float, cpu_s: float) -> Side:
    first_of_burst = RATE * SECONDS
    latencies = [
        when - times[place] for client in clients for place, (_, when) in enumerate(client.received[:first_of_burst])
    ]
    last = max(client.received[-1][1] for client in clients)
    return Side(latencies, last - times[first_of_burst], before, with_streams, cpu_s / (EVENTS * STREAMS))


async def _connect(server: Server, address: str, token: str) -> Client:
    url = urlsplit(server.base_url)
    request = f"GET {address} HTTP/1.1\r\nHost: qmt.test\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    assert url.hostname
    assert url.port
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(request), url.hostname, url.port)
    return client


async def _until(reached: Callable[[], bool]) -> None:
    for _ in range(1200):
        if reached():
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("not every client got every event within a minute")


def _cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _in_a_process_of_its_own(publish: Callable[[], list[float]]) -> list[float]:
    """The clients must not keep the publisher waiting. The monotonic clock is the same in all processes."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(publish)


def _publish_ours(url: str, tenant_id: UUID, channel_id: UUID) -> list[float]:
    return asyncio.run(_publish_all(partial(_publish_one, Database(url, pool_size=1), tenant_id, channel_id)))


async def _publish_one(database: Database, tenant_id: UUID, channel_id: UUID, number: int) -> float:
    async with database.begin(Tenant(tenant_id)) as session:
        await live.publish(session, channel_id, "scored", {**_DATA, "done": number % 30})
        return time.monotonic()


def _publish_bare(base_urls: list[str]) -> list[float]:
    return asyncio.run(_publish_over_http(base_urls))


async def _publish_over_http(base_urls: list[str]) -> list[float]:
    writers = [await _opened(base_url) for base_url in base_urls]

    async def publish_one(number: int) -> float:
        event = _EVENT % number
        started = time.monotonic()
        for reader, writer in writers:
            writer.write(b"POST /publish HTTP/1.1\r\nHost: qmt.test\r\nContent-Length: %d\r\n\r\n" % len(event) + event)
            await reader.readuntil(b"\r\n\r\n")
        return started

    return await _publish_all(publish_one)


async def _opened(base_url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    url = urlsplit(base_url)
    return await asyncio.open_connection(url.hostname, url.port)


async def _publish_all(publish_one: Callable[[int], Awaitable[float]]) -> list[float]:
    """Publish the steady flow and the burst; the moment before the commit of each event."""
    times = []
    started = time.monotonic()
    for number in range(1, EVENTS + 1):
        if number <= RATE * SECONDS:
            await asyncio.sleep(max(0.0, started + number / RATE - time.monotonic()))
        elif number == RATE * SECONDS + 1:
            await asyncio.sleep(1)
        times.append(await publish_one(number))
    return times


def main() -> Result:
    """Measure, print rows of a Markdown table, and return the figures."""
    result = asyncio.run(measure())
    print(result.rows())
    return result


if __name__ == "__main__":
    print(main().details())
