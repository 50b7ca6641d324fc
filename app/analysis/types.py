"""What a report is about: its filters, its period and its groups."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.platform.clock import Period, period_between

DEFAULT_PERIOD = timedelta(days=28)


class GroupBy(StrEnum):
    PROJECT = "project"
    TEAM = "team"
    AGENT = "agent"
    VERIFIER = "verifier"
    WEEK = "week"


class Person(NamedTuple):
    """An agent with the present team."""

    id: UUID
    external_id: str
    name: str
    team_id: UUID | None
    team: str | None


@dataclass(frozen=True, slots=True)
class Filters:
    """What a client asks for: calls that started from `since` until just before `until`. None does not filter.

    `zone`: whose days the report names; None: that of the project, or UTC.
    """

    since: date | datetime | None = None
    until: date | datetime | None = None
    project_id: UUID | None = None
    team_id: UUID | None = None
    scorecard_id: UUID | None = None
    zone: tzinfo | None = None


def period_of(filters: Filters, zone: tzinfo, now: datetime) -> Period:
    """The period that is asked for; the default is the 28 days until now."""
    return period_between(filters.since, filters.until, zone, now, default=DEFAULT_PERIOD)


@dataclass(frozen=True, slots=True)
class ReportPeriod(Period):
    """The period of a report, and the names of what else it is filtered by; None does not filter."""

    project: str | None = None
    team: str | None = None
    scorecard: str | None = None
