"""Asking for exports, reading, cancelling and deleting them."""

from collections.abc import Sequence
from uuid import UUID

from app import events, jobs
from app.exports import repository
from app.exports.errors import ExportGone, ExportNotReady, TooManyExports
from app.exports.events import (
    ExportCancelled,
    ExportDeleted,
    ExportDownloaded,
    ExportRequested,
    RequestedExport,
)
from app.exports.tables import RECORDINGS, TABLE_NAMES, tables_named
from app.exports.types import UNFINISHED, Export, ExportState, NewExport
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import FieldError, Invalid, json_pointer, require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

WRITE_JOB = "exports.write"
REMOVE_JOB = "exports.remove_files"

# Of a tenant at a time. Each of them reads everything and fills the object store.
MOST_UNFINISHED = 3


async def request_export(session: Session, new: NewExport) -> Export:
    """Queue an export. Recordings bring the table that names them along."""
    tables = _tables(new)
    if await repository.lock_requests(session) >= MOST_UNFINISHED:
        raise TooManyExports(f"{MOST_UNFINISHED} exports are not finished: wait for one of them, or cancel it")
    export_id = new_id()
    export = Export(
        id=export_id,
        tables=tables,
        everything=new.tables is None,
        format=new.format,
        recordings=new.recordings,
        state=ExportState.QUEUED,
        requested_by=new.requested_by,
        job_id=await jobs.enqueue(session, WRITE_JOB, {"export_id": export_id}),
        attempts=0,
        snapshot_at=None,
        row_count=None,
        size_bytes=None,
        sha256=None,
        storage_key=None,
        error=None,
        created_at=clock.now(),
        finished_at=None,
        expires_at=None,
        files_removed_at=None,
        progress=None,
    )
    await repository.insert(session, export)
    after = RequestedExport(tables, export.everything, export.format, export.recordings, export.requested_by)
    await events.record(session, ExportRequested(subject_id=export_id, after=after))
    return export


async def get_export(session: Session, export_id: UUID) -> Export:
    return require_found(await repository.get(session, export_id), "export", export_id)


async def list_exports(session: Session, page: PageRequest, *, state: ExportState | None) -> Page[Export]:
    """Exports, newest first."""
    return await repository.page_of_exports(session, page, state)


async def file_of_export(session: Session, export_id: UUID) -> Export:
    """An export whose file can be downloaded; a conflict where there is none yet, or none any more."""
    export = await get_export(session, export_id)
    if export.state in UNFINISHED:
        raise ExportNotReady(f"the export is {export.state}: ask again later")
    if export.state in (ExportState.FAILED, ExportState.CANCELLED):
        raise ExportNotReady(f"the export has {export.state}" if export.error is None else export.error)
    if export.state is not ExportState.READY or _has_expired(export):
        raise ExportGone("ask for a new export")
    return export


async def record_download(session: Session, export: Export, *, resumes: bool) -> None:
    """Journal a download. One that resumes is in the journal already, unless this is the first that is asked for."""
    if resumes and await repository.was_downloaded(session, export.id, ExportDownloaded.name):
        return
    await events.record(session, ExportDownloaded(subject_id=export.id))


async def delete_export(session: Session, export_id: UUID) -> None:
    """Cancel an export that is not finished, or remove the file of one that is. The export stays in the list."""
    export = require_found(await repository.lock(session, export_id), "export", export_id)
    if export.state in UNFINISHED:
        await repository.end(session, export_id, ExportState.CANCELLED, clock.now(), before=UNFINISHED)
        await events.record(session, ExportCancelled(subject_id=export_id))
    elif export.state is ExportState.READY:
        await repository.end(session, export_id, ExportState.DELETED, clock.now(), before=[ExportState.READY])
        await events.record(session, ExportDeleted(subject_id=export_id))
    else:
        return
    await jobs.enqueue_once(session, REMOVE_JOB, {})


def _has_expired(export: Export) -> bool:
    return export.expires_at is not None and export.expires_at <= clock.now()


def _tables(new: NewExport) -> list[str]:
    if new.tables is None:
        return list(TABLE_NAMES)
    _require_known(new.tables)
    names = {*new.tables, RECORDINGS} if new.recordings else set(new.tables)
    return [table.name for table in tables_named(names)]


def _require_known(names: Sequence[str]) -> None:
    unknown = {place: name for place, name in enumerate(names) if name not in TABLE_NAMES}
    if unknown:
        errors = tuple(
            FieldError(json_pointer(["what", place]), f"there is no table {name!r} to export")
            for place, name in unknown.items()
        )
        raise Invalid(f"unknown tables; there are: {', '.join(TABLE_NAMES)}", field_errors=errors)
