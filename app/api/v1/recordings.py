"""Routes of recordings. They stream, and hold no transaction open meanwhile."""

import base64
import binascii
import re
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import Header, Request, Response
from starlette.requests import ClientDisconnect

from app import calls
from app.api.deps import SettingsDep, StoreDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calls import RecordingOut
from app.api.v1.sending import AUDIO_ANSWERS, BINARY, describe_recording, send_recording
from app.calls import REFUSED_RECORDINGS, DigestMismatch, UploadInterrupted
from app.platform.errors import NotFound, RangeNotSatisfiable, TooLarge, UnsupportedMedia, invalid

router = private_router("/calls", "recordings", streaming=True)

# The store counts the bytes of a recording and stops at the configured size; the limit for other bodies is too low.
_NO_BODY_LIMIT = 2**62
_SHA_256 = re.compile(r"(?:^|,)\s*sha-256=:([A-Za-z0-9+/]*={0,2}):")

_AUDIO_BODY = {
    "required": True,
    "description": "The file as it is: WAV (PCM, A-law, µ-law, GSM), MP3, Ogg, FLAC, M4A or WebM, whatever its "
    "Content-Type says.",
    "content": {"audio/*": BINARY, "application/octet-stream": BINARY},
}


@router.put(
    "/{call_id}/recording",
    operation_id="putRecording",
    status_code=201,
    max_body_size=_NO_BODY_LIMIT,
    responses={
        200: {"model": RecordingOut, "description": "The call has these bytes already."},
        **problem_responses(NotFound, TooLarge, UploadInterrupted, DigestMismatch, *REFUSED_RECORDINGS),
    },
    openapi_extra=requires_permission("recordings:write", requestBody=_AUDIO_BODY),
)
async def put_recording(
    *,
    call_id: UUID,
    request: Request,
    response: Response,
    begin: TransactionFactoryDep,
    store: StoreDep,
    settings: SettingsDep,
    content_digest: Annotated[
        str | None, Header(max_length=1000, description="RFC 9530; `sha-256` is checked against what arrives.")
    ] = None,
) -> RecordingOut:
    """Store the recording of a call; another one sent later takes its place."""
    _refuse_compressed(request)
    _refuse_long(request, settings.max_recording_bytes)
    recording, new = await calls.store_recording(
        begin,
        store,
        call_id,
        _chunks(request),
        max_bytes=settings.max_recording_bytes,
        sha256=_announced_sha256(content_digest),
    )
    response.status_code = 201 if new else 200
    return RecordingOut.model_validate(recording)


@router.get(
    "/{call_id}/recording",
    operation_id="getRecording",
    response_class=Response,
    responses={**AUDIO_ANSWERS, **problem_responses(NotFound, RangeNotSatisfiable)},
    openapi_extra=requires_permission("recordings:read"),
)
async def get_recording(
    call_id: UUID,
    begin: TransactionFactoryDep,
    store: StoreDep,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=1000)] = None,
    if_range: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """Listen to the recording of a call, or to a range of its bytes."""
    async with begin() as session:
        recording = await calls.get_recording(session, call_id)
    return await send_recording(recording, store, byte_range, if_range)


@router.head(
    "/{call_id}/recording",
    operation_id="headRecording",
    response_class=Response,
    responses={200: {"description": "There is a recording."}, **problem_responses(NotFound)},
    openapi_extra=requires_permission("recordings:read"),
)
async def head_recording(call_id: UUID, begin: TransactionFactoryDep) -> Response:
    """The size, type and ETag of the recording of a call."""
    async with begin() as session:
        recording = await calls.get_recording(session, call_id)
    return describe_recording(recording)


def _refuse_compressed(request: Request) -> None:
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedMedia("send the recording without a Content-Encoding", headers={"Accept-Encoding": "identity"})


def _refuse_long(request: Request, limit: int) -> None:
    """What says that it is too long need not be sent."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limit:
        raise TooLarge(f"a recording may have {limit} bytes at most")


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect as error:
        raise UploadInterrupted("the connection ended before the recording did") from error


def _announced_sha256(content_digest: str | None) -> str | None:
    """What the sender says the bytes have; algorithms other than SHA-256 are passed over, as RFC 9530 says."""
    match = _SHA_256.search(content_digest or "")
    if match is None:
        return None
    try:
        digest = base64.b64decode(match[1], validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != 32:
        raise invalid("Content-Digest", "sha-256 must be 32 bytes in base64 between colons")
    return digest.hex()
