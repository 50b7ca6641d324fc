"""The records of live events."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

# The kind of the event that a client gets in place of events that are gone. Nobody publishes it.
RESET = "reset"


@dataclass(frozen=True, slots=True)
class LiveEvent:
    """`number`: its place in the channel. The first event is number 1, and no number is left out."""

    number: int
    kind: str
    data: dict[str, Any]
    # None for a reset, which is not stored.
    created_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChannelKey:
    tenant_id: UUID
    id: UUID


@dataclass(frozen=True, slots=True)
class Notice:
    """What PostgreSQL tells the listeners at the commit of an event."""

    channel: ChannelKey
    number: int

    @classmethod
    def read(cls, payload: str) -> Self:
        """The notice in `tenant/channel/number`; ValueError where the text is none."""
        tenant_id, channel_id, number = payload.split("/")
        return cls(ChannelKey(UUID(tenant_id), UUID(channel_id)), int(number))


@dataclass(frozen=True, slots=True)
class Reading:
    """The events after a number, a limited count of them, and the last number of the channel at that moment."""

    after: int
    last_number: int
    events: tuple[LiveEvent, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the events follow the number without a gap: none of them was removed, and the number existed."""
        if not self.events:
            return self.after == self.last_number
        first, last = self.events[0].number, self.events[-1].number
        return first == self.after + 1 and last == self.after + len(self.events)

    def or_reset(self) -> tuple[LiveEvent, ...]:
        """The events; where some are gone, one event that says so and stands at the end of the channel."""
        if self.is_complete:
            return self.events
        detail = f"events after number {self.after} are not kept: read the resource again"
        return (LiveEvent(self.last_number, RESET, {"detail": detail}, None),)
