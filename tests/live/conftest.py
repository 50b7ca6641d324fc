"""Hubs, as several API processes have them, and a tenant to publish in."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.live import LiveHub
from app.platform.database import Database
from app.platform.settings import Settings
from tests.conftest import DatabaseUrls
from tests.live.following import Listeners, pids_of_listeners
from tests.people import Centre

# Makes a hub with a pool of its own.
MakeHub = Callable[..., LiveHub]


@pytest.fixture
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


@pytest.fixture
async def listeners(admin: asyncpg.Connection) -> Listeners:
    return Listeners(admin, await pids_of_listeners(admin))


@pytest.fixture
async def make_hub(settings: Settings) -> AsyncIterator[MakeHub]:
    """Hubs of processes of their own; none of them relies on the safety poll unless it says so."""
    assert settings.database_url
    url = settings.database_url
    async with AsyncExitStack() as stack:

        def make(*, pool_size: int = 2, poll_s: float = 600, listen_url: str = url, **options: Any) -> LiveHub:
            database = Database(url, pool_size=pool_size)
            hub = LiveHub(database, listen_url, poll_s=poll_s, **options)
            stack.push_async_callback(database.close)
            stack.push_async_callback(hub.close)
            return hub

        yield make


@pytest.fixture
def tenant_id(centre: Centre) -> UUID:
    return centre.tenant_id
