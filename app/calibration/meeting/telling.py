"""Telling the participants of a session, in their inboxes and by mail, with the entry for their calendars."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app import events, identity, notifications
from app.calibration.meeting import repository
from app.calibration.meeting.messages import Occasion, SessionFacts, message
from app.calibration.sessions.access import seat_for_reading
from app.calibration.sessions.errors import NotScheduled
from app.calibration.sessions.events import CalibrationParticipantsReminded
from app.calibration.sessions.repository import participants, sessions
from app.calibration.sessions.types import CalibrationSession, Participant, SessionState
from app.identity import Principal
from app.notifications import (
    GUEST_LINK,
    Attachment,
    CalendarEvent,
    EventStatus,
    NewEmail,
    NewNotification,
    Person,
    Recipient,
    invitation,
    invitation_attachment,
)
from app.platform import clock
from app.platform.database import Session


@dataclass(frozen=True, slots=True)
class Announcement:
    """What goes into every message about a session."""

    of: CalibrationSession
    facts: SessionFacts
    organizer: Person
    timezone: str

    def zone_of(self, person: Participant) -> str:
        return person.timezone or self.timezone


async def calendar_file(session: Session, principal: Principal, session_id: UUID) -> bytes:
    """The calendar entry of a session, in the time zone of the one who asks."""
    seat = await seat_for_reading(session, principal, session_id)
    about = await announcement(session, seat.session)
    event = _calendar_event(about)
    if event is None:
        raise NotScheduled("choose a time first: one of the proposed ones, or `scheduled_at`")
    if seat.own is not None:
        return invitation(event, _recipient(about, seat.own))
    user = await identity.get_user(session, principal.user_id)
    return invitation(event, Recipient(user.full_name, user.email, user.timezone or about.timezone))


async def announce_time(session: Session, changed: CalibrationSession) -> None:
    """Tell everyone who is invited the new time."""
    await _tell_invited(session, changed, Occasion.RESCHEDULED)


async def announce_cancellation(session: Session, cancelled: CalibrationSession) -> None:
    await _tell_invited(session, cancelled, Occasion.CANCELLED)


async def remind(session: Session, session_id: UUID) -> None:
    """Remind everyone who is invited, once for each session."""
    found = await sessions.lock(session, session_id)
    if found is None or found.state not in (SessionState.ARRANGING, SessionState.OPEN):
        return
    if found.scheduled_at is None or not await sessions.set_reminded(session, session_id, clock.now()):
        return
    reminded = await _tell_invited(session, found, Occasion.REMINDED)
    after = CalibrationParticipantsReminded(subject_id=session_id, after={"participant_ids": reminded})
    await events.record(session, after)


async def _tell_invited(session: Session, of: CalibrationSession, occasion: Occasion) -> list[UUID]:
    about = await announcement(session, of)
    people = await participants.of_session(session, of.id)
    invited = [person for person in people if person.active and person.invited_at is not None]
    for person in invited:
        await tell(session, about, occasion, person)
    return [person.id for person in invited]


async def tell(
    session: Session, about: Announcement, occasion: Occasion, person: Participant, *, again: int = 0
) -> None:
    """Tell a participant in the inbox and by mail: once for each occasion, version of the entry and `again`."""
    told = message(occasion, about.facts, about.zone_of(person))
    key = f"calibration.{occasion}/{about.of.id}/{about.of.sequence}/{again}"
    attachments = _attachments(about, person)
    if person.user_id is not None:
        new = NewNotification(
            user_id=person.user_id,
            kind=f"calibration.{occasion}",
            title=told.title,
            text=told.text,
            link=f"/calibration/{about.of.id}",
            key=key,
            attachments=attachments,
        )
        await notifications.notify(session, new)
    elif person.guest_id is not None:
        email = NewEmail(
            to_name=person.name,
            to_email=person.email,
            subject=told.title,
            text=told.text if occasion is Occasion.CANCELLED else f"{told.text}\n\n{GUEST_LINK}",
            attachments=attachments,
            guest_id=None if occasion is Occasion.CANCELLED else person.guest_id,
            key=key,
        )
        await notifications.send_email(session, email)


async def announcement(session: Session, of: CalibrationSession) -> Announcement:
    found = await repository.circumstances(session, of.project_id, of.created_by)
    calls = await sessions.picked_calls(session, of.id)
    facts = SessionFacts(
        name=of.name,
        organizer=found.organizer_name,
        calls=len(calls),
        scheduled_at=of.scheduled_at,
        duration_min=of.duration_min,
        language=found.language or "en",
    )
    return Announcement(of, facts, Person(found.organizer_name, found.organizer_email), found.timezone or "UTC")


def _attachments(about: Announcement, person: Participant) -> tuple[Attachment, ...]:
    event = _calendar_event(about)
    return () if event is None else (invitation_attachment(event, _recipient(about, person)),)


def _recipient(about: Announcement, person: Participant) -> Recipient:
    return Recipient(person.name, person.email, about.zone_of(person))


def _calendar_event(about: Announcement) -> CalendarEvent | None:
    """The calendar entry. It names nobody but its recipient: a client need not know who else takes part."""
    of = about.of
    if of.scheduled_at is None:
        return None
    cancelled = of.state is SessionState.CANCELLED
    return CalendarEvent(
        uid=f"calibration-{of.id}@qmt",
        sequence=of.sequence,
        title=of.name,
        description=message(Occasion.INVITED, about.facts, about.timezone).text,
        starts_at=of.scheduled_at,
        duration=timedelta(minutes=of.duration_min),
        organizer=about.organizer,
        attendees=(),
        created_at=of.created_at,
        updated_at=clock.now(),
        status=EventStatus.CANCELLED if cancelled else EventStatus.CONFIRMED,
        reminder_min=15,
    )
