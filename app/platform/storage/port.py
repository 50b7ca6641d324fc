"""The object store port: what every store promises, whatever it is made of."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# No segment starts with a dot: neither `..` nor a store's own hidden directories can be named.
_KEY = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MAX_KEY_LENGTH = 200


@dataclass(frozen=True, slots=True)
class StoredObject:
    key: str
    size_bytes: int
    sha256: str  # lower-case hexadecimal


class ObjectStore(Protocol):
    """Objects by key, such as `<tenant>/recordings/<id>`; a key is written once and its object never changes.

    Content is always streamed: no call holds more than one block of a few megabytes. A key that could lead
    out of the store is a `ValueError`, a key without an object `ObjectMissing`, a store that does not answer
    `Unavailable`.
    """

    async def put(self, key: str, chunks: AsyncIterator[bytes], *, media_type: str, max_bytes: int) -> StoredObject:
        """Store what `chunks` give; past `max_bytes` it is `TooLarge`.

        The object appears when all of it is there. A call that does not return, be it for an error or a
        cancellation, leaves nothing behind.
        """
        ...

    def open_range(self, key: str, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `start` up to, not including, `end`; `RangeNotSatisfiable` if they are not all there."""
        ...

    async def size(self, key: str) -> int:
        """The object's length in bytes."""
        ...

    async def move(self, source: str, target: str) -> None:
        """Give the object another key; afterwards the old one is missing."""
        ...

    async def delete(self, key: str) -> None:
        """Remove the object; no error if there is none."""
        ...

    def local_copy(self, key: str) -> AbstractAsyncContextManager[Path]:
        """A file with the object's content, to be read only and only inside the block."""
        ...

    async def signed_url(self, key: str, expires_s: int) -> str | None:
        """A signed URL of the object, or None where the application has to serve it."""
        ...

    async def prepare(self) -> None:
        """Make the place for the objects if it does not exist; part of setting up, and safe to repeat."""
        ...

    async def check(self) -> None:
        """Return if objects can be stored here and now, else raise `Unavailable`."""
        ...

    async def close(self) -> None:
        """Let go of connections; the store is not used afterwards."""
        ...


def checked_key(key: str) -> str:
    """The key itself, if it cannot name anything outside the store."""
    if len(key) > _MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise ValueError(f"not an object key: {key[:_MAX_KEY_LENGTH]!r}")
    return key


def check_move(source: str, target: str) -> None:
    """Both are keys, and two: where a move is a copy and a deletion, one onto itself would lose the object."""
    if checked_key(source) == checked_key(target):
        raise ValueError("an object cannot be moved to its own key")
