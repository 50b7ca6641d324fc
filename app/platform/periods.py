"""Periods that clients ask for: from a day or a time until just before another one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from app.platform.clock import YEARS, is_storable, start_of_day
from app.platform.errors import Invalid, invalid


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
