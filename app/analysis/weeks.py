"""The ISO weeks of calls, in the time zone of each call's project."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.analysis.intervals import Interval, first_days
from app.analysis.samples import ReportScope, SampleArrays
from app.statistics import IntArray


def week_of_each(sample: SampleArrays, scope: ReportScope) -> IntArray:
    """The Monday of each call's week, as the ordinal of its date."""
    return first_days(sample, scope, Interval.WEEK)


def week_of_each_window(scope: ReportScope) -> IntArray | None:
    """The Monday of the week that each window lies in, by rank; None if a window lies in several weeks."""
    zones = [ZoneInfo(zone) for zone in scope.draw_zones]
    first = [_monday_at(start, zone) for start, zone in zip(scope.draw_starts, zones, strict=True)]
    ends = (end - timedelta(microseconds=1) for end in scope.draw_ends)
    last = [_monday_at(end, zone) for end, zone in zip(ends, zones, strict=True)]
    return np.array([monday.toordinal() for monday in first], dtype=np.int64) if first == last else None


def iso_week(monday: int) -> str:
    """The week that begins on this day, an ordinal: `2026-W45`."""
    year, week, _ = date.fromordinal(monday).isocalendar()
    return f"{year}-W{week:02}"


def weeks_between(first: str, last: str) -> list[str]:
    """All ISO weeks from the first to the last, in order."""
    begin, end = (_monday(week).toordinal() for week in (first, last))
    return [iso_week(monday) for monday in range(begin, end + 1, 7)]


def _monday(week: str) -> date:
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def _monday_at(at: datetime, zone: ZoneInfo) -> date:
    return Interval.WEEK.first_day(at.astimezone(zone).date())
