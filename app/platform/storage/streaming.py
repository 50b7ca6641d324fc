"""Blocking I/O seen from the event loop: one block at a time, in a thread, with nothing left over.

A store describes an upload as a `Draft` and a download as a `Source`, in plain blocking calls; `receive` and
`pour` drive them. What must hold when a client goes away in the middle is therefore said once, here.
"""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar

from anyio import CancelScope

from app.platform.errors import TooLarge
from app.platform.storage.port import StoredObject

THREADS = 16
# Not the loop's own threads: a slow store must not hold up what else needs one, such as checking a password.
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

P = ParamSpec("P")
T = TypeVar("T")


class Draft(Protocol):
    """An object that is being written. Each call blocks."""

    key: str

    def write(self, block: bytes) -> None: ...

    def publish(self) -> None:
        """Make the object appear under its key."""
        ...

    def discard(self) -> None:
        """Undo everything, publication included; called after any failure, whatever was done before."""
        ...


class Source(Protocol):
    """A stretch of an object that is being read. Each call blocks."""

    def open(self) -> None: ...

    def read(self) -> bytes:
        """The next bytes; none at the end."""
        ...

    def close(self) -> None:
        """Called in every case, even if `open` failed or never ran."""
        ...


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a blocking call in a thread and, even if cancelled, not return before it has ended.

    A call that went on alone could write to a file that its caller has just removed.
    """
    in_context = partial(copy_context().run, call, *args, **kwargs)
    work = asyncio.get_running_loop().run_in_executor(_pool, in_context)
    # The scope holds off a cancellation by anyio (Starlette's), the handler one by asyncio.
    with CancelScope(shield=True):
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            await _outlast(work)
            raise
    return work.result()


async def _outlast(work: asyncio.Future[Any]) -> None:
    while not work.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([work])
    work.exception()  # seen: asyncio reports an error that is never looked at


async def receive(draft: Draft, chunks: AsyncIterator[bytes], *, block_bytes: int, max_bytes: int) -> StoredObject:
    """Write the chunks to the draft and publish it, or discard it."""
    digest = hashlib.sha256()
    size = 0

    def write(block: bytes) -> None:
        digest.update(block)
        draft.write(block)

    try:
        async for block in _blocks(chunks, block_bytes=block_bytes, max_bytes=max_bytes):
            size += len(block)
            await in_thread(write, block)
        await in_thread(draft.publish)
    except BaseException:
        await in_thread(draft.discard)
        raise
    return StoredObject(draft.key, size, digest.hexdigest())


async def pour(source: Source) -> AsyncGenerator[bytes, None]:
    try:
        await in_thread(source.open)
        while block := await in_thread(source.read):
            yield block
    finally:
        await in_thread(source.close)


async def _blocks(chunks: AsyncIterator[bytes], *, block_bytes: int, max_bytes: int) -> AsyncIterator[bytes]:
    """The same bytes in blocks of exactly `block_bytes`, the last one shorter."""
    total = 0
    block = bytearray()
    async for chunk in chunks:
        total += len(chunk)
        if total > max_bytes:
            raise TooLarge(f"at most {max_bytes} bytes are accepted")
        rest = memoryview(chunk)
        while rest:
            room = block_bytes - len(block)
            block += rest[:room]
            rest = rest[room:]
            if len(block) == block_bytes:
                yield _emptied(block)
    if block:
        yield _emptied(block)


def _emptied(block: bytearray) -> bytes:
    content = bytes(block)
    block.clear()  # now, not after the block is written: two of them are too much
    return content
