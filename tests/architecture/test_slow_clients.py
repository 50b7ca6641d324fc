"""Slow clients wait by themselves: they hold no database connection while their bodies trickle in."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import httpx

from app.platform.settings import Settings
from tests.people import Centre
from tests.processes import running_api

SLOW = 6


async def test_bodies_that_trickle_in_do_not_keep_others_waiting(settings: Settings, centre: Centre) -> None:
    headers = {"Authorization": centre.admin.headers["Authorization"]}
    async with running_api(settings, QMT_DATABASE_POOL_SIZE="1") as base_url, AsyncExitStack() as stack:
        for _ in range(SLOW):
            await stack.enter_async_context(begun_request(base_url, headers["Authorization"]))
        async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=8) as client:
            answers = [await client.get("/v1/me") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]


@asynccontextmanager
async def begun_request(base_url: str, authorization: str) -> AsyncIterator[None]:
    """A POST that has said how long its body is, and has sent one byte of it."""
    address = urlsplit(base_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST /v1/projects HTTP/1.1\r\nHost: qmt.test\r\nAuthorization: {authorization}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    )
    writer.write(head.encode())
    await writer.drain()
    yield
    writer.close()
