"""When a report is due: every day, on a weekday or on a day of the month, at a local time of a time zone.

Where clocks skip the local time, the report is due at the next local time that exists: the moment of the change. Where
clocks show it twice, it is due the first time only. A month without the day has its last day instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_DAYS_OF_A_WEEK = 7
_LONGEST_MONTH = 31


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class RelativePeriod(StrEnum):
    """The whole day, week (from Monday) or month before the day on which a report is due."""

    PREVIOUS_DAY = "previous_day"
    PREVIOUS_WEEK = "previous_week"
    PREVIOUS_MONTH = "previous_month"


@dataclass(frozen=True, slots=True)
class When:
    """`weekday`: from 1, Monday, to 7; only of a week. `day`: from 1 to 31; only of a month. `at`: whole minutes.

    ValueError where these contradict each other.
    """

    every: Every
    at: time
    zone: ZoneInfo
    weekday: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        if (self.every is Every.WEEK) != (self.weekday is not None):
            raise ValueError("a weekly schedule, and only it, has a weekday")
        if (self.every is Every.MONTH) != (self.day is not None):
            raise ValueError("a monthly schedule, and only it, has a day of the month")
        if self.weekday is not None and not 1 <= self.weekday <= _DAYS_OF_A_WEEK:
            raise ValueError("a weekday lies between 1 and 7")
        if self.day is not None and not 1 <= self.day <= _LONGEST_MONTH:
            raise ValueError("a day of the month lies between 1 and 31")
        if self.at.tzinfo is not None or self.at.second or self.at.microsecond:
            raise ValueError("the time of day is a local one in whole minutes")


def due_after(when: When, moment: datetime) -> datetime:
    """The first due time after an aware moment, in UTC."""
    # A change of the clocks, or a date that they skip, moves a due time by a day at most.
    day = moment.astimezone(when.zone).date() - 2 * _DAY
    return next(due for due in (_moment(when, of) for of in _days_from(when, day)) if due > moment)


def due_times(when: When, after: datetime, until: datetime) -> Iterator[datetime]:
    """The due times after one moment up to and including another, in order."""
    due = due_after(when, after)
    while due <= until:
        yield due
        due = due_after(when, due)


def days_of(period: RelativePeriod, due: datetime, zone: ZoneInfo) -> tuple[date, date]:
    """The first day of the period before a due time, and the day after its last one, in the calendar of the zone."""
    today = due.astimezone(zone).date()
    match period:
        case RelativePeriod.PREVIOUS_DAY:
            return today - _DAY, today
        case RelativePeriod.PREVIOUS_WEEK:
            monday = today - today.weekday() * _DAY
            return monday - _DAYS_OF_A_WEEK * _DAY, monday
        case RelativePeriod.PREVIOUS_MONTH:
            first = today.replace(day=1)
            return (first - _DAY).replace(day=1), first


def _days_from(when: When, first: date) -> Iterator[date]:
    """The local days of a schedule, from this one on."""
    day = first
    while True:
        if _is_due_on(when, day):
            yield day
        day += _DAY


def _is_due_on(when: When, day: date) -> bool:
    match when.every:
        case Every.DAY:
            return True
        case Every.WEEK:
            return day.isoweekday() == when.weekday
        case Every.MONTH:
            is_last = (day + _DAY).day == 1
            return day.day == when.day or (is_last and day.day < (when.day or 0))


def _moment(when: When, day: date) -> datetime:
    """When the clocks of the zone show the time of that day; when they change where they skip it."""
    local = datetime.combine(day, when.at)
    # `fold=0` is the first of two moments. Of a time that is skipped, it reads the clock before the change.
    late = local.replace(tzinfo=when.zone).astimezone(UTC)
    if late.astimezone(when.zone).replace(tzinfo=None) == local:
        return late
    early = local.replace(tzinfo=when.zone, fold=1).astimezone(UTC)
    return _change(when.zone, early, late)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second after a change of the clocks that lies between two moments."""
    old = before.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after
