"""Runs a job in the process of the test, as a worker does in its own."""

import asyncio
from typing import Any
from uuid import UUID

from app.api.context import AppContext
from app.jobs.engine import QueueMessage
from app.jobs.runner import Runner


async def run_job(context: AppContext, tenant_id: UUID, job_id: UUID | str, **resources: Any) -> None:
    """One attempt. The queue message of the job stays: no worker serves a test database."""
    given = {"settings": context.settings, "store": context.store} | resources
    runner = Runner(context.database, given, lease_s=30, stopping=asyncio.Event())
    await runner.run(QueueMessage(tenant_id, UUID(str(job_id))))
