"""Routes of transcripts."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Response
from fastapi.responses import PlainTextResponse

from app import transcription
from app.api.deps import SessionDep
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.transcripts import TranscriptOut
from app.api.v1.jobs import JobAccepted
from app.platform.errors import NotFound
from app.transcription import NothingToTranscribe, Segment, TranscriptNotReady, TranscriptStatus

router = private_router("/calls", "transcripts")

Format = Literal["json", "vtt", "srt", "txt"]
_RENDERERS: dict[str, tuple[Callable[[Iterable[Segment]], str], str]] = {
    "vtt": (transcription.to_vtt, "text/vtt"),
    "srt": (transcription.to_srt, "application/x-subrip"),
    "txt": (transcription.to_txt, "text/plain"),
}
_TEXT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The latest transcript; `status` none when none was ever asked for.",
        "content": {media_type: {"schema": {"type": "string"}} for _, media_type in _RENDERERS.values()},
    }
}


@router.get(
    "/{call_id}/transcript",
    operation_id="getTranscript",
    response_model=TranscriptOut,
    responses={**_TEXT, **problem_responses(NotFound, TranscriptNotReady)},
    openapi_extra=requires_permission("transcripts:read"),
)
async def get_transcript(
    call_id: UUID,
    session: SessionDep,
    wanted: Annotated[Format, Query(alias="format", description="How to write it.")] = "json",
) -> TranscriptOut | Response:
    """The latest transcript of a call."""
    transcript = await transcription.get_transcript(session, call_id)
    if wanted == "json":
        return TranscriptOut.of(transcript)
    if transcript.status is not TranscriptStatus.READY:
        raise TranscriptNotReady(f"the status of the transcript is {transcript.status}: ask for it as JSON")
    render, media_type = _RENDERERS[wanted]
    return PlainTextResponse(render(transcript.conversation), media_type=media_type)


@router.post(
    "/{call_id}/transcript",
    operation_id="requestTranscript",
    status_code=202,
    responses=problem_responses(NotFound, NothingToTranscribe),
    openapi_extra=requires_permission("transcripts:write"),
)
async def request_transcript(call_id: UUID, session: SessionDep) -> JobAccepted:
    """Transcribe the call's recording again; while one is under way, that one's job is the answer."""
    return JobAccepted(job_id=await transcription.request_transcript(session, call_id))
