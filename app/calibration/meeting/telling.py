"""Telling the participants of a session, in their inboxes and by mail, with the entry for their calendars."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
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
from app.platform.errors import require_found

# What is told again when the entry for the calendar changes, and what the entry is sent with.
_OF_THE_ENTRY = frozenset(
    {
        Occasion.SCHEDULED,
        Occasion.RESCHEDULED,
        Occasion.CHANGED,
        Occasion.POSTPONED,
        Occasion.WITHDRAWN,
        Occasion.CANCELLED,
        Occasion.REMINDED,
    }
)
_WITH_ENTRY = _OF_THE_ENTRY | {Occasion.INVITED}
# Nothing is left to be opened.
_WITHOUT_LINK = frozenset({Occasion.WITHDRAWN, Occasion.CANCELLED})


@dataclass(frozen=True, slots=True)
class Announcement:
    """What goes into every message about a session. `starts_at`: of the calendar entry, which may be cancelled."""

    of: CalibrationSession
    facts: SessionFacts
    organizer: Person
    timezone: str
    starts_at: datetime | None
    takes_place: bool

    def zone_of(self, person: Participant) -> str:
        return person.timezone or self.timezone


async def calendar_file(session: Session, principal: Principal, session_id: UUID) -> bytes:
    """The calendar entry of a session, in the time zone of the one who asks."""
    seat = await seat_for_reading(session, principal, session_id)
    about = await announcement(session, seat.session)
    recipient = await _asking(session, principal, about) if seat.own is None else _recipient(about, seat.own)
    event = _calendar_event(about, recipient)
    if event is None:
        raise NotScheduled("choose a time first: one of the proposed ones, or `scheduled_at`")
    return invitation(event, recipient)


async def announce_time(session: Session, before: CalibrationSession, changed: CalibrationSession) -> None:
    """Tell everyone who is invited the new time, or that there is none any more."""
    about = await announcement(session, changed, before.scheduled_at)
    if not about.takes_place:
        occasion = Occasion.POSTPONED
    else:
        occasion = Occasion.SCHEDULED if before.scheduled_at is None else Occasion.RESCHEDULED
    await _tell_invited(session, about, occasion)


async def announce_proposal(session: Session, of: CalibrationSession, proposals: int) -> None:
    """Ask everyone who is invited to vote. `proposals`: how many times are proposed by now."""
    await _tell_invited(session, await announcement(session, of), Occasion.TIMES_PROPOSED, again=proposals)


async def announce_course(session: Session, of: CalibrationSession) -> None:
    """Tell everyone who is invited that they can score, or compare."""
    occasion = Occasion.OPENED if of.state is SessionState.OPEN else Occasion.REVEALED
    await _tell_invited(session, await announcement(session, of), occasion, again=len(of.reopenings))


async def announce_cancellation(session: Session, cancelled: CalibrationSession) -> None:
    await _tell_invited(session, await announcement(session, cancelled), Occasion.CANCELLED)


async def announce_change(session: Session, changed: CalibrationSession) -> None:
    """Tell everyone who is invited another name or place."""
    await _tell_invited(session, await announcement(session, changed), Occasion.CHANGED)


async def tell_withdrawn(session: Session, session_id: UUID, person: Participant) -> None:
    """Tell one who was invited and takes part no more, and cancel the entry in that person's calendar."""
    await sessions.next_sequence(session, session_id)
    of = require_found(await sessions.get(session, session_id), "calibration session", session_id)
    about = await announcement(session, of)
    await tell(session, replace(about, takes_place=False), Occasion.WITHDRAWN, person)


async def remind(session: Session, session_id: UUID, begins_within: timedelta) -> None:
    """Remind everyone who is invited, once for each time of a session, if it begins within so long."""
    found = await sessions.lock(session, session_id)
    if found is None or found.state not in (SessionState.ARRANGING, SessionState.OPEN):
        return
    now = clock.now()
    # The job may be late, or of a time that was changed since.
    if found.scheduled_at is None or not now < found.scheduled_at <= now + begins_within:
        return
    if not await sessions.set_reminded(session, session_id, now):
        return
    reminded = await _tell_invited(session, await announcement(session, found), Occasion.REMINDED)
    after = CalibrationParticipantsReminded(subject_id=session_id, after={"participant_ids": reminded})
    await events.record(session, after)


