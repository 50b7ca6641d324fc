"""Runs a job in the test's own process, as a worker would."""

import asyncio
from typing import Any
from uuid import UUID

from app.api.context import AppContext
from app.jobs.engine import Ticket
from app.jobs.runner import Runner


async def run_job(context: AppContext, tenant_id: UUID, job_id: UUID | str, **resources: Any) -> None:
    """One attempt. The engine's own copy of the job stays queued: no worker serves a test database."""
    at_hand = {"settings": context.settings, "store": context.store} | resources
    runner = Runner(context.database, at_hand, lease_s=30, stopping=asyncio.Event())
    await runner.run(Ticket(tenant_id, UUID(str(job_id))))
