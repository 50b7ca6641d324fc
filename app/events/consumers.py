"""Consumers: what a package does about events of packages below, after they have happened.

A consumer is called for every sealed event of its types, in the sealed order of the tenant, in a transaction of its own
with its cursor. So the effects of its handler in the database happen exactly once, and other effects at least once. A
consumer cannot refuse an event. What may refuse a change is called before the change, by the code that makes it.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from app.events.catalogue import DomainEvent
from app.events.types import RecordedEvent
from app.platform.database import Session

Handler = Callable[[Session, RecordedEvent], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Consumer:
    """`name`: its cursors are stored under it, so it never changes."""

    name: str
    types: tuple[str, ...]
    handler: Handler


_consumers: dict[str, Consumer] = {}


def consume(name: str, handler: Handler, *, types: Iterable[type[DomainEvent]]) -> None:
    """Register a consumer, at start, in app.wiring.

    The handler works in the session that it is given, records an event if it changes journalled rows, and leaves
    everything slow to a job. A new consumer begins at the start of the tenant's backlog: the batches that the other
    consumers have not all consumed.
    """
    _consumers[name] = Consumer(name, tuple(kind.name for kind in types), handler)


def registered_consumers() -> tuple[Consumer, ...]:
    return tuple(_consumers.values())
