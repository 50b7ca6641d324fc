"""Publishing and following events in tests."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from app import live
from app.live import LiveEvent, LiveHub, Subscription
from app.platform.database import Database, Tenant

WITHIN_S = 20


async def publish(database: Database, tenant_id: UUID, channel_id: UUID, *kinds: str, text: str = "") -> list[int]:
    """Publish events, each in a transaction of its own; their numbers."""
    numbers = []
    for place, kind in enumerate(kinds):
        async with database.begin(Tenant(tenant_id)) as session:
            numbers.append(
                await live.publish(session, channel_id, kind, {"place": place} | ({"text": text} if text else {}))
            )
    return numbers


async def take(subscription: Subscription, count: int) -> list[LiveEvent]:
    """The next events of a subscription, so many at least."""
    taken: list[LiveEvent] = []
    async with asyncio.timeout(WITHIN_S):
        async for events in subscription:
            taken += events
            if len(taken) >= count:
                break
    return taken


async def take_from(hub: LiveHub, tenant_id: UUID, channel_id: UUID, after: int | None, count: int) -> list[LiveEvent]:
    async with hub.subscribe(tenant_id, channel_id, after) as subscription:
        return await take(subscription, count)


def numbers(events: Sequence[LiveEvent]) -> list[int]:
    return [event.number for event in events]


async def nothing_comes(subscription: Subscription, within_s: float = 0.3) -> bool:
    try:
        async with asyncio.timeout(within_s):
            await anext(subscription)
    except TimeoutError:
        return True
    return False


async def pids_of_listeners(admin: asyncpg.Connection) -> set[int]:
    """The server processes of listening connections to this test's database."""
    rows = await admin.fetch(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'qmt-live' AND datname = current_database()"
    )
    return {row["pid"] for row in rows}


@dataclass(frozen=True)
class Listeners:
    """The listening connections that were opened since. The application listens from its first stream on."""

    admin: asyncpg.Connection
    before: set[int]

    async def until_one(self) -> set[int]:
        """Wait until there is exactly one: those of hubs that were closed end a little later."""
        for _ in range(1000):
            if len(found := await pids_of_listeners(self.admin) - self.before) == 1:
                return found
            await asyncio.sleep(0.02)
        raise TimeoutError("none or several connections listen")


@dataclass(frozen=True)
class Sent:
    """A server-sent event as a client reads it."""

    id: int
    kind: str
    data: dict[str, Any]


async def read_stream(answer: httpx.Response) -> AsyncIterator[Sent | None]:
    """The events of an open stream; None for a heartbeat. Other fields are passed over, as a browser does."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(":")
        if line == ":":
            yield None
        elif line:
            fields[name] = value.removeprefix(" ")
        elif "event" in fields:
            yield Sent(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            fields = {}


@contextlib.asynccontextmanager
async def opened(
    client: httpx.AsyncClient, channel_id: UUID, after: int | str | None = None
) -> AsyncIterator[httpx.Response]:
    headers = {} if after is None else {"Last-Event-ID": str(after)}
    async with client.stream("GET", f"/v1/live/{channel_id}/events", headers=headers) as answer:
        yield answer
