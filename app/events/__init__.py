"""The append-only journal of everything that changes, and the way its news travels upwards."""

from app.events.sealing import seal_all, seal_tenant
from app.events.service import list_events, record
from app.events.subscriptions import subscribe
from app.events.types import Event, FaultKind, Head, JournalFault, Verification
from app.events.verification import verify

__all__ = [
    "Event",
    "FaultKind",
    "Head",
    "JournalFault",
    "Verification",
    "list_events",
    "record",
    "seal_all",
    "seal_tenant",
    "subscribe",
    "verify",
]
