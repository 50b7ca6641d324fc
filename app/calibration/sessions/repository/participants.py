"""SQL of the participants of sessions."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from app.calibration.sessions.models import CalibrationParticipantModel
from app.calibration.sessions.types import Participant
from app.platform.database import Row, Session
from app.platform.database.records import Columns, compose, read_as

_PARTICIPANT = Columns(Participant, CalibrationParticipantModel)
_INSERT = compose(
    "INSERT INTO calibration_participants (tenant_id, {names}) SELECT :tenant_id, * FROM unnest({arrays})",
    names=_PARTICIPANT.names,
    arrays=_PARTICIPANT.arrays,
)
_READ = compose("SELECT {names} FROM calibration_participants", names=_PARTICIPANT.names)
_OF_PERSON = "WHERE session_id = :session_id AND (user_id = :person_id OR guest_id = :person_id)"
_LOCK = "SELECT id FROM calibration_participants WHERE id = :id FOR NO KEY UPDATE"
_SET_INVITED = """
UPDATE calibration_participants SET invited_at = :at WHERE id = ANY(:ids::uuid[]) AND invited_at IS NULL
"""
_SET_GUEST = "UPDATE calibration_participants SET guest_id = :guest_id WHERE id = :id"
_SET_WITHDRAWN = "UPDATE calibration_participants SET withdrawn_at = :at WHERE id = :id"
# Who comes back has left the calendar entry, and a guest the link: that person is invited anew.
_SET_RETURNED = "UPDATE calibration_participants SET withdrawn_at = NULL, invited_at = NULL WHERE id = :id"
_USERS = """
SELECT id, email, full_name, role, active, timezone FROM users
WHERE tenant_id = :tenant_id AND id = ANY(:user_ids::uuid[])
"""
_ACCOUNTS = "SELECT email, id FROM users WHERE tenant_id = :tenant_id AND email = ANY(:emails::text[]) AND active"
_STAY = """
INSERT INTO calibration_presence (tenant_id, session_id, participant_id, stream_id, present_until)
VALUES (:tenant_id, :session_id, :participant_id, :stream_id, :until)
ON CONFLICT (tenant_id, session_id, participant_id, stream_id) DO UPDATE SET present_until = excluded.present_until
"""
_LEAVE = """
DELETE FROM calibration_presence
WHERE session_id = :session_id AND participant_id = :participant_id AND (stream_id = :stream_id OR present_until < :now)
"""
_IS_PRESENT = """
SELECT EXISTS (SELECT FROM calibration_presence
               WHERE session_id = :session_id AND participant_id = :participant_id AND present_until > :now)
"""


async def insert(session: Session, participants: Sequence[Participant]) -> None:
    await session.execute(_INSERT, tenant_id=session.tenant_id, **_PARTICIPANT.value_lists(participants))


async def of_session(session: Session, session_id: UUID) -> list[Participant]:
    """The participants in the order in which they were added, with those who have withdrawn."""
    rows = await session.fetch_all(f"{_READ} WHERE session_id = :session_id ORDER BY id", session_id=session_id)
    return [read_as(Participant, row) for row in rows]


async def of_person(session: Session, session_id: UUID, person_id: UUID) -> Participant | None:
    """The participant that a user or a guest is."""
    row = await session.fetch_optional(f"{_READ} {_OF_PERSON}", session_id=session_id, person_id=person_id)
    return None if row is None else read_as(Participant, row)


async def lock(session: Session, participant_id: UUID) -> None:
    """Let other transactions in which this participant acts wait until this one ends."""
    await session.fetch_optional(_LOCK, id=participant_id)


async def set_invited(session: Session, participant_ids: Collection[UUID], at: datetime) -> None:
    await session.execute(_SET_INVITED, ids=list(participant_ids), at=at)


async def set_guest(session: Session, participant_id: UUID, guest_id: UUID) -> None:
    await session.execute(_SET_GUEST, id=participant_id, guest_id=guest_id)


async def set_withdrawn(session: Session, participant_id: UUID, at: datetime) -> None:
    await session.execute(_SET_WITHDRAWN, id=participant_id, at=at)


async def set_returned(session: Session, participant_id: UUID) -> None:
    await session.execute(_SET_RETURNED, id=participant_id)


async def users(session: Session, user_ids: Collection[UUID]) -> dict[UUID, Row]:
    rows = await session.fetch_all(_USERS, tenant_id=session.tenant_id, user_ids=list(user_ids))
    return {row.id: row for row in rows}


async def accounts(session: Session, emails: Collection[str]) -> dict[str, UUID]:
    """The users with these canonical addresses, by address."""
    rows = await session.fetch_all(_ACCOUNTS, tenant_id=session.tenant_id, emails=list(emails)) if emails else []
    return {row.email: row.id for row in rows}


async def is_present(session: Session, person: Participant, now: datetime) -> bool:
    """Whether the participant follows the events of the session, over any stream."""
    subject = {"session_id": person.session_id, "participant_id": person.id}
    return bool(await session.fetch_value(_IS_PRESENT, **subject, now=now))


async def stay(session: Session, person: Participant, stream_id: UUID, until: datetime) -> None:
    """Let the participant count as present until then, over one stream."""
    subject = {"session_id": person.session_id, "participant_id": person.id, "stream_id": stream_id}
    await session.execute(_STAY, tenant_id=session.tenant_id, **subject, until=until)


async def leave(session: Session, person: Participant, stream_id: UUID, now: datetime) -> None:
    """End the presence over one stream, and over those that were lost."""
    subject = {"session_id": person.session_id, "participant_id": person.id, "stream_id": stream_id}
    await session.execute(_LEAVE, **subject, now=now)
