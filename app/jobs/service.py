"""Enqueueing jobs and reading them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from app.jobs import engine, repository
from app.jobs.engine import QueueMessage
from app.jobs.registry import JobKind, kind_of
from app.jobs.types import Job, JobState
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.ids import new_id


async def enqueue(session: Session, kind: str, payload: dict[str, Any]) -> UUID:
    """Queue a job of the session's tenant in the session's transaction: it exists if and only if that commits."""
    message = QueueMessage(session.tenant_id, new_id())
    await repository.insert(session, message.job_id, kind, payload)
    await _send(session, kind_of(kind), message)
    return message.job_id


async def enqueue_once(session: Session, kind: str, payload: dict[str, Any]) -> UUID:
    """Queue a job unless one of this kind and payload is queued or running; the id of that one or the new one.

    Only jobs that were queued in this way count.
    """
    message = QueueMessage(session.tenant_id, new_id())
    while not await repository.insert_once(session, kind, [(message.tenant_id, message.job_id, payload)]):
        if found := await repository.find_unfinished(session, kind, payload):
            return found
        # The other one has finished between the two statements.
    await _send(session, kind_of(kind), message)
    return message.job_id


async def enqueue_due(session: Session, kind: str, due: Sequence[tuple[UUID, dict[str, Any]]]) -> int:
    """Queue jobs of many tenants, each given by tenant and payload, as `enqueue_once` does; how many were queued.

    Two statements for any number of jobs, in the system scope.
    """
    wanted = [(tenant_id, new_id(), payload) for tenant_id, payload in due]
    inserted = await repository.insert_once(session, kind, wanted) if wanted else []
    if inserted:
        messages = [QueueMessage(tenant_id, job_id) for tenant_id, job_id in inserted]
        await engine.send(session, kind_of(kind).queue, messages)
    return len(inserted)


async def get_job(session: Session, job_id: UUID) -> Job:
    return require_found(await repository.get(session, job_id), "job", job_id)


async def remove_finished(session: Session, limit: int, *, state: JobState, kept: timedelta) -> int:
    """Remove jobs of all tenants that ended in this state longer ago than they are kept; how many there were."""
    return await repository.remove_finished(session, state, clock.now() - kept, limit)


async def _send(session: Session, kind: JobKind, message: QueueMessage) -> None:
    priority = await _fair_priority(session, kind) if kind.fair else 0
    await engine.send(session, kind.queue, [message], priority=priority)


async def _fair_priority(session: Session, kind: JobKind) -> int:
    """Start-time fair queueing: behind the next message, by one place for each unfinished job of the tenant.

    Counted from the head of the queue and not from zero, so that single jobs of other tenants do not overtake a
    tenant with a long backlog for ever. The job itself is inserted already.
    """
    return await engine.top_priority(session, kind.queue) - (await repository.count_unfinished(session, kind.name) - 1)
