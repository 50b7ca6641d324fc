"""What a report is asked to speak about."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from app.platform.errors import invalid

DEFAULT_PERIOD = timedelta(days=28)
# Outside of these, time zones and subtractions run over the ends of the calendar.
YEARS = range(1970, 3000)


class GroupBy(StrEnum):
    PROJECT = "project"
    TEAM = "team"
    AGENT = "agent"
    VERIFIER = "verifier"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for: calls that started from `since` until just before `until`, all of them or some."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    project_id: UUID | None = None
    team_id: UUID | None = None
    scorecard_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` until just before `end`, in UTC."""

    start: datetime
    end: datetime


def period_of(filters: Filters, zone: tzinfo, now: datetime) -> Period:
    """The moments that are meant; a day is its first moment in the zone. By default the 28 days until now."""
    end = now if filters.until is None else _moment("to", filters.until, zone)
    start = end - DEFAULT_PERIOD if filters.since is None else _moment("from", filters.since, zone)
    if start >= end:
        raise invalid("from", f"must be before the end of the period, {end.isoformat()}")
    return Period(start, end)


def _moment(parameter: str, at: date | datetime, zone: tzinfo) -> datetime:
    if at.year not in YEARS:
        raise invalid(parameter, f"must lie between the years {YEARS.start} and {YEARS.stop - 1}")
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=zone)
    return at.astimezone(UTC)
