"""Upload so many megabytes to the store of the environment and print how much memory that took."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

import psutil

from app.platform.settings import Settings
from app.platform.storage import create_store

CHUNK = bytes(64 * 1024)


@dataclass(frozen=True)
class Growth:
    size_bytes: int
    rss_bytes: int


async def measure(key: str, megabytes: int) -> Growth:
    store = create_store(Settings())
    # Connections, threads and caches are there before the first large upload of a running process as well.
    await store.put(key, _stream(1), media_type="audio/wav", max_bytes=1024 * 1024)
    before = _rss()
    upload = asyncio.create_task(
        store.put(key, _stream(megabytes), media_type="audio/wav", max_bytes=megabytes * 1024 * 1024)
    )
    peak = before
    while not upload.done():
        await asyncio.wait([upload], timeout=0.005)
        peak = max(peak, _rss())
    await store.close()
    return Growth(upload.result().size_bytes, peak - before)


async def _stream(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes * 16):
        yield CHUNK


def _rss() -> int:
    return psutil.Process().memory_info().rss


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(measure(sys.argv[1], int(sys.argv[2]))))))  # noqa: T201
