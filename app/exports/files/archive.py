"""A zip file that is written as a stream.

Nothing of its content is held but the block that is being compressed. The directory at its end is held until then:
about half a kilobyte for each file.
"""

import hashlib
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from app.exports.types import WrittenFile
from app.platform.storage.streaming import in_thread

Sink = Callable[[bytes], Awaitable[None]]

# About as fast as PostgreSQL writes; higher levels make CSV a few percent smaller.
_LEVEL = 1


class Archive:
    """A zip file. Files with `compress` false are stored as they are: for what is compressed already.

    Files of more than 4 GB, and more than 65,535 of them, are written by the ZIP64 extensions.
    """

    def __init__(self, sink: Sink, at: datetime) -> None:
        self._sink = sink
        self._at = at
        self._output = _Output()
        self._zip = zipfile.ZipFile(self._output, "w", allowZip64=True)  # type: ignore[call-overload]

    @asynccontextmanager
    async def file(self, name: str, *, compress: bool) -> AsyncIterator["ArchiveFile"]:
        """A new file, to be written within the block."""
        info = zipfile.ZipInfo(name, self._at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        # Python 3.13 gives this attribute a public name, and keeps the old one.
        info._compresslevel = _LEVEL  # type: ignore[attr-defined]  # noqa: SLF001
        info.external_attr = 0o644 << 16
        opened = self._zip.open(info, "w", force_zip64=True)
        file = ArchiveFile(name, opened, self._output, self._sink)
        try:
            yield file
        except BaseException:
            # The archive is lost, but its file must not be left open.
            opened.close()
            raise
        await file.close()

    async def add(self, name: str, content: bytes) -> WrittenFile:
        """A file whose content is there already."""
        async with self.file(name, compress=True) as file:
            await file.write(content)
        return file.written

    async def close(self) -> None:
        await in_thread(self._zip.close)
        await self._sink(self._output.take())


@dataclass
class ArchiveFile:
    """A file in an archive that is being written."""

    name: str
    opened: IO[bytes]
    output: "_Output"
    sink: Sink
    size_bytes: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    async def write(self, block: bytes, convert: Callable[[bytes], bytes] | None = None) -> None:
        """Add a block, or what `convert` makes of it in a thread."""
        await self._send(await in_thread(self._add, block, convert))

    async def close(self) -> None:
        await in_thread(self.opened.close)
        await self._send(self.output.take())

    @property
    def written(self) -> WrittenFile:
        return WrittenFile(self.name, self.size_bytes, self.digest.hexdigest())

    def _add(self, block: bytes, convert: Callable[[bytes], bytes] | None) -> bytes:
        content = block if convert is None else convert(block)
        self.digest.update(content)
        self.size_bytes += len(content)
        self.opened.write(content)
        return self.output.take()

    async def _send(self, compressed: bytes) -> None:
        if compressed:
            await self.sink(compressed)


class _Output:
    """What the zip file is written to. It cannot be sought in, so that sizes follow the files (data descriptors)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken
