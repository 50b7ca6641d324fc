"""Server-sent events on the wire (WHATWG HTML, section 9.2): what is sent, and the number that a client sends back."""

import re
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header

from app.api.errors import NoStreamFree, TooManyStreams
from app.api.problems import problem_responses
from app.live import LiveEvent
from app.platform.errors import DomainError, invalid

MEDIA_TYPE = "text/event-stream"
# `X-Accel-Buffering`: nginx would collect events otherwise.
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
# The client connects again after so many milliseconds.
BEGINNING = b"retry: 2000\n\n"
# A comment. It shows the client, and what is between, that the stream is alive.
HEARTBEAT = b":\n\n"

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_EXAMPLE = 'id: 7\nevent: revealed\ndata: {"by":"0193b1c0-0000-7000-8000-000000000000"}\n\n'


def render(event: LiveEvent) -> bytes:
    """An event as it is sent. JSON has no line break, so the data is one line."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (event.number, event.kind.encode(), orjson.dumps(event.data))


async def _last_event_id(
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=100,
            description="The id of the last event that was received: the stream goes on after it.",
        ),
    ] = None,
) -> int | None:
    """The number after which a client follows the channel; None: from now on."""
    if last_event_id is None:
        return None
    if not _NUMBER.fullmatch(last_event_id):
        raise invalid("Last-Event-ID", "this is not the id of an event: send the last one received, or leave it out")
    return int(last_event_id)


LastEventIdDep = Annotated[int | None, Depends(_last_event_id)]


def event_stream_responses(description: str, *errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """The documentation of what a route that follows a channel answers. `description` names its events."""
    text = (
        f"{description} A `reset` event says that events in between are gone: read the resource again, and go on. "
        "Comments keep the stream alive; it ends after a time, and the client connects again."
    )
    content = {MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}}
    return {
        200: {"description": text, "content": content},
        **problem_responses(*errors, TooManyStreams, NoStreamFree),
    }
