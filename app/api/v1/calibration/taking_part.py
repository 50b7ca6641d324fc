"""Routes of taking part in a session: what there is to hear and read, and one's own scores."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Response

from app import calibration
from app.api.deps import PrincipalDep, SessionDep, StoreDep, TransactionFactoryDep
from app.api.problems import problem_responses
from app.api.routing import private_router
from app.api.schemas.calibration.scores import BlindScoreIn, BlindScoreOut
from app.api.schemas.calibration.sessions import SessionCallOut
from app.api.schemas.evaluations import answers_of
from app.api.schemas.transcripts import TranscriptOut
from app.api.v1.calibration.sessions import PREFIX, READ, TAG, WRITE
from app.api.v1.sending import AUDIO_ANSWERS, describe_recording, send_recording
from app.calibration import NotTakingPart, ScoreSubmitted, SessionEnded, SessionNotOpen, SessionRevealed
from app.evaluations import InvalidAnswers
from app.platform.errors import NotFound, RangeNotSatisfiable

router = private_router(PREFIX, TAG)
audio_router = private_router(PREFIX, TAG, streaming=True)


@router.get(
    "/{session_id}/calls/{call_id}",
    operation_id="getSessionCall",
    responses=problem_responses(NotFound, SessionEnded),
    openapi_extra=READ,
)
async def get_session_call(
    session_id: UUID, call_id: UUID, session: SessionDep, principal: PrincipalDep
) -> SessionCallOut:
    """A call of the session, as far as its participants may know it."""
    return SessionCallOut.of(session_id, await calibration.get_call(session, principal, session_id, call_id))


@router.get(
    "/{session_id}/calls/{call_id}/transcript",
    operation_id="getSessionTranscript",
    responses=problem_responses(NotFound, SessionEnded),
    openapi_extra=READ,
)
async def get_session_transcript(
    session_id: UUID, call_id: UUID, session: SessionDep, principal: PrincipalDep
) -> TranscriptOut:
    """The latest transcript of a call of the session; `status` is `none` where there is none."""
    transcript = TranscriptOut.of(await calibration.get_transcript(session, principal, session_id, call_id))
    # How the service works is no concern of a guest.
    return transcript.model_copy(update={"job_id": None, "error": None})


@audio_router.get(
    "/{session_id}/calls/{call_id}/recording",
    operation_id="getSessionRecording",
    response_class=Response,
    responses={**AUDIO_ANSWERS, **problem_responses(NotFound, SessionEnded, RangeNotSatisfiable)},
    openapi_extra=READ,
)
async def get_session_recording(
    *,
    session_id: UUID,
    call_id: UUID,
    principal: PrincipalDep,
    begin: TransactionFactoryDep,
    store: StoreDep,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=1000)] = None,
    if_range: Annotated[str | None, Header(max_length=1000)] = None,
) -> Response:
    """Listen to a call of the session, or to a range of its bytes."""
    async with begin() as session:
        recording = await calibration.get_recording(session, principal, session_id, call_id)
    return await send_recording(recording, store, byte_range, if_range)


@audio_router.head(
    "/{session_id}/calls/{call_id}/recording",
    operation_id="headSessionRecording",
    response_class=Response,
    responses={200: {"description": "There is a recording."}, **problem_responses(NotFound, SessionEnded)},
    openapi_extra=READ,
)
async def head_session_recording(
    session_id: UUID, call_id: UUID, principal: PrincipalDep, begin: TransactionFactoryDep
) -> Response:
    """The size, type and ETag of the recording of a call of the session."""
    async with begin() as session:
        return describe_recording(await calibration.get_recording(session, principal, session_id, call_id))


@router.get(
    "/{session_id}/calls/{call_id}/score",
    operation_id="getOwnScore",
    responses=problem_responses(NotFound, NotTakingPart),
    openapi_extra=READ,
)
async def get_own_score(session_id: UUID, call_id: UUID, session: SessionDep, principal: PrincipalDep) -> BlindScoreOut:
    """Your own score of a call, as you saved it last."""
    return BlindScoreOut.of(await calibration.own_score(session, principal, session_id, call_id))


@router.put(
    "/{session_id}/calls/{call_id}/score",
    operation_id="putOwnScore",
    responses=problem_responses(
        NotFound, NotTakingPart, SessionNotOpen, SessionRevealed, ScoreSubmitted, InvalidAnswers
    ),
    openapi_extra=WRITE,
)
async def save_own_score(
    session_id: UUID, call_id: UUID, body: BlindScoreIn, session: SessionDep, principal: PrincipalDep
) -> BlindScoreOut:
    """Save your own answers about a call, complete or not, as often as you like until the answers are revealed.

    Nobody else learns them before: the others see only whether you have scored the call. In a session whose
    participants see the others' answers after submitting, a submitted score stays as it is.
    """
    saved = await calibration.save_score(
        session,
        principal,
        session_id,
        call_id,
        answers=answers_of(body.answers),
        comment=body.comment,
        submit=body.submit,
    )
    return BlindScoreOut.of(saved)
