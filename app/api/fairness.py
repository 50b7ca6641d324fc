"""Fair shares of this process: no credential holds all its database connections, no tenant all its event streams.

A key that sends two hundred slow requests at once waits for itself. The requests of others find a free connection.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Hashable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from app.api.errors import NoStreamFree, TooManyAtOnce, TooManyComputations, TooManyStreams

H = TypeVar("H", bound=Hashable)


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


class Computations:
    """So many results are computed at once: `most` in all, half of them for one tenant, `most_each` for a credential.

    A credential's further requests are refused. Those beyond the other limits wait up to `wait_s`; they hold neither a
    thread nor a connection meanwhile.
    """

    def __init__(self, *, most: int, most_each: int = 2, wait_s: float = 20) -> None:
        self.most_each = most_each
        self.wait_s = wait_s
        self._most_of_tenant = max(1, most // 2)
        self._free = asyncio.Semaphore(most)
        self._open: Counter[tuple[UUID, Hashable]] = Counter()
        self._of_tenant: dict[UUID, _Share] = {}

    @asynccontextmanager
    async def hold(self, tenant_id: UUID, holder: Hashable) -> AsyncIterator[None]:
        """One computation of the holder while the block runs; TooManyComputations where there are too many."""
        if self._open[tenant_id, holder] >= self.most_each:
            raise TooManyComputations(f"{self.most_each} results of this credential are being computed: wait for one")
        with _counted(self._open, (tenant_id, holder)):
            share = self._of_tenant.setdefault(tenant_id, _Share(asyncio.Semaphore(self._most_of_tenant)))
            share.users += 1
            try:
                async with AsyncExitStack() as held:
                    await self._acquire(held, share.free, self._free)
                    yield
            finally:
                share.users -= 1
                if not share.users:
                    del self._of_tenant[tenant_id]

    async def _acquire(self, held: AsyncExitStack, *semaphores: asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(self.wait_s):
                for semaphore in semaphores:
                    await held.enter_async_context(semaphore)
        except TimeoutError as error:
            raise TooManyComputations(f"no other computation ended within {self.wait_s:g} s") from error

    def __len__(self) -> int:
        """How many computations run or wait at this moment."""
        return self._open.total()


@contextmanager
def _counted(counts: "Counter[H]", holder: H) -> Iterator[None]:
    """One more of the holder while the block runs. Nothing is kept about a holder of none."""
    counts[holder] += 1
    try:
        yield
    finally:
        counts[holder] -= 1
        if not counts[holder]:
            del counts[holder]


class OpenStreams:
    """Each holder may have `most_each` streams open, a guest `most_of_guest`, a tenant `most_of_tenant`, all `most`.

    A stream holds no connection.
    """

    def __init__(self, *, most: int, most_each: int, most_of_guest: int, most_of_tenant: int) -> None:
        self.most = most
        self.most_each = most_each
        self.most_of_guest = most_of_guest
        self.most_of_tenant = most_of_tenant
        self._open: Counter[tuple[UUID, Hashable]] = Counter()
        self._of_tenant: Counter[UUID] = Counter()

    @contextmanager
    def hold(self, tenant_id: UUID, holder: Hashable, *, guest: bool = False) -> Iterator[None]:
        """One stream of the holder while the block runs; an error that says when to try again where there are many."""
        most_each = min(self.most_each, self.most_of_guest) if guest else self.most_each
        if self._open[tenant_id, holder] >= most_each:
            raise TooManyStreams(f"this credential has {most_each} event streams open: close one")
        if self._of_tenant[tenant_id] >= self.most_of_tenant:
            raise NoStreamFree(f"this tenant has {self.most_of_tenant} event streams of this process open: try again")
        if self._open.total() >= self.most:
            raise NoStreamFree(f"this process has {self.most} event streams open: try again")
        with _counted(self._open, (tenant_id, holder)), _counted(self._of_tenant, tenant_id):
            yield

    def __len__(self) -> int:
        """How many streams are open at this moment."""
        return self._open.total()
