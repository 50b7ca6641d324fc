"""Sending a recording, whole or a range of its bytes, wherever somebody may listen to it."""

import re
from typing import Any

from fastapi import Response
from fastapi.responses import RedirectResponse, StreamingResponse

from app.calls import Recording
from app.platform.errors import RangeNotSatisfiable
from app.platform.storage import ObjectStore

# One range of bytes, which is as much as this service follows of the `Range` header (RFC 9110, section 14).
_ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII)

SIGNED_URL_SECONDS = 300

BINARY = {"schema": {"type": "string", "format": "binary"}}
_WHOLE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The recording.", "content": {"audio/*": BINARY}},
    307: {"description": "The recording lies at the signed URL in `Location`."},
}
_PART: dict[int | str, dict[str, Any]] = {206: {"description": "The range.", "content": {"audio/*": BINARY}}}
# What a route that sends a recording answers.
AUDIO_ANSWERS = {**_WHOLE, **_PART}


async def send_recording(
    recording: Recording, store: ObjectStore, byte_range: str | None, if_range: str | None
) -> Response:
    """The recording, or the range of it that the headers ask for; a redirection where the store has URLs of its own."""
    if url := await store.signed_url(recording.storage_key, SIGNED_URL_SECONDS):
        return RedirectResponse(url, headers={"Cache-Control": "no-store"})
    # Looked up first: once the status is sent, a missing file could no longer be reported.
    size = await store.size(recording.storage_key)
    headers = _headers(recording)
    wanted = _requested_range(byte_range, size) if if_range in (None, headers["ETag"]) else None
    start, end = wanted or (0, size)
    headers["Content-Length"] = str(end - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        store.open_range(recording.storage_key, start, end),
        status_code=206 if wanted else 200,
        headers=headers,
        media_type=recording.media_type,
    )


def describe_recording(recording: Recording) -> Response:
    """The headers of the whole recording."""
    headers = _headers(recording) | {"Content-Length": str(recording.size_bytes)}
    return Response(headers=headers, media_type=recording.media_type)


def _headers(recording: Recording) -> dict[str, str]:
    return {
        "ETag": f'"{recording.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'inline; filename="{recording.call_id}.{recording.container}"',
        "X-Content-Type-Options": "nosniff",
    }


def _requested_range(header: str | None, size: int) -> tuple[int, int] | None:
    """The first byte and the byte after the last one; None where the whole is to be sent.

    Several ranges, other units and what cannot be read are answered with the whole, as the RFC allows.
    """
    match = _ONE_RANGE.fullmatch(header or "")
    if match is None:
        return None
    first, last, suffix = match.groups()
    start = max(0, size - int(suffix)) if first is None else int(first)
    end = min(int(last) + 1, size) if last else size
    if last and int(last) < int(first):
        return None
    if start >= size:
        raise RangeNotSatisfiable(f"the file has {size} bytes", headers={"Content-Range": f"bytes */{size}"})
    return start, end
