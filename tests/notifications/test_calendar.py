"""Calendar files, read back by the library and by a reader of our own."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifications import CalendarEvent, EventStatus, Person, invitation, invitation_attachment
from app.notifications.text import header_text, plain_lines
from app.notifications.vtimezone import observances
from tests.notifications import ics
from tests.notifications.factories import VERA, event, recipient

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # half an hour of daylight time
    "America/St_Johns",
    "Europe/Dublin",  # winter time is the exception
    "Africa/Casablanca",  # the clocks follow Ramadan
    "Asia/Gaza",
    "Africa/Cairo",
    "America/Santiago",
    "Pacific/Chatham",
    "Antarctica/Troll",  # two hours of daylight time
    "Pacific/Kiritimati",
    "Europe/Kiev",  # an old name
    "Etc/GMT+12",
]
QUARTER = timedelta(minutes=15)

zones = st.sampled_from(sorted(zoneinfo.available_timezones() - {"localtime"}))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=120)


def changes_of(zone: str, year: int) -> list[datetime]:
    """The moments of a year at which the clocks of a zone change, found by asking at every minute around noon UTC."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    hours = [start + timedelta(hours=hour) for hour in range(365 * 24)]
    offsets = [moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in hours]
    return [hours[place] for place in range(1, len(hours)) if offsets[place] != offsets[place - 1]]


def read_by_library(content: bytes) -> icalendar.Event:
    (vevent,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    assert isinstance(vevent, icalendar.Event)
    return vevent


def start_by_library(content: bytes) -> datetime:
    start = read_by_library(content).start
    assert isinstance(start, datetime)
    # Python never calls a time near a change of the clocks equal to one in another zone.
    return start.astimezone(UTC)


def quarters_around(moment: datetime) -> list[datetime]:
    return [moment + step * QUARTER for step in range(-12, 13)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", [2026, 2027])
def test_an_invitation_starts_at_its_moment_at_every_quarter_around_a_change_of_the_clocks(
    zone: str, year: int
) -> None:
    moments_of_interest = changes_of(zone, year) or [datetime(year, 3, 29, 1, tzinfo=UTC)]
    for moment in moments_of_interest:
        for starts_at in quarters_around(moment):
            content = invitation(event(starts_at=starts_at), recipient(zone))
            assert ics.start_of(ics.read(content)) == starts_at
            assert start_by_library(content) == starts_at


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_of_a_file_shows_what_the_clocks_show_all_the_year(zone: str) -> None:
    calendar = ics.read(invitation(event(), recipient(zone)))
    component = calendar.child("VTIMEZONE")
    written = ics.Zone.of(component)
    assert written.is_continuous(component)
    hours = [datetime(2025, 12, 31, 10, tzinfo=UTC) + timedelta(hours=hour) for hour in range(367 * 24)]
    for moment in hours + [quarter for change in changes_of(zone, 2026) for quarter in quarters_around(change)]:
        assert written.local(moment) == moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(moments, zones)
def test_an_invitation_starts_at_its_moment_in_any_zone(starts_at: datetime, zone: str) -> None:
    starts_at = starts_at.replace(microsecond=0)
    assert ics.start_of(ics.read(invitation(event(starts_at=starts_at), recipient(zone)))) == starts_at


@pytest.mark.parametrize(
    ("zone", "changes"),
    [
        ("Europe/Berlin", ["2026-03-29T02:00 +1:00", "2026-10-25T03:00 -1:00"]),
        ("America/New_York", ["2026-03-08T02:00 +1:00", "2026-11-01T02:00 -1:00"]),
        ("Australia/Lord_Howe", ["2026-04-05T02:00 -0:30", "2026-10-04T02:00 +0:30"]),
        ("Asia/Kolkata", []),
    ],
)
def test_the_clocks_change_when_the_law_says(zone: str, changes: list[str]) -> None:
    _, *found = observances(ZoneInfo(zone), 2026)
    steps = [(one.onset, (one.offset_to - one.offset_from) / timedelta(minutes=1)) for one in found]
    shown = [
        f"{onset:%Y-%m-%dT%H:%M} {'-' if step < 0 else '+'}{int(abs(step)) // 60}:{int(abs(step)) % 60:02}"
        for onset, step in steps
    ]
    assert shown == changes


def test_the_start_is_written_on_the_clock_of_the_recipient() -> None:
    for zone, shown in (("Europe/Berlin", "20260610T100000"), ("Asia/Kolkata", "20260610T133000")):
        start = ics.read(invitation(event(), recipient(zone))).child("VEVENT").one("DTSTART")
        assert (start.parameters, start.value) == ({"TZID": zone}, shown)


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "Zulu"])
def test_utc_needs_no_zone(zone: str) -> None:
    calendar = ics.read(invitation(event(), recipient(zone)))
    assert calendar.child("VEVENT").one("DTSTART").value == "20260610T080000Z"
    assert [child.name for child in calendar.children] == ["VEVENT"]


def test_the_second_of_two_equal_local_times_is_written_in_utc() -> None:
    first, second = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    starts = [
        ics.read(invitation(event(starts_at=moment), VERA)).child("VEVENT").one("DTSTART").value
        for moment in (first, second)
    ]
    assert starts == ["20261025T023000", "20261025T013000Z"]


