"""What a report is about: its filters, its period and its groups."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID

from app.platform.clock import YEARS, is_storable, start_of_day
from app.platform.errors import Invalid, invalid

DEFAULT_PERIOD = timedelta(days=28)


class GroupBy(StrEnum):
    PROJECT = "project"
    TEAM = "team"
    AGENT = "agent"
    VERIFIER = "verifier"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a client asks for: calls that started from `since` until just before `until`. None does not filter."""

    since: date | datetime | None = None
    until: date | datetime | None = None
    project_id: UUID | None = None
    team_id: UUID | None = None
    scorecard_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` until just before `until`, in UTC. Days are those of the zone."""

    since: datetime
    until: datetime
    zone: tzinfo

    @property
    def first_day(self) -> date:
        return self.since.astimezone(self.zone).date()


def period_of(filters: Filters, zone: tzinfo, now: datetime) -> Period:
    """The period that is asked for; a day begins at midnight in the zone. The default is the 28 days until now."""
    until = now if filters.until is None else _instant("to", filters.until, zone)
    since = until - DEFAULT_PERIOD if filters.since is None else _instant("from", filters.since, zone)
    for parameter, instant in (("to", until), ("from", since)):
        if not is_storable(instant):
            raise _outside_the_years(parameter)
    if since >= until:
        raise invalid("from", f"must be before the end of the period, {until.isoformat()}")
    return Period(since, until, zone)


def _instant(parameter: str, at: date | datetime, zone: tzinfo) -> datetime:
    if at.year not in YEARS:
        raise _outside_the_years(parameter)
    return at.astimezone(UTC) if isinstance(at, datetime) else start_of_day(at, zone)


def _outside_the_years(parameter: str) -> Invalid:
    return invalid(parameter, f"must lie between the years {YEARS.start} and {YEARS.stop - 1}")
