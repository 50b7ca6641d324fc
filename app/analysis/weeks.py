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
    return _monday_at(instant.replace(tzinfo=UTC), zone)


def _monday_at(at: datetime, zone: ZoneInfo) -> date:
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())
