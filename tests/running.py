"""Runs jobs and consumers in the process of the test, as a worker does in its own."""

import asyncio
from typing import Any
from uuid import UUID

from app import events
from app.api.context import AppContext
from app.events.consumers import registered_consumers
from app.events.consuming import StepResult, consume_step
from app.jobs import JobSchedule
from app.jobs.engine import QueueMessage
from app.jobs.runner import Runner
from app.platform.database import Database
from app.platform.database.scope import Tenant


async def run_job(context: AppContext, tenant_id: UUID, job_id: UUID | str, **resources: Any) -> None:
    """One attempt. The queue message of the job stays: no worker serves a test database."""
    given = {"settings": context.settings, "store": context.store} | resources
    runner = Runner(context.database, given, lease_s=30, stopping=asyncio.Event())
    await runner.run(QueueMessage(tenant_id, UUID(str(job_id))))


async def deliver_events(database: Database, tenant_id: UUID) -> None:
    """Seal the tenant's events and call every consumer for them."""
    await events.seal_tenant(database, tenant_id)
    for consumer in registered_consumers():
        while await consume_step(database, tenant_id, consumer) is StepResult.MORE:
            pass


async def run_due_jobs(context: AppContext, schedule: JobSchedule, tenant_id: UUID) -> int:
    """Enqueue what the schedule finds due, and run the jobs of the tenant; how many there were."""
    await schedule.enqueue_due(context.database)
    async with context.database.begin(Tenant(tenant_id)) as session:
        job_ids = await session.fetch_column(
            "SELECT id FROM jobs WHERE kind = :kind AND state = 'queued'", kind=schedule.name
        )
    for job_id in job_ids:
        await run_job(context, tenant_id, job_id)
    return len(job_ids)
