"""Sending a stored file, such as a recording or an export: whole, or a range of its bytes."""

import re
from dataclasses import dataclass
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


def answers_with_file(what: str, media_type: str) -> dict[int | str, dict[str, Any]]:
    """What a route that sends a stored file answers."""
    content = {media_type: BINARY}
    return {
        200: {"description": f"The {what}.", "content": content},
        206: {"description": "The range.", "content": content},
        307: {"description": f"The {what} lies at the signed URL in `Location`."},
    }


AUDIO_ANSWERS = answers_with_file("recording", "audio/*")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in the object store, as it is sent. `disposition` has its name, in ASCII."""

    key: str
    size_bytes: int
    sha256: str
    media_type: str
    disposition: str


async def send_recording(
    recording: Recording, store: ObjectStore, byte_range: str | None, if_range: str | None
) -> Response:
    """The recording, or the range of it that the headers ask for; a redirection where the store has URLs of its own."""
    return await send_file(_file_of(recording), store, byte_range, if_range)


def describe_recording(recording: Recording) -> Response:
    """The headers of the whole recording."""
    return describe_file(_file_of(recording))


async def send_file(file: StoredFile, store: ObjectStore, byte_range: str | None, if_range: str | None) -> Response:
    """The file, or the range of it that the headers ask for; a redirection where the store has URLs of its own."""
    if url := await store.signed_url(file.key, SIGNED_URL_SECONDS):
        return RedirectResponse(url, headers={"Cache-Control": "no-store"})
    # Looked up first: once the status is sent, a missing file could no longer be reported.
    size = await store.size(file.key)
    headers = _headers(file)
    wanted = _requested_range(byte_range, size) if if_range in (None, headers["ETag"]) else None
    start, end = wanted or (0, size)
    headers["Content-Length"] = str(end - start)
    if wanted:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        store.open_range(file.key, start, end),
        status_code=206 if wanted else 200,
        headers=headers,
        media_type=file.media_type,
    )


def describe_file(file: StoredFile) -> Response:
    """The headers of the whole file."""
    headers = _headers(file) | {"Content-Length": str(file.size_bytes)}
    return Response(headers=headers, media_type=file.media_type)


def _file_of(recording: Recording) -> StoredFile:
    return StoredFile(
        key=recording.storage_key,
        size_bytes=recording.size_bytes,
        sha256=recording.sha256,
        media_type=recording.media_type,
        disposition=f'inline; filename="{recording.call_id}.{recording.container}"',
    )


def _headers(file: StoredFile) -> dict[str, str]:
    return {
        "ETag": f'"{file.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": file.disposition,
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
