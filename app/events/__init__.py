"""The append-only journal of everything that changes, and the way its news travels upwards."""

from app.events.service import list_events, record
from app.events.subscriptions import subscribe
from app.events.types import Event

__all__ = ["Event", "list_events", "record", "subscribe"]
