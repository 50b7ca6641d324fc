"""Events to seal, and connections that change what nobody may change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from app import events
from app.events import ChainHead, DomainEvent
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id

# What the journal of a fresh centre holds: that it was made, with its people, and that a guest was invited.
FIRST = 3


@dataclass(frozen=True, kw_only=True)
class SomethingHappened(DomainEvent):
    """Something happened in a test."""

    name = "test.happened"
    subject_type = "test"
    after: dict[str, Any]


async def record(database: Database, tenant_id: UUID, count: int = 1, **after: Any) -> list[UUID]:
    """Events of one transaction."""
    async with database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("system", None))
        return [
            (await events.record(session, SomethingHappened(subject_id=new_id(), after=after))).id for _ in range(count)
        ]


async def seal(database: Database, tenant_id: UUID, expected: int, *, batch: int = 10_000) -> None:
    assert await events.seal_tenant(database, tenant_id, batch=batch) == expected


async def verify(
    database: Database,
    tenant_id: UUID,
    *,
    known_head: ChainHead | None = None,
    resume_from: ChainHead | None = None,
    limit: int | None = None,
) -> events.Verification:
    async with database.begin(Tenant(tenant_id)) as session:
        return await events.verify(session, known_head=known_head, resume_from=resume_from, limit=limit)


@asynccontextmanager
async def tampering(admin_url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    """A superuser's connection with all triggers and foreign keys switched off."""
    connection = await asyncpg.connect(admin_url)
    await connection.execute("SET session_replication_role = replica")
    try:
        yield connection
    finally:
        await connection.close()