def test_an_invitation_names_what_calendars_need() -> None:
    calendar = ics.read(invitation(event(), VERA))
    assert (calendar.one("VERSION").value, calendar.one("METHOD").value) == ("2.0", "REQUEST")
    found = calendar.child("VEVENT")
    assert found.one("UID").text == event().uid
    assert found.one("SEQUENCE").value == "0"
    assert found.one("STATUS").value == "CONFIRMED"
    assert found.one("DURATION").value == "PT1H30M"
    assert found.one("DTSTAMP").value == found.one("LAST-MODIFIED").value == "20260502T073000Z"
    assert found.one("CREATED").value == "20260501T070000Z"
    assert found.one("URL").value == "https://qmt.example.com/calibration/7"
    organizer = found.one("ORGANIZER")
    assert (organizer.parameters["CN"], organizer.value) == ("Lena Marsh", "mailto:lena@example.com")
    attendees = {one.value: one.parameters["CN"] for one in found.all("ATTENDEE")}
    assert attendees == {"mailto:vera@example.com": "Vera Quill", "mailto:anna@example.com": "Анна Иванова"}
    assert found.child("VALARM").one("TRIGGER").value == "-PT15M"


def test_the_recipient_is_an_attendee_even_if_not_named() -> None:
    found = ics.read(invitation(event(attendees=()), VERA)).child("VEVENT")
    assert [one.value for one in found.all("ATTENDEE")] == ["mailto:vera@example.com"]


def test_a_change_has_the_same_uid_and_a_higher_sequence() -> None:
    changed = event(sequence=1, starts_at=event().starts_at + timedelta(hours=2))
    before, after = (ics.read(invitation(one, VERA)).child("VEVENT") for one in (event(), changed))
    assert before.one("UID") == after.one("UID")
    assert (before.one("SEQUENCE").value, after.one("SEQUENCE").value) == ("0", "1")


def test_a_cancellation_says_so_in_method_status_and_sequence() -> None:
    cancelled = event(status=EventStatus.CANCELLED, sequence=2)
    calendar = ics.read(invitation(cancelled, VERA))
    found = calendar.child("VEVENT")
    assert calendar.one("METHOD").value == "CANCEL"
    assert (found.one("STATUS").value, found.one("SEQUENCE").value) == ("CANCELLED", "2")
    assert found.one("UID").text == event().uid
    assert found.children == []
    assert invitation_attachment(cancelled, VERA).media_type == "text/calendar; method=CANCEL"


def test_the_same_event_gives_the_same_file() -> None:
    assert invitation(event(), VERA) == invitation(event(), VERA)


def test_long_cyrillic_text_is_folded_between_letters_and_read_back_whole() -> None:
    title, description = "Калибровка по звонкам за неделю; " * 12, "Первая строка,\nвторая \\ строка\r\nтретья"
    content = invitation(event(title=title, description=description), VERA)
    found = ics.read(content).child("VEVENT")
    assert found.one("SUMMARY").text == title.strip()
    assert found.one("DESCRIPTION").text == "Первая строка,\nвторая \\ строка\nтретья"
    vevent = read_by_library(content)
    assert (str(vevent["SUMMARY"]), str(vevent["DESCRIPTION"])) == (title.strip(), found.one("DESCRIPTION").text)


def shape(content: bytes) -> list[tuple[str, list[str]]]:
    """The components of a file with the names of their properties."""

    def walk(component: ics.Component) -> list[tuple[str, list[str]]]:
        own = (component.name, [one.name for one in component.properties])
        return [own, *(found for child in component.children for found in walk(child))]

    return walk(ics.read(content))


@given(texts, texts, texts)
def test_no_text_adds_a_property_and_every_text_is_read_back(title: str, description: str, name: str) -> None:
    odd = event(title=title, description=description, organizer=Person(name, "lena@example.com"))
    content = invitation(odd, VERA)
    assert shape(content) == shape(invitation(event(), VERA))
    found = ics.read(content).child("VEVENT")
    assert found.one("SUMMARY").text == header_text(title)
    assert found.one("DESCRIPTION").text == plain_lines(description)
    assert found.one("ORGANIZER").parameters.get("CN", "") == header_text(name)


@pytest.mark.parametrize("address", ["a@b.c\r\nATTENDEE:mailto:x@y.z", "a@b.c\nX:Y"])
def test_no_address_adds_a_property(address: str) -> None:
    odd = event(attendees=(Person("A", address), Person("B", "b@example.com")))
    assert (
        shape(invitation(odd, recipient("UTC")))[1:2]
        == shape(invitation(event(attendees=(Person("A", "a@b.c"), Person("B", "b@example.com"))), recipient("UTC")))[
            1:2
        ]
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"starts_at": datetime(2026, 6, 10, 8)}, "time zone"),  # noqa: DTZ001
        ({"updated_at": datetime(2026, 6, 10, 8)}, "time zone"),  # noqa: DTZ001
        ({"duration": timedelta()}, "more than no time"),
        ({"duration": timedelta(days=1)}, "less than a day"),
        ({"sequence": -1}, "begins with 0"),
    ],
)
def test_an_event_that_no_calendar_can_show_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        event(**changes)


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(zoneinfo.ZoneInfoNotFoundError, match="Europe/Nowhere"):
        invitation(event(), recipient("Europe/Nowhere"))


def test_an_event_over_new_year_lies_within_its_zone() -> None:
    last: CalendarEvent = event(starts_at=datetime(2026, 12, 31, 23, 30, tzinfo=UTC), duration=timedelta(hours=3))
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12", "Europe/Berlin"):
        assert ics.start_of(ics.read(invitation(last, recipient(zone)))) == last.starts_at
