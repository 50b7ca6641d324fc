"""Enqueues jobs, and waits for them as a client does."""

import asyncio
import time
from typing import Any
from uuid import UUID

import httpx

from app import jobs
from app.platform.database import Database
from app.platform.database.scope import Tenant


async def enqueue(database: Database, tenant_id: UUID, kind: str, **script: Any) -> UUID:
    (job_id,) = await enqueue_many(database, tenant_id, kind, 1, **script)
    return job_id


async def enqueue_many(database: Database, tenant_id: UUID, kind: str, count: int, **script: Any) -> list[UUID]:
    """Jobs enqueued in one transaction."""
    async with database.begin(Tenant(tenant_id)) as session:
        return [await jobs.enqueue(session, kind, script) for _ in range(count)]


async def wait_for_state(client: httpx.AsyncClient, job_id: UUID, *states: str, within_s: float = 20) -> dict[str, Any]:
    """The job as soon as it is in one of the states."""
    deadline = time.monotonic() + within_s
    while True:
        job: dict[str, Any] = (await client.get(f"/v1/jobs/{job_id}")).raise_for_status().json()
        if job["state"] in states:
            return job
        assert time.monotonic() < deadline, f"still {job}"
        await asyncio.sleep(0.05)


async def wait_for_progress(client: httpx.AsyncClient, job_id: UUID, within_s: float = 20) -> dict[str, Any]:
    """The job as soon as it shows progress."""
    deadline = time.monotonic() + within_s
    while True:
        job: dict[str, Any] = (await client.get(f"/v1/jobs/{job_id}")).raise_for_status().json()
        if job["progress"]:
            return job
        assert time.monotonic() < deadline, f"still {job}"
        await asyncio.sleep(0.05)


async def count_events(database: Database, tenant_id: UUID, event_type: str = "test.done") -> int:
    """How many events of the type the tenant's journal has."""
    async with database.begin(Tenant(tenant_id)) as session:
        return int(await session.fetch_value("SELECT count(*) FROM events WHERE type = :type", type=event_type))
