"""What a process holds of a channel that has subscribers here: the newest number and a window of recent events."""

import asyncio

from app.live.types import ChannelKey, LiveEvent, Reading

# Events that a subscriber takes at once.
BATCH = 100


class Feed:
    """The events of a channel in their order, shared by all its subscribers in this process.

    The window is bounded. Subscribers hold nothing but a number, and one that has fallen behind the window reads from
    the database, so that a slow client costs no memory.
    """

    def __init__(self, key: ChannelKey, window: int) -> None:
        self.key = key
        self.subscribers = 0
        self.opened = False
        self.ended = False
        # Whether there may be events in the database that are not in here, and whether a task is reading them.
        self.behind = False
        self.catching_up = False
        self.newest = 0
        # Held by whoever reads the channel from the database.
        self.reading = asyncio.Lock()
        self._most = window
        self._window: dict[int, LiveEvent] = {}
        self._changed = asyncio.Event()

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change. Take it before looking at the feed."""
        return self._changed

    def begin_at(self, reading: Reading) -> None:
        """Start with the latest events, so that clients that come back find theirs in the window."""
        self.newest = reading.last_number
        self.opened = True
        for event in reading.events:
            self._keep(event)

    def add(self, reading: Reading) -> None:
        """Take in events that were read after the newest one."""
        if reading.last_number < self.newest:
            # The database is an older one, restored from a backup. Clients connect again and are told to start anew.
            self.end()
        elif reading.is_complete:
            for event in reading.events:
                self._keep(event)
                self.newest = event.number
        else:
            self._window.clear()
            self.newest = reading.last_number
        self._announce()

    def after(self, number: int) -> tuple[LiveEvent, ...] | None:
        """The next events after a number, none if it is the newest; None where the window no longer holds them."""
        if number >= self.newest:
            return ()
        found: list[LiveEvent] = []
        while len(found) < BATCH and (event := self._window.get(number + len(found) + 1)):
            found.append(event)
        return tuple(found) or None

    def end(self) -> None:
        """End all subscriptions."""
        self.ended = True
        self._announce()

    def _keep(self, event: LiveEvent) -> None:
        self._window[event.number] = event
        if len(self._window) > self._most:
            del self._window[next(iter(self._window))]

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
