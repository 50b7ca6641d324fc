"""The live events of one process: one listening connection, one reading of each event, any number of subscribers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

import structlog

from app.live import repository
from app.live.errors import Stopping
from app.live.feed import BATCH, Feed
from app.live.listener import Listener
from app.live.metrics import READ_ERRORS, SUBSCRIPTIONS
from app.live.subscription import Subscription
from app.live.types import ChannelKey, Notice, Reading
from app.platform.database import Database, Tenant
from app.platform.errors import Unavailable

log = structlog.get_logger()

_READERS = 2
_RETRY_S = 1.0


class LiveHub:
    """Subscribers wait for the hub and hold no connection; the hub reads with two connections of the pool at most.

    `url`: a database URL that bypasses PgBouncer. `beat_s`: the time between two beats of a subscription. `poll_s`: how
    often channels are read without a notice, so that a lost one delays an event but loses none. `window`: events of a
    channel that are kept in memory.
    """

    def __init__(
        self, database: Database, url: str, *, beat_s: float = 15, poll_s: float = 30, window: int = 256
    ) -> None:
        self._database = database
        self._beat_s = beat_s
        self._window = window
        self._feeds: dict[ChannelKey, Feed] = {}
        self._readers = asyncio.Semaphore(_READERS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._listener = Listener(url, on_notice=self._on_notice, on_doubt=self._read_all, poll_s=poll_s)

    @asynccontextmanager
    async def subscribe(
        self, tenant_id: UUID, channel_id: UUID, after: int | None, *, life_s: float | None = None
    ) -> AsyncIterator[Subscription]:
        """Follow a channel of a tenant from the event after a number; None: from now on.

        It ends after `life_s`, and when the process stops. The client then follows on from its last number, here or in
        another process.
        """
        if self._stopping:
            raise Stopping
        self._listener.start()
        feed = self._join(ChannelKey(tenant_id, channel_id))
        try:
            await self._open(feed)
            read = partial(self._read, feed.key)
            yield Subscription(feed, after, read=read, beat_s=self._beat_s, life_s=life_s)
        finally:
            self._leave(feed)

    def stop(self) -> None:
        """End all subscriptions and take no new ones: the process is about to stop."""
        self._stopping = True
        for feed in self._feeds.values():
            feed.end()

    async def close(self) -> None:
        self.stop()
        await self._listener.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _join(self, key: ChannelKey) -> Feed:
        feed = self._feeds.get(key)
        if feed is None or feed.ended:
            feed = self._feeds[key] = Feed(key, self._window)
        feed.subscribers += 1
        SUBSCRIPTIONS.inc()
        return feed

    def _leave(self, feed: Feed) -> None:
        SUBSCRIPTIONS.dec()
        feed.subscribers -= 1
        if not feed.subscribers and self._feeds.get(feed.key) is feed:
            del self._feeds[feed.key]

    async def _open(self, feed: Feed) -> None:
        async with feed.reading:
            if not feed.opened:
                feed.begin_at(await self._read_latest(feed.key))

    def _on_notice(self, notice: Notice) -> None:
        feed = self._feeds.get(notice.channel)
        if feed and notice.number > feed.newest:
            self._catch_up_soon(feed)

    def _read_all(self) -> None:
        for feed in self._feeds.values():
            self._catch_up_soon(feed)

    def _catch_up_soon(self, feed: Feed) -> None:
        """Read the new events of a channel. Notices that come meanwhile make one more reading, not one each."""
        feed.behind = True
        if not feed.catching_up:
            feed.catching_up = True
            task = asyncio.create_task(self._catch_up(feed))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _catch_up(self, feed: Feed) -> None:
        try:
            while feed.behind and feed.subscribers and not feed.ended:
                await self._try_to_read_new(feed)
        finally:
            feed.catching_up = False

    async def _try_to_read_new(self, feed: Feed) -> None:
        # A notice from now on may be of an event that the reading does not see.
        feed.behind = False
        try:
            await self._read_new(feed)
        except Exception as error:
            feed.behind = True
            READ_ERRORS.inc()
            expected = isinstance(error, Unavailable)
            log.warning("live events cannot be read", error=repr(error), exc_info=None if expected else error)
            await asyncio.sleep(_RETRY_S)

    async def _read_new(self, feed: Feed) -> None:
        async with feed.reading:
            if not feed.opened:
                # Its first subscriber could not read it. The next one reads all that there is.
                return
            reading = await self._read(feed.key, feed.newest)
            feed.add(reading)
            feed.behind = feed.behind or feed.newest < reading.last_number

    async def _read(self, key: ChannelKey, after: int) -> Reading:
        async with self._readers, self._database.begin(Tenant(key.tenant_id)) as session:
            return await repository.read(session, key.id, after, BATCH)

    async def _read_latest(self, key: ChannelKey) -> Reading:
        """The latest events of a channel, as many as the window holds."""
        async with self._readers, self._database.begin(Tenant(key.tenant_id)) as session:
            last = await repository.last_number(session, key.id)
            return await repository.read(session, key.id, max(0, last - self._window), self._window)
