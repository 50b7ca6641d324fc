"""Channels of numbered events that clients follow while they happen, across any number of API processes."""

from app.live.errors import EventTooLarge
from app.live.hub import LiveHub
from app.live.service import last_number, publish, remove_old_events
from app.live.subscription import Subscription
from app.live.types import RESET, LiveEvent

__all__ = [
    "RESET",
    "EventTooLarge",
    "LiveEvent",
    "LiveHub",
    "Subscription",
    "last_number",
    "publish",
    "remove_old_events",
]
