"""The job that removes files of exports: of those that have expired, failed, or were cancelled or deleted."""

from uuid import UUID

from app import events
from app.exports import repository
from app.exports.events import ExportExpired, ExportFileRemoved
from app.exports.service import REMOVE_JOB
from app.exports.types import Export, ExportState
from app.jobs import DueJob, JobContext, JobSchedule
from app.platform import clock
from app.platform.database import Session
from app.platform.storage import ObjectStore


def object_key(tenant_id: UUID, export_id: UUID, attempt: int) -> str:
    """Where an attempt to write an export puts its file."""
    return f"{tenant_id}/exports/{export_id}-{attempt}.zip"


async def remove_objects(store: ObjectStore, tenant_id: UUID, export_id: UUID, attempts: int) -> None:
    """Remove what the first `attempts` attempts may have left."""
    for attempt in range(1, attempts + 1):
        await store.delete(object_key(tenant_id, export_id, attempt))


async def find_files_to_remove(session: Session) -> list[DueJob]:
    """The tenants that have such files."""
    tenants = await repository.tenants_with_files_to_remove(session, clock.now())
    return [DueJob(tenant_id) for tenant_id in tenants]


async def remove_files(context: JobContext) -> None:
    store: ObjectStore = context.resources["store"]
    async with context.begin() as session:
        due = await repository.files_to_remove(session, clock.now())
    for export in due:
        await _expire(context, export)
        await remove_objects(store, context.tenant_id, export.id, export.attempts)
        async with context.begin() as session:
            if await repository.set_files_removed(session, export.id, clock.now()):
                await events.record(session, ExportFileRemoved(subject_id=export.id))


async def _expire(context: JobContext, export: Export) -> None:
    """Before the file is removed: nobody is sent to a file that is not there."""
    async with context.begin() as session:
        now, ready = clock.now(), [ExportState.READY]
        if await repository.end(session, export.id, ExportState.EXPIRED, now, before=ready):
            await events.record(session, ExportExpired(subject_id=export.id))


REMOVE_FILES = JobSchedule(REMOVE_JOB, "23 * * * *", find_files_to_remove, remove_files)
