"""Who may do what in a session: everything begins with the seat of the one who asks.

A person who neither takes part in a session nor leads sessions does not learn that it exists.
"""

from dataclasses import dataclass
from uuid import UUID

from app.calibration.sessions.errors import NotTakingPart, SessionEnded
from app.calibration.sessions.repository import participants, sessions
from app.calibration.sessions.types import CalibrationSession, Participant, PickedCall, SessionState
from app.identity import Principal, PrincipalKind
from app.platform.database import Session
from app.platform.errors import NotFound, require_found

LEAD = "calibration:lead"
_ENDED = {SessionState.CLOSED, SessionState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Seat:
    """A session, and the one who asks in it: as a participant, as one who leads sessions, or as both."""

    session: CalibrationSession
    own: Participant | None
    leads: bool

    @property
    def participant(self) -> Participant:
        """The one who asks; NotTakingPart where that is none of the participants."""
        if self.own is None:
            raise NotTakingPart("you lead this session and do not take part in it: add yourself as a participant")
        return self.own


def leads_sessions(principal: Principal) -> bool:
    return principal.may(LEAD)


def person_id(principal: Principal) -> UUID:
    """The id by which a participant refers to the principal: the user's, or the guest's."""
    return principal.user_id


async def seat_for_reading(session: Session, principal: Principal, session_id: UUID) -> Seat:
    """The seat, without a lock; NotFound where the principal has none."""
    return await _seat(session, principal, session_id, await sessions.get(session, session_id))


async def seat_for_scoring(session: Session, principal: Principal, session_id: UUID) -> Seat:
    """The seat. The session stays in its state until the transaction ends; other participants go on."""
    return await _seat(session, principal, session_id, await sessions.share(session, session_id))


async def seat_for_changing(session: Session, principal: Principal, session_id: UUID) -> Seat:
    """The seat. Nobody else changes the session until the transaction ends; SessionEnded where it has ended."""
    seat = await _seat(session, principal, session_id, await sessions.lock(session, session_id))
    if seat.session.state in _ENDED:
        raise SessionEnded(f"the session is {seat.session.state}")
    return seat


async def seat_for_leading(session: Session, principal: Principal, session_id: UUID) -> Seat:
    """The seat of one who leads, whatever the state of the session, which nobody else changes meanwhile."""
    return await _seat(session, principal, session_id, await sessions.lock(session, session_id))


async def _seat(session: Session, principal: Principal, session_id: UUID, found: CalibrationSession | None) -> Seat:
    leads = leads_sessions(principal)
    own = (
        await participants.of_person(session, session_id, person_id(principal))
        if may_enter(principal, session_id)
        else None
    )
    if own is not None and not own.active:
        own = None
    if found is None or (own is None and not leads):
        raise NotFound(f"there is no calibration session {session_id}")
    return Seat(found, own, leads)


def may_enter(principal: Principal, session_id: UUID) -> bool:
    """A guest enters only the session of the link."""
    return principal.kind is not PrincipalKind.GUEST or principal.invited_to == session_id


async def require_call(session: Session, session_id: UUID, call_id: UUID) -> PickedCall:
    """The call; NotFound unless it is one of the session's."""
    found = await sessions.picked_call(session, session_id, call_id)
    return require_found(found, "call of this session", call_id)
