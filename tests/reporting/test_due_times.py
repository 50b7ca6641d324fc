"""When reports are due, in zones whose clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reporting.due_times import Every, RelativePeriod, When, days_of, due_after, due_times

BERLIN, SAO_PAULO, KOLKATA, APIA = map(ZoneInfo, ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia"))
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)

zones = st.sampled_from(
    [BERLIN, SAO_PAULO, KOLKATA, APIA, *map(ZoneInfo, ("UTC", "Australia/Lord_Howe", "Africa/Cairo"))]
)
times = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(datetime(1995, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
daily = st.builds(When, st.just(Every.DAY), times, zones)
weekly = st.builds(When, st.just(Every.WEEK), times, zones, st.integers(1, 7))
monthly = st.builds(When, st.just(Every.MONTH), times, zones, st.none(), st.integers(1, 31))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def every_day(at: str, zone: ZoneInfo) -> When:
    return When(Every.DAY, time.fromisoformat(at), zone)


def first_due(when: When, *, after: str, count: int) -> list[datetime]:
    due = [due_after(when, utc(after))]
    while len(due) < count:
        due.append(due_after(when, due[-1]))
    return due


def exists(local: datetime, zone: ZoneInfo) -> bool:
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local


@pytest.mark.parametrize(
    ("when", "after", "expected"),
    [
        # The clocks go from 02:00 to 03:00 on 29 March 2026, and from 03:00 back to 02:00 on 25 October.
        (every_day("08:00", BERLIN), "2026-03-28T00:00", ["2026-03-28T07:00", "2026-03-29T06:00"]),
        (every_day("02:30", BERLIN), "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:30"]),
        (every_day("02:00", BERLIN), "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T00:00"]),
        (every_day("03:00", BERLIN), "2026-03-28T12:00", ["2026-03-29T01:00", "2026-03-30T01:00"]),
        (every_day("02:30", BERLIN), "2026-10-24T12:00", ["2026-10-25T00:30", "2026-10-26T01:30"]),
        # The clocks went from midnight to 01:00 on 4 November 2018, and back at midnight on 18 February.
        (every_day("00:00", SAO_PAULO), "2018-11-03T12:00", ["2018-11-04T03:00", "2018-11-05T02:00"]),
        (every_day("00:30", SAO_PAULO), "2018-11-03T12:00", ["2018-11-04T03:00", "2018-11-05T02:30"]),
        (every_day("23:30", SAO_PAULO), "2018-02-17T12:00", ["2018-02-18T01:30", "2018-02-19T02:30"]),
        # An offset of a half hour, without changes.
        (every_day("00:15", KOLKATA), "2026-03-01T00:00", ["2026-03-01T18:45", "2026-03-02T18:45"]),
        # There was no 30 December 2011: the next local time is midnight of the 31st.
        (every_day("00:00", APIA), "2011-12-29T11:00", ["2011-12-30T10:00", "2011-12-31T10:00"]),
    ],
    ids=str,
)
def test_a_report_is_due_at_the_local_time(when: When, after: str, expected: list[str]) -> None:
    assert first_due(when, after=after, count=len(expected)) == list(map(utc, expected))


def test_a_week_is_due_on_its_weekday() -> None:
    mondays = When(Every.WEEK, time(8), BERLIN, weekday=1)
    assert first_due(mondays, after="2026-03-23T07:00", count=2) == [utc("2026-03-30T06:00"), utc("2026-04-06T06:00")]


def test_a_month_without_the_day_is_due_on_its_last_day() -> None:
    last = When(Every.MONTH, time(8), KOLKATA, day=31)
    days = [due.astimezone(KOLKATA).date() for due in first_due(last, after="2028-01-31T12:00", count=3)]
    assert days == [date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]


@given(st.one_of(daily, weekly, monthly), moments)
def test_a_due_time_is_later_and_shows_the_local_time_if_it_exists(when: When, moment: datetime) -> None:
    due = due_after(when, moment)
    assert due > moment
    assert due.tzinfo is UTC
    local = due.astimezone(when.zone).replace(tzinfo=None)
    if local.time() == when.at:
        # Of two moments with this time the first.
        assert due.astimezone(when.zone).fold == 0
        return
    # A minute before, the clocks had not reached the time; they skipped it.
    before = (due - MINUTE).astimezone(when.zone).replace(tzinfo=None)
    wanted = datetime.combine(before.date(), when.at)
    wanted = wanted if wanted > before else wanted + DAY
    assert before < wanted < local
    assert not exists(wanted, when.zone)


@given(daily, moments)
def test_every_local_day_is_due_once(when: When, moment: datetime) -> None:
    due = list(due_times(when, moment, moment + 20 * DAY))
    assert due == sorted(set(due))
    wanted = {datetime.combine(moment.date() + number * DAY, when.at) for number in range(-2, 24)}
    for local in wanted:
        at = local.replace(tzinfo=when.zone).astimezone(UTC)
        if exists(local, when.zone) and moment < at <= moment + 20 * DAY:
            assert due.count(at) == 1
    assert len(due) <= 21


@given(weekly, moments)
def test_a_week_has_one_due_time(when: When, moment: datetime) -> None:
    due = list(due_times(when, moment, moment + 60 * DAY))
    assert all(6 * DAY < later - earlier < 8 * DAY for earlier, later in pairwise(due))


@given(monthly, moments)
def test_a_month_has_one_due_time(when: When, moment: datetime) -> None:
    due = list(due_times(when, moment, moment + 400 * DAY))
    months = [(at.astimezone(when.zone).year, at.astimezone(when.zone).month) for at in due]
    assert len(set(months)) >= len(months) - 1  # Apia's last day of December 2011 may be due with the day before.
    assert 12 <= len(due) <= 14


@given(st.one_of(daily, weekly, monthly), moments, st.integers(1, 60))
def test_due_times_do_not_depend_on_where_one_begins(when: When, moment: datetime, days: int) -> None:
    until = moment + 60 * DAY
    middle = moment + days * DAY
    whole = list(due_times(when, moment, until))
    assert whole == [*due_times(when, moment, middle), *due_times(when, middle, until)]


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        (RelativePeriod.PREVIOUS_DAY, date(2026, 2, 28), date(2026, 3, 1)),
        (RelativePeriod.PREVIOUS_WEEK, date(2026, 2, 16), date(2026, 2, 23)),
        (RelativePeriod.PREVIOUS_MONTH, date(2026, 2, 1), date(2026, 3, 1)),
    ],
    ids=str,
)
def test_a_period_is_the_one_before_the_local_day(period: RelativePeriod, first: date, end: date) -> None:
    # In Kolkata it is 1 March already, a Sunday.
    assert days_of(period, utc("2026-02-28T20:00"), KOLKATA) == (first, end)


@given(st.sampled_from(RelativePeriod), moments, zones)
def test_a_period_is_whole_and_over(period: RelativePeriod, due: datetime, zone: ZoneInfo) -> None:
    first, end = days_of(period, due, zone)
    assert first < end <= due.astimezone(zone).date()
    lengths = {RelativePeriod.PREVIOUS_DAY: {1}, RelativePeriod.PREVIOUS_WEEK: {7}}
    assert (end - first).days in lengths.get(period, {28, 29, 30, 31})


@pytest.mark.parametrize(
    "fields",
    [
        {"every": Every.WEEK},
        {"every": Every.DAY, "weekday": 1},
        {"every": Every.MONTH},
        {"every": Every.WEEK, "weekday": 1, "day": 1},
        {"every": Every.WEEK, "weekday": 8},
        {"every": Every.MONTH, "day": 0},
        {"every": Every.DAY, "at": time(8, 0, 1)},
        {"every": Every.DAY, "at": time(8, tzinfo=UTC)},
    ],
    ids=str,
)
def test_a_contradiction_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"schedule|lies between|local one"):
        When(**({"at": time(8), "zone": BERLIN} | fields))  # type: ignore[arg-type]
