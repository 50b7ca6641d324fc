"""Errors of live events."""

from app.platform.errors import TooLarge, Unavailable


class EventTooLarge(TooLarge):
    code = "event_too_large"
    title = "The data of a live event is too large"


class Stopping(Unavailable):
    code = "stopping"
    title = "This process is about to stop"

    def __init__(self) -> None:
        super().__init__("this process is about to stop: connect again", headers={"Retry-After": "2"})
