"""Asking for work, and asking after it."""

from typing import Any
from uuid import UUID

from app.jobs import engine, repository
from app.jobs.registry import JobKind, kind_of
from app.jobs.types import Job
from app.platform.database import Session
from app.platform.errors import NotFound
from app.platform.ids import new_id


async def enqueue(session: Session, kind: str, payload: dict[str, Any]) -> UUID:
    """Queue a job of the session's tenant in the session's transaction: it exists if and only if that commits."""
    tenant_id = session.tenant_id
    what = kind_of(kind)
    priority = await _turn(session, what) if what.fair else 0
    job_id = new_id()
    await repository.insert(session, tenant_id, job_id, kind, payload)
    await engine.put(session, what.queue, engine.Ticket(tenant_id, job_id), priority=priority)
    return job_id


async def enqueue_once(session: Session, kind: str, payload: dict[str, Any]) -> UUID:
    """Queue a job unless the same one waits or runs already; its id either way."""
    return await repository.unfinished(session, kind, payload) or await enqueue(session, kind, payload)


async def _turn(session: Session, kind: JobKind) -> int:
    """Start-time fair queueing: behind whoever is next, by one place for each job that the tenant already has waiting.

    Counted from the front of the queue and not from zero, so that a tenant with a long backlog is not overtaken
    for ever by those who come with one job at a time.
    """
    return await engine.front(session, kind.queue) - await repository.waiting(session, kind.name)


async def get_job(session: Session, job_id: UUID) -> Job:
    job = await repository.get(session, job_id)
    if job is None:
        raise NotFound(f"there is no job {job_id}")
    return job
