"""One client's way through a channel."""

import asyncio
import contextlib
import math
import random
from collections.abc import Awaitable, Callable
from typing import Self

from app.live.feed import Feed
from app.live.types import LiveEvent, Reading
from app.platform.errors import Unavailable

_RETRY_S = 1.0


class Subscription:
    """Yields the events after a number in their order, some at a time; nothing (an empty tuple) is a beat.

    Beats come every `beat_s` whether there are events or not, so that a client can be told that the stream is alive
    and the right to follow it can be checked. The first beat comes early by a random part of that, so that clients who
    came together do not all ask the database at one moment.
    """

    def __init__(
        self,
        feed: Feed,
        after: int | None,
        *,
        read: Callable[[int], Awaitable[Reading]],
        beat_s: float,
        life_s: float | None,
    ) -> None:
        self.cursor = feed.newest if after is None else after
        # A number from another process may be newer than what is known here; or it never existed.
        self._unsure = self.cursor > feed.newest
        self._feed = feed
        self._read = read
        self._beat_s = beat_s
        self._clock = asyncio.get_running_loop().time
        self._next_beat = self._clock() + beat_s * random.uniform(0.5, 1)  # noqa: S311
        self._end = math.inf if life_s is None else self._clock() + life_s

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> tuple[LiveEvent, ...]:
        while not self._feed.ended and self._clock() < self._end:
            if self._clock() >= self._next_beat:
                self._next_beat = self._clock() + self._beat_s
                return ()
            changed = self._feed.changed
            try:
                events = await self._next_events()
            except Unavailable:
                await self._wait(changed, self._clock() + _RETRY_S)
                continue
            if events:
                self.cursor = events[-1].number
                return events
            await self._wait(changed, min(self._next_beat, self._end))
        raise StopAsyncIteration

    async def _next_events(self) -> tuple[LiveEvent, ...]:
        found = None if self._unsure else self._feed.after(self.cursor)
        if found is not None:
            return found
        reading = await self._read(self.cursor)
        self._unsure = False
        return reading.or_reset()

    async def _wait(self, changed: asyncio.Event, until: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await changed.wait()
