"""The ISO weeks of calls, in the time zone of each call's project."""

from datetime import date

from app.analysis.intervals import Interval, first_days
from app.analysis.samples import ReportScope, SampleArrays
from app.statistics import IntArray


def week_of_each(sample: SampleArrays, scope: ReportScope) -> IntArray:
    """The Monday of each call's week, as the ordinal of its date."""
    return first_days(sample, scope, Interval.WEEK)


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
