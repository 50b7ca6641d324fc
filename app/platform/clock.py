"""The clock port: the system's clock, or one that stands still where a test needs it to. And periods of time."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol, TypeVar

from app.platform.errors import Invalid, invalid

# Every time that a client sends or a table holds is one of these. Further away, zones and sums leave the calendar.
YEARS = range(1970, 2200)
FIRST_TIME = datetime(YEARS.start, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(YEARS.stop, 1, 1, tzinfo=UTC)


# The last time that a table holds.
LAST_TIME = END_OF_TIME - timedelta(microseconds=1)


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


_clock: ContextVar[Clock] = ContextVar("clock", default=SystemClock())  # noqa: B039 (the system clock has no state)


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return _clock.get().now()


def is_storable(at: datetime) -> bool:
    """Whether the time lies within the years that tables hold."""
    return FIRST_TIME <= at < END_OF_TIME


def start_of_day(day: date, zone: tzinfo) -> datetime:
    """The moment at which a local day begins, in UTC.

    That is the first midnight where the clock shows midnight twice, and the moment of the change where it skips it.
    """
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`, in UTC. Days are those of the zone."""

    since: datetime
    until: datetime
    zone: tzinfo

    @property
    def first_day(self) -> date:
        return self.since.astimezone(self.zone).date()


def period_between(
    since: date | datetime | None, until: date | datetime | None, zone: tzinfo, now: datetime, *, default: timedelta
) -> Period:
    """The period that is asked for; a day begins at midnight in the zone. By default it lasts until now.

    default: how long it is where its beginning is not given.
    """
    end = now if until is None else _instant("to", until, zone)
    start = end - default if since is None else _instant("from", since, zone)
    for parameter, instant in (("to", end), ("from", start)):
        if not is_storable(instant):
            raise _outside_the_years(parameter)
    if start >= end:
        raise invalid("from", f"must be before the end of the period, {end.isoformat()}")
    return Period(start, end, zone)


def _instant(parameter: str, at: date | datetime, zone: tzinfo) -> datetime:
    if at.year not in YEARS:
        raise _outside_the_years(parameter)
    return at.astimezone(UTC) if isinstance(at, datetime) else start_of_day(at, zone)


def _outside_the_years(parameter: str) -> Invalid:
    return invalid(parameter, f"must lie between the years {YEARS.start} and {YEARS.stop - 1}")


C = TypeVar("C", bound=Clock)


@contextmanager
def use_clock(clock: C) -> Iterator[C]:
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)
