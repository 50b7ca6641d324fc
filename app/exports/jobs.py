"""The job that writes the file of an export.

Each attempt to write has an object of its own, which appears when all of it is there. A worker that is killed leaves
nothing that anybody sees; the next attempt starts again and removes what there may be of the ones before.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from app import events, notifications
from app.exports import repository
from app.exports.errors import ExportStopped
from app.exports.events import (
    ExportFailed,
    ExportReady,
    ExportStarted,
    FailedExport,
    ReadyExport,
    StartedExport,
)
from app.exports.files.archive import Sink
from app.exports.files.writer import ExportWriter
from app.exports.removing import object_key, remove_objects
from app.exports.service import WRITE_JOB
from app.exports.types import UNFINISHED, Export, ExportState, WrittenExport
from app.jobs import JobContext, JobKind
from app.notifications import NewNotification
from app.platform import clock
from app.platform.database import Session, Tenant
from app.platform.errors import require_found
from app.platform.settings import Settings
from app.platform.storage import ObjectStore, StoredObject

QUEUE = "exports"
MEDIA_TYPE = "application/zip"
_TIME_LIMIT_S = 12 * 3600
# How often a running export looks whether it was cancelled.
_LOOK_EVERY_S = 2.0
# Blocks between the one who compresses and the one who stores, each of a megabyte or a few.
_BLOCKS_WAITING = 4


async def write_export(context: JobContext) -> None:
    store: ObjectStore = context.resources["store"]
    export_id = UUID(context.payload["export_id"])
    export = await _begin(context, export_id)
    if export.state is not ExportState.RUNNING:
        await remove_objects(store, context.tenant_id, export_id, export.attempts)
        raise ExportStopped("the export was cancelled")
    await remove_objects(store, context.tenant_id, export_id, export.attempts - 1)
    key = object_key(context.tenant_id, export_id, export.attempts)
    written: list[WrittenExport] = []
    checkpoint = _Checkpoint(context, export_id)
    writer = ExportWriter(context.database, store, context.tenant_id, checkpoint)

    async def produce(sink: Sink) -> None:
        written.append(await writer.write(export, sink))

    settings: Settings = context.resources["settings"]
    try:
        async with aclosing(_stream(produce)) as chunks:
            stored = await store.put(key, chunks, media_type=MEDIA_TYPE, max_bytes=settings.max_export_bytes)
        await _finish(context, export, stored, written[0], timedelta(days=settings.export_retention_days))
    except BaseException:
        # Asked rather than inferred: a commit that seems to have failed may have happened.
        await _remove_unless_ready(context, store, export_id, key)
        raise


async def _begin(context: JobContext, export_id: UUID) -> Export:
    async with context.begin() as session:
        attempt = await repository.begin_attempt(session, export_id)
        if attempt is not None:
            await events.record(session, ExportStarted(subject_id=export_id, after=StartedExport(attempt)))
        return require_found(await repository.get(session, export_id), "export", export_id)


async def _finish(
    context: JobContext, export: Export, stored: StoredObject, written: WrittenExport, kept: timedelta
) -> None:
    now = clock.now()
    result = {"export_id": str(export.id), "rows": written.row_count, "size_bytes": stored.size_bytes}
    async with context.finishing(result) as session:
        ready = await repository.set_ready(
            session,
            export.id,
            snapshot_at=written.snapshot_at,
            row_count=written.row_count,
            size_bytes=stored.size_bytes,
            sha256=bytes.fromhex(stored.sha256),
            storage_key=stored.key,
            finished_at=now,
            expires_at=now + kept,
        )
        if not ready:
            raise ExportStopped("the export was cancelled")
        after = ReadyExport(written.snapshot_at, written.row_count, stored.size_bytes, stored.sha256, now + kept)
        await events.record(session, ExportReady(subject_id=export.id, after=after))
        await _tell(
            session,
            export,
            "ready",
            "Your export is ready",
            f"{written.row_count} rows as of {written.snapshot_at:%Y-%m-%d %H:%M} UTC. "
            f"The file can be downloaded until {now + kept:%Y-%m-%d %H:%M} UTC.",
        )


async def give_up(session: Session, payload: dict[str, Any], reason: str) -> None:
    """An export that was cancelled stays so."""
    export_id = UUID(payload["export_id"])
    failed = await repository.end(session, export_id, ExportState.FAILED, clock.now(), before=UNFINISHED, error=reason)
    export = await repository.get(session, export_id)
    if not failed or export is None:
        return
    await events.record(session, ExportFailed(subject_id=export_id, after=FailedExport(reason)))
    await _tell(session, export, "failed", "Your export failed", f"{reason}\n\nYou can ask for it again.")


async def _tell(session: Session, export: Export, occasion: str, title: str, text: str) -> None:
    kind = f"export.{occasion}"
    link, key = f"/exports/{export.id}", f"{kind}/{export.id}"
    new = NewNotification(user_id=export.requested_by, kind=kind, title=title, text=text, link=link, key=key)
    await notifications.notify(session, new)


@dataclass
class _Checkpoint:
    """Notes progress, and stops an export that was cancelled or whose lease is lost."""

    context: JobContext
    export_id: UUID
    _looked_at: float = field(default=0.0)

    async def __call__(self, done: int, total: int) -> None:
        self.context.progress(done, total, "files")
        now = asyncio.get_running_loop().time()
        if now - self._looked_at < _LOOK_EVERY_S:
            return
        self._looked_at = now
        async with self.context.begin() as session:
            export = await repository.get(session, self.export_id)
        if export is None or export.state is not ExportState.RUNNING:
            raise ExportStopped("the export was cancelled")


async def _stream(produce: Callable[[Sink], Awaitable[None]]) -> AsyncGenerator[bytes, None]:
    """What `produce` sends, as a stream. It waits while nobody takes its blocks, and ends with the stream."""
    blocks: asyncio.Queue[bytes | None] = asyncio.Queue(_BLOCKS_WAITING)

    async def run() -> None:
        try:
            await produce(blocks.put)
        finally:
            await blocks.put(None)

    producing = asyncio.create_task(run())
    try:
        while (block := await blocks.get()) is not None:
            yield block
        await producing
    finally:
        producing.cancel()
        await asyncio.wait({producing})
        if not producing.cancelled():
            producing.exception()  # seen: asyncio reports an error that is never looked at


async def _remove_unless_ready(context: JobContext, store: ObjectStore, export_id: UUID, key: str) -> None:
    async with context.database.begin(Tenant(context.tenant_id)) as session:
        export = await repository.get(session, export_id)
    if export is None or export.storage_key != key:
        await store.delete(key)


WRITE_EXPORT = JobKind(
    WRITE_JOB,
    write_export,
    queue=QUEUE,
    fair=True,
    max_attempts=5,
    time_limit_s=_TIME_LIMIT_S,
    on_failure=give_up,
)