async def _tell_invited(session: Session, about: Announcement, occasion: Occasion, *, again: int = 0) -> list[UUID]:
    of = about.of
    people = await participants.of_session(session, of.id)
    invited = [person for person in people if person.active and person.invited_at is not None]
    for person in invited:
        await tell(session, about, occasion, person, again=again)
    return [person.id for person in invited]


async def tell(
    session: Session, about: Announcement, occasion: Occasion, person: Participant, *, again: int = 0
) -> None:
    """Tell a participant in the inbox and by mail: once for each occasion, version of the entry and `again`.

    One who is invited already is not invited to a later version: that was announced.
    """
    told = message(occasion, about.facts, about.zone_of(person))
    version = about.of.sequence if occasion in _OF_THE_ENTRY else 0
    key = f"{told_prefix(occasion, about.of.id)}{version}/{again}"
    attachments = _attachments(about, person, occasion) if occasion in _WITH_ENTRY else ()
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
            text=told.text if occasion in _WITHOUT_LINK else f"{told.text}\n\n{GUEST_LINK}",
            attachments=attachments,
            guest_id=None if occasion in _WITHOUT_LINK else person.guest_id,
            key=key,
        )
        await notifications.send_email(session, email)


def told_prefix(occasion: Occasion, session_id: UUID) -> str:
    """How the keys begin of what a participant of a session is told on an occasion."""
    return f"calibration.{occasion}/{session_id}/"


async def announcement(
    session: Session, of: CalibrationSession, scheduled_before: datetime | None = None
) -> Announcement:
    """`scheduled_before`: the time that a session had, for the cancelled entry of one that has none any more."""
    found = await repository.circumstances(session, of.project_id, of.created_by)
    calls = await sessions.picked_calls(session, of.id)
    proposed = await repository.options_of(session, of.id)
    facts = SessionFacts(
        name=of.name,
        organizer=found.organizer_name,
        calls=len(calls),
        scheduled_at=of.scheduled_at,
        duration_min=of.duration_min,
        language=found.language or "en",
        place=of.place,
        proposed=tuple(time.starts_at for time in proposed if time.starts_at > clock.now()),
    )
    return Announcement(
        of=of,
        facts=facts,
        organizer=Person(found.organizer_name, found.organizer_email),
        timezone=found.timezone or "UTC",
        starts_at=of.scheduled_at or scheduled_before,
        takes_place=of.scheduled_at is not None and of.state is not SessionState.CANCELLED,
    )


def _attachments(about: Announcement, person: Participant, occasion: Occasion) -> tuple[Attachment, ...]:
    recipient = _recipient(about, person)
    event = _calendar_event(about, recipient, occasion)
    return () if event is None else (invitation_attachment(event, recipient),)


async def _asking(session: Session, principal: Principal, about: Announcement) -> Recipient:
    """The user who asks and does not take part."""
    user = await identity.get_user(session, principal.user_id)
    return Recipient(user.full_name, user.email, user.timezone or about.timezone)


def _recipient(about: Announcement, person: Participant) -> Recipient:
    return Recipient(person.name, person.email, about.zone_of(person))


def _calendar_event(
    about: Announcement, recipient: Recipient, occasion: Occasion | None = None
) -> CalendarEvent | None:
    """The calendar entry. It names nobody but its recipient: a client need not know who else takes part."""
    of = about.of
    if about.starts_at is None:
        return None
    if occasion is not Occasion.WITHDRAWN:
        occasion = Occasion.INVITED if about.takes_place else Occasion.CANCELLED
    return CalendarEvent(
        uid=f"calibration-{of.id}@qmt",
        sequence=of.sequence,
        title=of.name,
        description=message(occasion, about.facts, recipient.timezone).text,
        starts_at=about.starts_at,
        duration=timedelta(minutes=of.duration_min),
        organizer=about.organizer,
        attendees=(),
        created_at=of.created_at,
        updated_at=clock.now(),
        status=EventStatus.CONFIRMED if about.takes_place else EventStatus.CANCELLED,
        reminder_min=15,
        location=of.place,
    )
