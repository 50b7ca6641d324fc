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
