"""The files of recordings in an archive. Neither their content nor the list of them is held in memory."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import IO, cast

import orjson

from app.exports import repository
from app.exports.files.archive import Archive
from app.exports.files.manifest import WrittenRecordings
from app.exports.types import WrittenFile
from app.platform.database import Session
from app.platform.errors import RangeNotSatisfiable
from app.platform.storage import ObjectMissing, ObjectStore

_BLOCK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Recording:
    """A recording of the snapshot. `name` is that of its file in the archive."""

    name: str
    key: str
    size_bytes: int
    sha256: str


async def list_recordings(session: Session) -> IO[bytes]:
    """The recordings of the snapshot in a temporary file, so that no transaction is open while they are copied."""
    listing = _temporary_file()
    async for row in repository.stream_recordings(session):
        name = f"recordings/{row.id}.{row.container}"
        line = {"name": name, "key": row.storage_key, "size_bytes": row.size_bytes, "sha256": row.sha256.hex()}
        listing.write(orjson.dumps(line) + b"\n")
    return listing


async def write_recordings(
    store: ObjectStore, archive: Archive, listing: IO[bytes], after_each: Callable[[int], Awaitable[None]]
) -> WrittenRecordings:
    """Copy the recordings into the archive, and their checksums as `sha256sum` writes and checks them.

    A recording that is missing or damaged does not stop the others: the manifest names it.
    """
    faults: list[tuple[str, str]] = []
    count = size_bytes = done = 0
    with listing, _temporary_file() as checksums:
        for recording in _listed(listing):
            written = await _copy(store, archive, recording)
            if written is None:
                faults.append((recording.name, "there is no such file in the object store, or it is too short"))
            else:
                count += 1
                size_bytes += written.size_bytes
                checksums.write(f"{written.sha256}  {written.name}\n".encode())
                if written.sha256 != recording.sha256:
                    faults.append((recording.name, "its bytes are not those that were stored: the checksum differs"))
            done += 1
            await after_each(done)
        return WrittenRecordings(count, size_bytes, await _write_checksums(archive, checksums), faults)


async def _copy(store: ObjectStore, archive: Archive, recording: _Recording) -> WrittenFile | None:
    async with aclosing(store.open_range(recording.key, 0, recording.size_bytes)) as blocks:
        try:
            # Before the file is begun: one that is missing is not in the archive, not even empty.
            first = await anext(blocks, b"")
        except (ObjectMissing, RangeNotSatisfiable):
            return None
        async with archive.file(recording.name, compress=False) as file:
            await file.write(first)
            async for block in blocks:
                await file.write(block)
    return file.written


async def _write_checksums(archive: Archive, checksums: IO[bytes]) -> WrittenFile:
    checksums.seek(0)
    async with archive.file("recordings.sha256", compress=True) as file:
        while block := checksums.read(_BLOCK_BYTES):
            await file.write(block)
    return file.written


def _listed(listing: IO[bytes]) -> Iterator[_Recording]:
    listing.seek(0)
    for line in listing:
        yield _Recording(**orjson.loads(line))


def _temporary_file() -> IO[bytes]:
    # The caller closes it, and it is gone then.
    return cast(IO[bytes], tempfile.TemporaryFile())
