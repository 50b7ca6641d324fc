"""The clock port: the system's clock, or one that stands still where a test needs it to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, tzinfo
from typing import Protocol, TypeVar

# Every time that a client sends or a table holds is one of these. Further away, zones and sums leave the calendar.
YEARS = range(1970, 2200)
FIRST_TIME = datetime(YEARS.start, 1, 1, tzinfo=UTC)
END_OF_TIME = datetime(YEARS.stop, 1, 1, tzinfo=UTC)


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


C = TypeVar("C", bound=Clock)


@contextmanager
def use_clock(clock: C) -> Iterator[C]:
    token = _clock.set(clock)
    try:
        yield clock
    finally:
        _clock.reset(token)
