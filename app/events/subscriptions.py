"""What a lower package causes in a higher one: handlers run in the transaction that recorded the event.

A handler that raises refuses the change. Handlers are connected once, at start, in app.wiring.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable

from app.events.types import RecordedEvent
from app.platform.database import Session

Handler = Callable[[Session, RecordedEvent], Awaitable[None]]

_handlers: defaultdict[str, list[Handler]] = defaultdict(list)


def subscribe(event_type: str, handler: Handler) -> None:
    """Connect a handler; connecting the same one again changes nothing."""
    if handler not in _handlers[event_type]:
        _handlers[event_type].append(handler)


async def publish(session: Session, event: RecordedEvent) -> None:
    for handler in _handlers.get(event.type, ()):
        await handler(session, event)
