"""The days, ISO weeks or months of calls, in the time zone of each call's project."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from app.analysis.samples import InstantArray, ReportScope, SampleArrays, factorize_objects
from app.platform.clock import start_of_day
from app.statistics import IntArray


class Interval(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def first_day(self, day: date) -> date:
        """The first day of the interval that has this day."""
        match self:
            case Interval.DAY:
                return day
            case Interval.WEEK:
                return day - timedelta(days=day.weekday())
            case Interval.MONTH:
                return day.replace(day=1)

    def next_first_day(self, first_day: date) -> date:
        """The first day of the next interval."""
        # 31 days after the first day of a month is always early in the next one.
        length = {Interval.DAY: 1, Interval.WEEK: 7, Interval.MONTH: 31}[self]
        return self.first_day(first_day + timedelta(days=length))


def first_days(sample: SampleArrays, scope: ReportScope, interval: Interval) -> IntArray:
    """The first day of each call's interval, as the ordinal of its date."""
    zone_codes, zones = factorize_objects(scope.draw_zones)
    zone_of_call = zone_codes[sample.draws]
    days = np.zeros_like(sample.draws)
    for code, zone in enumerate(zones):
        chosen = zone_of_call == code
        days[chosen] = _first_days(sample.started_at[chosen], ZoneInfo(zone), interval)
    return days


def _first_days(started_at: InstantArray, zone: tzinfo, interval: Interval) -> IntArray:
    if not started_at.size:
        return np.zeros(0, dtype=np.int64)
    last = interval.first_day(_local_day(started_at.max(), zone))
    days = [interval.first_day(_local_day(started_at.min(), zone))]
    while days[-1] < last:
        days.append(interval.next_first_day(days[-1]))
    # numpy's instants have no zone; all of them are in UTC.
    starts = [start_of_day(day, zone).replace(tzinfo=None) for day in days]
    index = np.searchsorted(np.array(starts, dtype=started_at.dtype), started_at, side="right") - 1
    return np.array([day.toordinal() for day in days], dtype=np.int64)[index]


def _local_day(at: np.datetime64, zone: tzinfo) -> date:
    instant: datetime = at.astype(datetime)
    return instant.replace(tzinfo=UTC).astimezone(zone).date()
