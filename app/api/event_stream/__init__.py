"""Live events as server-sent events: `event_stream(…)` is the answer of a route that follows a channel."""

from app.api.event_stream.response import EventStream, event_stream
from app.api.event_stream.wire import LastEventIdDep, event_stream_responses

__all__ = ["EventStream", "LastEventIdDep", "event_stream", "event_stream_responses"]
