"""Fair shares of the database: no credential can hold all connections of this process.

A key that sends two hundred slow requests at once waits for itself. The requests of others find a free connection.
"""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.api.errors import TooManyAtOnce


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
