"""Fair shares of this process: no credential can hold all its database connections, or all its event streams.

A key that sends two hundred slow requests at once waits for itself. The requests of others find a free connection.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from app.api.errors import NoStreamFree, TooManyAtOnce, TooManyStreams


@dataclass(slots=True)
class _Share:
    free: asyncio.Semaphore
    # How many transactions hold a part of the share or wait for one.
    users: int = 0


class ConnectionShares:
    """Each holder gets half of the pool at most, but two connections at least. It waits for one up to `wait_s`."""

    def __init__(self, pool_size: int, *, wait_s: float = 5) -> None:
        self.most = max(2, pool_size // 2)
        self.wait_s = wait_s
        self._shares: dict[Hashable, _Share] = {}

    @asynccontextmanager
    async def hold(self, holder: Hashable) -> AsyncIterator[None]:
        """One connection of the holder's share while the block runs; TooManyAtOnce where none gets free in time."""
        share = self._shares.get(holder)
        if share is None:
            share = self._shares[holder] = _Share(asyncio.Semaphore(self.most))
        share.users += 1
        try:
            await self._acquire(share)
            try:
                yield
            finally:
                share.free.release()
        finally:
            share.users -= 1
            if not share.users:
                del self._shares[holder]

    async def _acquire(self, share: _Share) -> None:
        if not share.free.locked():
            await share.free.acquire()
            return
        try:
            async with asyncio.timeout(self.wait_s):
                await share.free.acquire()
        except TimeoutError as error:
            raise TooManyAtOnce(
                f"{self.most} requests of this credential are being served, and none ended within {self.wait_s:g} s",
                retry_after_s=1,
            ) from error

    def __len__(self) -> int:
        """How many holders there are at this moment."""
        return len(self._shares)


class OpenStreams:
    """Each holder may have `most_each` streams open, and all together `most`. A stream holds no connection."""

    def __init__(self, *, most: int, most_each: int) -> None:
        self.most = most
        self.most_each = most_each
        self._open: Counter[Hashable] = Counter()

    @contextmanager
    def hold(self, holder: Hashable) -> Iterator[None]:
        """One stream of the holder while the block runs; an error that says when to try again where there are many."""
        if self._open[holder] >= self.most_each:
            raise TooManyStreams(f"this credential has {self.most_each} event streams open: close one")
        if self._open.total() >= self.most:
            raise NoStreamFree(f"this process has {self.most} event streams open: try again")
        self._open[holder] += 1
        try:
            yield
        finally:
            self._open[holder] -= 1
            if not self._open[holder]:
                del self._open[holder]

    def __len__(self) -> int:
        """How many streams are open at this moment."""
        return self._open.total()
