"""Large and broken-off uploads to a real API process: memory stays flat and nothing stays behind."""

import asyncio
import os
import struct
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from app.platform.settings import Settings
from tests.calls.factories import push_call, tone
from tests.people import Centre
from tests.processes import environment, free_port, start, stop, wait_until_alive

MEGABYTE = 10**6
LIMIT = 210 * MEGABYTE
ALLOWED_GROWTH = 32 * MEGABYTE


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    base_url: str

    @property
    def memory(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)


@pytest.fixture(scope="module")
async def server(settings: Settings) -> AsyncIterator[Server]:
    port = free_port()
    env = environment(settings, QMT_PORT=str(port), QMT_MAX_RECORDING_BYTES=str(LIMIT))
    process = start("api", env=env)
    try:
        base_url = f"http://127.0.0.1:{port}"
        await wait_until_alive(base_url, process)
        yield Server(process, base_url)
    finally:
        stop(process)


@asynccontextmanager
async def uploader(server: Server, centre: Centre) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A client of the server, and where to put the recording of a new call."""
    call = await push_call(centre.admin, centre.project_id)
    headers = {"Authorization": centre.admin.headers["Authorization"]}
    async with httpx.AsyncClient(base_url=server.base_url, headers=headers, timeout=60) as client:
        yield client, f"/v1/calls/{call['id']}/recording"


def files(settings: Settings, centre: Centre) -> list[Path]:
    """What the tenant has in the store, and what is being written to it."""
    places = (settings.objects_dir / str(centre.tenant_id), settings.objects_dir / ".incoming")
    return [path for place in places for path in place.rglob("*") if path.is_file()]


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


async def long_wav(data_bytes: int) -> AsyncIterator[bytes]:
    """Stereo A-law at 8 kHz, made as it is sent."""
    form = struct.pack("<HHIIHH", 6, 2, 8000, 16_000, 2, 8)
    yield b"RIFF" + struct.pack("<I", 36 + data_bytes) + b"WAVEfmt " + struct.pack("<I", 16) + form
    yield b"data" + struct.pack("<I", data_bytes)
    block = os.urandom(50_000)
    for _ in range(data_bytes // len(block)):
        yield block


async def peak_memory(server: Server, work: asyncio.Task[httpx.Response]) -> int:
    """The most memory that the server had while the work was done."""
    peak = 0
    while not work.done():
        peak = max(peak, server.memory)
        await asyncio.sleep(0.02)
    return peak


async def test_a_200_mb_recording_does_not_raise_the_memory_by_more_than_32_mb(server: Server, centre: Centre) -> None:
    async with uploader(server, centre) as (client, url):
        await client.put(url, content=tone())
        before = server.memory
        sending = asyncio.create_task(client.put(url, content=long_wav(200 * MEGABYTE)))
        peak = await peak_memory(server, sending)
        stored = sending.result()
        assert (stored.status_code, stored.json()["duration_s"]) == (201, 12_500)
        assert peak - before < ALLOWED_GROWTH

        listening = asyncio.create_task(listen(client, url))
        peak = await peak_memory(server, listening)
        assert listening.result().num_bytes_downloaded == stored.json()["size_bytes"] == 200 * MEGABYTE + 44
        assert peak - before < ALLOWED_GROWTH


async def listen(client: httpx.AsyncClient, url: str) -> httpx.Response:
    async with client.stream("GET", url) as answer:
        async for _ in answer.aiter_raw():
            pass
        return answer


async def test_a_recording_that_grows_past_the_limit_is_too_large_and_leaves_nothing(
    server: Server, centre: Centre, settings: Settings
) -> None:
    async with uploader(server, centre) as (client, url):
        refused = await client.put(url, content=long_wav(LIMIT + MEGABYTE))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert files(settings, centre) == []


async def test_a_connection_that_breaks_off_leaves_nothing(server: Server, centre: Centre, settings: Settings) -> None:
    async def broken() -> AsyncIterator[bytes]:
        async for chunk in long_wav(20 * MEGABYTE):
            yield chunk
        await until(lambda: bool(files(settings, centre)))
        raise ConnectionAbortedError

    async with uploader(server, centre) as (client, url):
        with pytest.raises(ConnectionAbortedError):
            await client.put(url, content=broken())
    await until(lambda: not files(settings, centre))
    assert (await centre.verifier.get(url)).status_code == 404
