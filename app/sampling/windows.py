"""Windows in a plan's time zone: days, ISO weeks and months, right across clock changes.

A window begins at local midnight. Where the clock skips midnight it begins at the moment of the skip; where
midnight comes twice, at the first. So windows of a kind follow each other without gap or overlap.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class WindowKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Window:
    """A day, ISO week or month of the plan's time zone: local dates, and the UTC instants they stand for.

    `end_on` and `ends_at` are the first moment after the window.
    """

    kind: WindowKind
    timezone: str
    start_on: date
    end_on: date
    starts_at: datetime
    ends_at: datetime


def window_of(kind: WindowKind, timezone: str, day: date) -> Window:
    """The window that holds a local date; ZoneInfoNotFoundError (a KeyError) for an unknown time zone."""
    start_on = _first_day(kind, day)
    end_on = _day_after(kind, start_on)
    zone = ZoneInfo(timezone)
    return Window(kind, timezone, start_on, end_on, _midnight(start_on, zone), _midnight(end_on, zone))


def window_at(kind: WindowKind, timezone: str, instant: datetime) -> Window:
    """The window that holds an aware instant."""
    window = window_of(kind, timezone, instant.astimezone(ZoneInfo(timezone)).date())
    # A clock set back across midnight shows yesterday's date again for minutes that belong to today's window.
    return next_window(window) if instant >= window.ends_at else window


def next_window(window: Window) -> Window:
    """The window that begins where this one ends."""
    return window_of(window.kind, window.timezone, window.end_on)


def midnights(window: Window) -> tuple[datetime, ...]:
    """The moments at which the local days of a window begin."""
    zone = ZoneInfo(window.timezone)
    days = (window.end_on - window.start_on).days
    return tuple(_midnight(window.start_on + timedelta(days=day), zone) for day in range(days))


def is_closed(window: Window, now: datetime) -> bool:
    """Whether the window is over, so that its calls can be drawn."""
    return now >= window.ends_at


def _first_day(kind: WindowKind, day: date) -> date:
    match kind:
        case WindowKind.DAY:
            return day
        case WindowKind.WEEK:
            return day - timedelta(days=day.weekday())
        case WindowKind.MONTH:
            return day.replace(day=1)


def _day_after(kind: WindowKind, start_on: date) -> date:
    match kind:
        case WindowKind.DAY:
            return start_on + timedelta(days=1)
        case WindowKind.WEEK:
            return start_on + timedelta(days=7)
        case WindowKind.MONTH:
            return (start_on + timedelta(days=31)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
