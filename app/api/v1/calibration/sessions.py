"""Routes of calibration sessions: arranged, opened, revealed, closed."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from app import calibration
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.calibration.sessions import (
    CalibrationSessionIn,
    CalibrationSessionOut,
    CalibrationSessionPatch,
    CalibrationSessionStateOut,
    CalibrationSessionSummaryOut,
    ParticipantIn,
    ParticipantOut,
    ReasonIn,
)
from app.api.schemas.common import PageOf
from app.calibration import (
    AlreadyTakingPart,
    CalibrationSession,
    NothingScored,
    Participant,
    SessionDetail,
    SessionEnded,
    SessionNotOpen,
    SessionNotRevealed,
    SessionRevealed,
    SessionState,
    SessionUnderWay,
)
from app.evaluations import ScorecardNotPublished
from app.platform.database import Session
from app.platform.errors import Forbidden, NotFound, PreconditionRequired, StaleVersion

TAG = "calibration"
PREFIX = "/calibration-sessions"
LEAD = requires_permission("calibration:lead")
READ = requires_permission("session:read")
WRITE = requires_permission("session:write")

router = private_router(PREFIX, TAG)


@router.post(
    "",
    operation_id="createCalibrationSession",
    status_code=201,
    responses=problem_responses(ScorecardNotPublished),
    openapi_extra=LEAD,
)
async def create_session(
    body: CalibrationSessionIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionOut:
    """Arrange a session in which several people score the same calls without seeing each other's answers.

    The calls are named, or chosen at random from a draw: only then do errors that the group settles on count as
    checked by chance. Participants are users and clients without an account.
    """
    detail = await calibration.create_session(session, principal, body.session())
    return await detail_of(session, detail, response)


@router.get("", operation_id="listCalibrationSessions", openapi_extra=READ)
async def list_sessions(
    session: SessionDep,
    principal: PrincipalDep,
    page: PageDep,
    state: Annotated[SessionState | None, Query(description="Only sessions in this state.")] = None,
) -> PageOf[CalibrationSessionSummaryOut]:
    """Sessions, newest first: all of them to those who lead sessions, to others those in which they take part."""
    found = await calibration.list_sessions(session, principal, page, state)
    shown = found.map(CalibrationSessionSummaryOut.model_validate)
    return PageOf(items=shown.items, next_cursor=shown.next_cursor)


@router.get(
    "/{session_id}",
    operation_id="getCalibrationSession",
    responses=problem_responses(NotFound),
    openapi_extra=READ,
)
async def get_session(
    session_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionOut:
    """A session with its participants, calls and scorecard. It shows who has scored, never what."""
    return await detail_of(session, await calibration.get_session(session, principal, session_id), response)


@router.patch(
    "/{session_id}",
    operation_id="changeCalibrationSession",
    responses=problem_responses(NotFound, SessionUnderWay, SessionEnded, StaleVersion, PreconditionRequired),
    openapi_extra=LEAD,
)
async def change_session(
    *,
    session_id: UUID,
    body: CalibrationSessionPatch,
    version: IfMatchDep,
    session: SessionDep,
    principal: PrincipalDep,
    response: Response,
) -> CalibrationSessionStateOut:
    """Change the given settings. Everyone who is invited is told a new time, name or place.

    What participants rely on (`hide_agent`, `see_others`, the reference) no longer changes once the session is open.
    """
    changes = body.model_dump(exclude_unset=True)
    return _state(await calibration.change_session(session, principal, session_id, version, changes), response)


@router.post(
    "/{session_id}/participants",
    operation_id="addCalibrationParticipant",
    status_code=201,
    responses=problem_responses(NotFound, AlreadyTakingPart, SessionRevealed, SessionEnded),
    openapi_extra=LEAD,
)
async def add_participant(
    session_id: UUID, body: ParticipantIn, session: SessionDep, principal: PrincipalDep
) -> ParticipantOut:
    """Add a person until the answers are revealed, also while others score. One who had withdrawn comes back."""
    return _participant(await calibration.add_participant(session, principal, session_id, body.participant()))


@router.post(
    "/{session_id}/participants/{participant_id}/withdraw",
    operation_id="withdrawCalibrationParticipant",
    responses=problem_responses(NotFound, Forbidden, SessionEnded),
    openapi_extra=WRITE,
)
async def withdraw_participant(
    session_id: UUID, participant_id: UUID, session: SessionDep, principal: PrincipalDep
) -> ParticipantOut:
    """Leave a session, or take a participant out of it. The scores are kept and no longer count.

    A participant does this for themselves, those who lead sessions for anyone. The link of a guest is revoked, and the
    entry in the calendar of one who was invited is cancelled.
    """
    return _participant(await calibration.withdraw(session, principal, session_id, participant_id))


@router.post(
    "/{session_id}/open",
    operation_id="openCalibrationSession",
    responses=problem_responses(NotFound, SessionUnderWay, SessionEnded),
    openapi_extra=LEAD,
)
async def open_session(
    session_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """Let the participants score. It needs no scheduled time."""
    return _state(await calibration.open_session(session, principal, session_id), response)


@router.post(
    "/{session_id}/reveal",
    operation_id="revealCalibrationSession",
    responses=problem_responses(NotFound, SessionNotOpen, NothingScored, SessionEnded),
    openapi_extra=LEAD,
)
async def reveal_session(
    session_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """Show everybody's answers to the participants. From now on no score changes. Drafts count as they stand."""
    return _state(await calibration.reveal(session, principal, session_id), response)


@router.post(
    "/{session_id}/reopen",
    operation_id="reopenCalibrationSession",
    responses=problem_responses(NotFound, SessionNotRevealed),
    openapi_extra=LEAD,
)
async def reopen_session(
    session_id: UUID, body: ReasonIn, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """Let the participants score again, with a reason for the journal. Results are hidden until the next reveal."""
    return _state(await calibration.reopen(session, principal, session_id, body.why), response)


@router.post(
    "/{session_id}/close",
    operation_id="closeCalibrationSession",
    responses=problem_responses(NotFound, SessionNotRevealed, SessionEnded),
    openapi_extra=LEAD,
)
async def close_session(
    session_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """End a revealed session. Its results stay readable."""
    return _state(await calibration.close(session, principal, session_id), response)


@router.post(
    "/{session_id}/cancel",
    operation_id="cancelCalibrationSession",
    responses=problem_responses(NotFound, SessionEnded),
    openapi_extra=LEAD,
)
async def cancel_session(
    session_id: UUID, session: SessionDep, principal: PrincipalDep, response: Response
) -> CalibrationSessionStateOut:
    """Give a session up before its answers are revealed. Everyone who is invited is told."""
    return _state(await calibration.cancel_session(session, principal, session_id), response)


async def detail_of(session: Session, detail: SessionDetail, response: Response) -> CalibrationSessionOut:
    """The answer that shows a session."""
    set_etag(response, detail.session.version)
    version = await calibration.scorecard_of(session, detail.session.scorecard_version_id)
    return CalibrationSessionOut.of(detail, version)


def _state(changed: CalibrationSession, response: Response) -> CalibrationSessionStateOut:
    set_etag(response, changed.version)
    return CalibrationSessionStateOut.model_validate(changed)


def _participant(participant: Participant) -> ParticipantOut:
    return ParticipantOut(
        id=participant.id,
        user_id=participant.user_id,
        name=participant.name,
        role=participant.role,
        withdrawn=not participant.active,
    )
