"""Events to seal, and a hand that changes what nobody may change."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg

from app import events
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id


async def record(database: Database, tenant_id: UUID, count: int = 1, **after: Any) -> list[UUID]:
    """Events of one transaction."""
    async with database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("system", None))
        return [
            (await events.record(session, "test.happened", subject=("test", new_id()), after=after)).id
            for _ in range(count)
        ]


async def seal(database: Database, tenant_id: UUID, expected: int, *, batch: int = 10_000) -> None:
    """Seal so many events; other tests' open transactions may hold them back for a moment."""
    deadline = time.monotonic() + 20
    while (expected := expected - await events.seal_tenant(database, tenant_id, batch=batch)) > 0:
        assert time.monotonic() < deadline, f"{expected} still pending"
        await asyncio.sleep(0.05)
    assert expected == 0


async def verify(database: Database, tenant_id: UUID, known: events.Head | None = None) -> events.Verification:
    async with database.begin(Tenant(tenant_id)) as session:
        return await events.verify(session, known)


@asynccontextmanager
async def tampering(admin_url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """The database as its superuser has it, with all triggers and foreign keys switched off."""
    connection = await asyncpg.connect(admin_url)
    await connection.execute("SET session_replication_role = replica")
    try:
        yield connection
    finally:
        await connection.close()
