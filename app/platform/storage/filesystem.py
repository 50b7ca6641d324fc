"""Objects as files in one directory."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from app.platform import clock
from app.platform.errors import RangeNotSatisfiable, Unavailable
from app.platform.storage.errors import ObjectMissing
from app.platform.storage.port import ObjectStore, StoredObject, check_move, checked_key
from app.platform.storage.streaming import in_thread, pour, receive

BLOCK_BYTES = 512 * 1024
# An upload of this age lost its process: the others are written to all the time.
ABANDONED_AFTER = timedelta(days=1)


class FilesystemStore(ObjectStore):
    """`<root>/<tenant>/recordings/~<shard>/<id>`; what is being written lies in `<root>/.incoming`.

    The shard keeps directories small. No key has a segment with a tilde or a leading dot, so shards and
    unfinished uploads never meet a key.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / ".incoming"

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, max_bytes: int) -> StoredObject:
        del media_type  # a file has none: the database knows it
        draft = _FileDraft(key, self._new_file(), self._path(key))
        return await receive(draft, chunks, block_bytes=BLOCK_BYTES, max_bytes=max_bytes)

    def open_range(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        return pour(_FileSource(key, self._path(key), start, end))

    async def size(self, key: str) -> int:
        try:
            return (await in_thread(self._path(key).stat)).st_size
        except FileNotFoundError as error:
            raise ObjectMissing(key) from error

    async def move(self, source: str, target: str) -> None:
        check_move(source, target)
        try:
            await in_thread(_rename, self._path(source), self._path(target))
        except FileNotFoundError as error:
            raise ObjectMissing(source) from error

    async def delete(self, key: str) -> None:
        await in_thread(_remove, self._path(key))

    @asynccontextmanager
    async def local_copy(self, key: str) -> AsyncIterator[Path]:
        path = self._path(key)
        if not await in_thread(path.is_file):
            raise ObjectMissing(key)
        yield path

    async def signed_url(self, key: str, expires_s: int) -> str | None:
        del key, expires_s  # a directory has no address
        return None

    async def prepare(self) -> None:
        await in_thread(_clear_abandoned, self._incoming)

    async def check(self) -> None:
        try:
            await in_thread(_try_writing, self._new_file())
        except OSError as error:
            raise Unavailable(f"objects cannot be stored: {error.strerror}") from error

    async def close(self) -> None:
        """Nothing is held between calls."""

    def _path(self, key: str) -> Path:
        *parents, name = checked_key(key).split("/")
        return self._root.joinpath(*parents, f"~{sha256(key.encode()).hexdigest()[:3]}", name)

    def _new_file(self) -> Path:
        return self._incoming / uuid4().hex


class _FileDraft:
    """A file beside the others, in the same file system, so that it takes its place in one step."""

    def __init__(self, key: str, path: Path, target: Path) -> None:
        self.key = key
        self._path = path
        self._target = target
        self._file: BinaryIO | None = None
        self._published = False

    def write(self, block: bytes) -> None:
        self._opened().write(block)

    def publish(self) -> None:
        with self._opened() as file:
            file.flush()
            os.fsync(file.fileno())
        self._published = True
        _rename(self._path, self._target)

    def discard(self) -> None:
        if self._published:
            _remove(self._target)
        if self._file:
            self._path.unlink(missing_ok=True)
            self._file.close()

    def _opened(self) -> BinaryIO:
        if not self._file:
            _make_directory(self._path.parent)
            self._file = self._path.open("xb")
        return self._file


class _FileSource:
    def __init__(self, key: str, path: Path, start: int, end: int) -> None:
        self._key = key
        self._path = path
        self._start = start
        self._remaining = end - start
        self._file: BinaryIO | None = None

    def open(self) -> None:
        try:
            self._file = self._path.open("rb", buffering=0)
        except FileNotFoundError as error:
            raise ObjectMissing(self._key) from error
        size = os.fstat(self._file.fileno()).st_size
        if not 0 <= self._start <= self._start + self._remaining <= size:
            raise RangeNotSatisfiable(f"the file has {size} bytes")
        self._file.seek(self._start)

    def read(self) -> bytes:
        assert self._file
        block = self._file.read(min(BLOCK_BYTES, self._remaining))
        self._remaining -= len(block)
        return block

    def close(self) -> None:
        if self._file:
            self._file.close()


def _rename(source: Path, target: Path) -> None:
    """Rename so that it outlasts a power failure."""
    _make_directory(target.parent)
    source.replace(target)
    _sync_directory(target.parent)
    _sync_directory(source.parent)


def _remove(path: Path) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        return
    _sync_directory(path.parent)


def _make_directory(path: Path) -> None:
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _try_writing(path: Path) -> None:
    _make_directory(path.parent)
    path.touch(exist_ok=False)
    path.unlink()


def _clear_abandoned(incoming: Path) -> None:
    _make_directory(incoming)
    limit = clock.now() - ABANDONED_AFTER
    for path in incoming.iterdir():
        with suppress(FileNotFoundError):  # another process has finished or cleared it
            if datetime.fromtimestamp(path.stat().st_mtime, UTC) < limit:
                path.unlink()
