"""Recordings: received as a stream, probed, and kept only if they are audio in a supported format."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from decimal import Decimal
from uuid import UUID

from app import events
from app.calls import repository
from app.calls.audio import AudioInfo, NotAudio
from app.calls.errors import DigestMismatch, refused_recording
from app.calls.events import RecordingStored, StoredRecording
from app.calls.probing import probe_safely
from app.calls.types import Recording
from app.platform import clock
from app.platform.database import Session, TransactionFactory
from app.platform.errors import NotFound, require_found
from app.platform.ids import new_id
from app.platform.storage import ObjectStore, StoredObject


async def store_recording(
    begin: TransactionFactory,
    store: ObjectStore,
    call_id: UUID,
    chunks: AsyncIterator[bytes],
    *,
    max_bytes: int,
    sha256: str | None = None,
) -> tuple[Recording, bool]:
    """The call's recording and whether it is a new one: the bytes that it has already are not stored again.

    No transaction is open while bytes flow. Whatever is refused or breaks off leaves neither a row nor an object.
    `sha256` is what the sender says that the bytes have. The number of channels need not be that of the call's
    `channel_roles`: a label can be put right later, a refused recording is lost.
    """
    async with begin() as session:
        tenant_id = session.tenant_id
        await _require_call(session, call_id)
    async with _staged(store, tenant_id, chunks, max_bytes) as staged:
        if sha256 is not None and sha256 != staged.sha256:
            raise DigestMismatch(f"the bytes that arrived have the SHA-256 {staged.sha256}")
        async with begin() as session:
            present = await repository.latest_recording(session, call_id)
        if present is not None and present.sha256 == staged.sha256:
            return present, False
        recording = _recording(tenant_id, call_id, staged, await _probe(store, staged.key))
        kept = await _keep(begin, store, staged, recording)
        return kept, kept.id == recording.id


async def get_recording(session: Session, call_id: UUID) -> Recording:
    """The present recording of a call."""
    return require_found(await repository.latest_recording(session, call_id), "recording of the call", call_id)


async def recording_by_id(session: Session, recording_id: UUID) -> Recording:
    return require_found(await repository.recording_by_id(session, recording_id), "recording", recording_id)


async def _require_call(session: Session, call_id: UUID) -> None:
    if not await repository.call_exists(session, call_id):
        raise NotFound(f"there is no call {call_id}")


@asynccontextmanager
async def _staged(
    store: ObjectStore, tenant_id: UUID, chunks: AsyncIterator[bytes], max_bytes: int
) -> AsyncIterator[StoredObject]:
    """The bytes under a key that nothing refers to, gone in the end unless they were moved."""
    key = f"{tenant_id}/staging/{new_id()}"
    staged = await store.put(key, chunks, media_type="application/octet-stream", max_bytes=max_bytes)
    try:
        yield staged
    finally:
        await store.delete(key)


async def _probe(store: ObjectStore, key: str) -> AudioInfo:
    async with store.local_copy(key) as path:
        try:
            return await probe_safely(path)
        except NotAudio as error:
            raise refused_recording(error) from error


def _recording(tenant_id: UUID, call_id: UUID, staged: StoredObject, audio: AudioInfo) -> Recording:
    recording_id = new_id()
    return Recording(
        id=recording_id,
        call_id=call_id,
        storage_key=f"{tenant_id}/recordings/{recording_id}",
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        media_type=audio.mime_type,
        container=audio.container,
        codec=audio.codec,
        channels=audio.channels,
        sample_rate=audio.sample_rate,
        duration_s=Decimal(str(audio.duration_s)),
        created_at=clock.now(),
    )


async def _keep(begin: TransactionFactory, store: ObjectStore, staged: StoredObject, recording: Recording) -> Recording:
    """Record it, unless the same bytes have come in meanwhile; the recording that the call now has."""
    try:
        await store.move(staged.key, recording.storage_key)
        async with begin() as session:
            await repository.lock_call(session, recording.call_id)
            present = await repository.latest_recording(session, recording.call_id)
            if present is not None and present.sha256 == recording.sha256:
                return present
            await repository.insert_recording(session, recording)
            after = StoredRecording(recording_id=recording.id, **asdict(recording))
            await events.record(session, RecordingStored(subject_id=recording.id, after=after))
            return recording
    finally:
        # Asked rather than inferred: a commit that seems to have failed may have happened.
        async with begin() as session:
            recorded = await repository.recording_by_id(session, recording.id)
        if recorded is None:
            await store.delete(recording.storage_key)
