"""Who is there: a participant is present as long as one of the participant's event streams is open."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app import live
from app.calibration.sessions.access import seat_for_reading
from app.calibration.sessions.repository import participants
from app.calibration.sessions.types import Participant
from app.identity import Principal
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id

# A stream renews this every 15 seconds; a process that dies does not.
_LASTS = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Presence:
    """One open stream. `own`: None for one who leads the session and does not take part."""

    session_id: UUID
    stream_id: UUID
    own: Participant | None


async def arrive(session: Session, principal: Principal, session_id: UUID) -> Presence:
    """Begin to follow a session. The others learn of the first stream of a participant."""
    seat = await seat_for_reading(session, principal, session_id)
    presence = Presence(session_id, new_id(), seat.own)
    await _stay(session, presence)
    return presence


async def stay(session: Session, principal: Principal, presence: Presence) -> bool:
    """Go on following; NotFound where the principal no longer may."""
    seat = await seat_for_reading(session, principal, presence.session_id)
    await _stay(session, Presence(presence.session_id, presence.stream_id, seat.own))
    return True


async def leave(session: Session, presence: Presence) -> None:
    """Stop following. The others learn of the end of the last stream of a participant."""
    person, now = presence.own, clock.now()
    if person is None:
        return
    await participants.lock(session, person.id)
    await participants.leave(session, person, presence.stream_id, now)
    if not await participants.is_present(session, person, now):
        await live.publish(session, presence.session_id, "left", {"participant_id": person.id, "name": person.name})


async def _stay(session: Session, presence: Presence) -> None:
    person, now = presence.own, clock.now()
    if person is None:
        return
    await participants.lock(session, person.id)
    first = not await participants.is_present(session, person, now)
    await participants.stay(session, person, presence.stream_id, now + _LASTS)
    if first:
        await live.publish(session, presence.session_id, "joined", {"participant_id": person.id, "name": person.name})
