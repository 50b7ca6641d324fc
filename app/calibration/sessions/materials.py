"""What the participants of a session listen to, read and score by. Guests get it in no other way."""

from uuid import UUID

from app import calls, transcription
from app.calibration.sessions.access import Seat, require_call, seat_for_reading
from app.calibration.sessions.errors import SessionEnded
from app.calibration.sessions.repository import sessions
from app.calibration.sessions.types import SessionCall, SessionState
from app.calls import Recording
from app.identity import Principal
from app.platform.database import Session
from app.platform.errors import require_found
from app.scorecards import PublishedVersion, published_version
from app.transcription import CallTranscript


async def get_call(session: Session, principal: Principal, session_id: UUID, call_id: UUID) -> SessionCall:
    seat = await seat_for_reading(session, principal, session_id)
    found = require_found(await sessions.call_of(session, session_id, call_id), "call of this session", call_id)
    _require_not_cancelled(seat)
    return found


async def get_recording(session: Session, principal: Principal, session_id: UUID, call_id: UUID) -> Recording:
    await _require_open_call(session, principal, session_id, call_id)
    return await calls.get_recording(session, call_id)


async def get_transcript(session: Session, principal: Principal, session_id: UUID, call_id: UUID) -> CallTranscript:
    await _require_open_call(session, principal, session_id, call_id)
    return await transcription.get_transcript(session, call_id)


async def scorecard_of(session: Session, version_id: UUID) -> PublishedVersion:
    """The version of the scorecard by which the session is scored."""
    return await published_version(session, version_id)


async def _require_open_call(session: Session, principal: Principal, session_id: UUID, call_id: UUID) -> None:
    """Refuse a principal without a seat in the session, and a call that is not one of its calls."""
    seat = await seat_for_reading(session, principal, session_id)
    await require_call(session, session_id, call_id)
    _require_not_cancelled(seat)


def _require_not_cancelled(seat: Seat) -> None:
    if seat.session.state is SessionState.CANCELLED:
        raise SessionEnded("the session is cancelled: its calls are no longer open to the participants")
