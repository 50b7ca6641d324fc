"""Invitations as calendar files (RFC 5545) that calendars take from a mail (RFC 5546).

An invitation is changed by one with the same UID and a higher SEQUENCE, and cancelled by one with METHOD:CANCEL.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress

from app.notifications.text import header_text, one_line, plain_lines
from app.notifications.types import Attachment
from app.notifications.vtimezone import vtimezone

_PRODUCT = "-//QMT//QMT//EN"
# A day in a DURATION is a day of the calendar, which has 23 or 25 hours when the clocks change.
_LONGEST = timedelta(days=1)


class EventStatus(StrEnum):
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """The person whose invitation it is. `timezone` is a name of the IANA database, such as Europe/Berlin."""

    name: str
    email: str
    timezone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """An appointment. `sequence` rises with each change; `uid` never changes.

    Its times are aware; it takes less than a day. `reminder_min`: how long before the start calendars remind of it.
    """

    uid: str
    sequence: int
    title: str
    description: str
    starts_at: datetime
    duration: timedelta
    organizer: Person
    attendees: tuple[Person, ...]
    created_at: datetime
    updated_at: datetime
    status: EventStatus = EventStatus.CONFIRMED
    url: str | None = None
    reminder_min: int | None = None
    location: str | None = None

    def __post_init__(self) -> None:
        if any(time.tzinfo is None for time in (self.starts_at, self.created_at, self.updated_at)):
            raise ValueError("the times of a calendar event need a time zone")
        if not timedelta() < self.duration < _LONGEST:
            raise ValueError("a calendar event takes more than no time and less than a day")
        if self.sequence < 0:
            raise ValueError("the sequence of a calendar event begins with 0")

    @property
    def method(self) -> str:
        return "CANCEL" if self.status is EventStatus.CANCELLED else "REQUEST"


def invitation(event: CalendarEvent, recipient: Recipient) -> bytes:
    """The calendar file for one recipient, its start in the recipient's time zone."""
    start = _local_start(event.starts_at, ZoneInfo(recipient.timezone))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", event.method)
    if isinstance(start.tzinfo, ZoneInfo):
        calendar.add_component(vtimezone(start.tzinfo, start.year))
    calendar.add_component(_event(event, recipient, start))
    content: bytes = calendar.to_ical()
    return content


def invitation_attachment(event: CalendarEvent, recipient: Recipient) -> Attachment:
    """The calendar file as an attachment that mail programs show as an invitation."""
    content = invitation(event, recipient)
    return Attachment("invitation.ics", f"text/calendar; method={event.method}", content)


def _local_start(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The start on the recipient's clock; in UTC where that says it better.

    A local time that clocks show twice stands for the first of the two moments: the second one has no name but in UTC.
    """
    local = starts_at.astimezone(zone)
    return starts_at.astimezone(UTC) if local.fold or local.tzname() == "UTC" else local


def _event(event: CalendarEvent, recipient: Recipient, start: datetime) -> Event:
    component = Event()
    component.add("uid", event.uid)
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.updated_at.astimezone(UTC))
    component.add("created", event.created_at.astimezone(UTC))
    component.add("last-modified", event.updated_at.astimezone(UTC))
    component.add("dtstart", start)
    component.add("duration", event.duration)
    component.add("summary", header_text(event.title))
    component.add("description", plain_lines(event.description))
    component.add("status", event.status.upper())
    component.add("transp", "OPAQUE")
    if event.location is not None:
        component.add("location", one_line(event.location))
    if event.url is not None:
        component.add("url", one_line(event.url))
    component.add("organizer", _address(event.organizer))
    for person in _attendees(event, recipient):
        component.add("attendee", _attendee(person))
    if event.reminder_min is not None and event.status is EventStatus.CONFIRMED:
        component.add_component(_alarm(event, event.reminder_min))
    return component


def _attendees(event: CalendarEvent, recipient: Recipient) -> Iterator[Person]:
    """The attendees, with the recipient: a calendar takes no invitation that does not name its owner."""
    yield from event.attendees
    if recipient.email.casefold() not in {person.email.casefold() for person in event.attendees}:
        yield Person(recipient.name, recipient.email)


def _address(person: Person) -> vCalAddress:
    address = vCalAddress(f"mailto:{one_line(person.email)}")
    address.params["CN"] = header_text(person.name)
    return address


def _attendee(person: Person) -> vCalAddress:
    address = _address(person)
    address.params["CUTYPE"] = "INDIVIDUAL"
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["PARTSTAT"] = "NEEDS-ACTION"
    # Nobody reads answers by mail: people answer in the service.
    address.params["RSVP"] = "FALSE"
    return address


def _alarm(event: CalendarEvent, minutes: int) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", timedelta(minutes=-minutes))
    alarm.add("description", header_text(event.title))
    return alarm
