"""The ISO weeks of calls, in the time zone of each call's project."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from app.analysis.samples import InstantArray, ReportScope, SampleArrays, factorize_objects
from app.platform.clock import start_of_day
from app.statistics import IntArray


def week_of_each(sample: SampleArrays, scope: ReportScope) -> IntArray:
    """The Monday of each call's week, as the ordinal of its date."""
    zone_codes, zones = factorize_objects(scope.draw_zones)
    zone_of_call = zone_codes[sample.draws]
    weeks = np.zeros_like(sample.draws)
    for code, zone in enumerate(zones):
        chosen = zone_of_call == code
        weeks[chosen] = _mondays(sample.started_at[chosen], ZoneInfo(zone))
    return weeks


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


def _mondays(started_at: InstantArray, zone: ZoneInfo) -> IntArray:
    if not started_at.size:
        return np.zeros(0, dtype=np.int64)
    first = _monday_of(started_at.min(), zone)
    weeks = range((_monday_of(started_at.max(), zone) - first).days // 7 + 1)
    starts = [start_of_day(first + timedelta(weeks=week), zone).replace(tzinfo=None) for week in weeks]
    index = np.searchsorted(np.array(starts, dtype=started_at.dtype), started_at, side="right") - 1
    return np.asarray(first.toordinal() + 7 * index, dtype=np.int64)


def _monday_of(at: np.datetime64, zone: ZoneInfo) -> date:
    instant: datetime = at.astype(datetime)
    day = instant.replace(tzinfo=UTC).astimezone(zone).date()
    return day - timedelta(days=day.weekday())
