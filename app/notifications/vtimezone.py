"""The VTIMEZONE of a calendar file: when the clocks of a time zone change in one year (RFC 5545, 3.6.5).

Each change is an observance of its own, computed from the zone. There are no rules of recurrence: the rules of many
zones, such as those that follow Ramadan, cannot be written as one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone as VTimezone
from icalendar import TimezoneDaylight, TimezoneStandard

_DAY = timedelta(days=1)
_STEP = timedelta(hours=6)
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Observance:
    """A time with one offset. `onset` is what local clocks show when it begins, before they are changed."""

    onset: datetime
    offset_from: timedelta
    offset_to: timedelta
    name: str
    daylight: bool


def vtimezone(zone: ZoneInfo, year: int) -> VTimezone:
    """The zone in a year of its local calendar, and in the day before and after it."""
    component = VTimezone()
    component.add("tzid", zone.key)
    for observance in observances(zone, year):
        component.add_component(_component(observance))
    return component


@lru_cache(maxsize=1000)
def observances(zone: ZoneInfo, year: int) -> tuple[Observance, ...]:
    """The observances of a year, in order. The first one is in force when the year begins."""
    # Local years begin and end up to 14 hours before or after those of UTC.
    moment = datetime(year, 1, 1, tzinfo=UTC) - 2 * _DAY
    end = datetime(year + 1, 1, 1, tzinfo=UTC) + 2 * _DAY
    found = [_observance(zone, moment, _offset(zone, moment))]
    while moment < end:
        following = moment + _STEP
        if _offset(zone, following) != _offset(zone, moment):
            found.append(_observance(zone, _change(zone, moment, following), _offset(zone, moment)))
        moment = following
    return tuple(found)


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """The first second with the offset of `after`."""
    old = _offset(zone, before)
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if _offset(zone, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _observance(zone: ZoneInfo, moment: datetime, offset_from: timedelta) -> Observance:
    local = moment.astimezone(zone)
    return Observance(
        onset=(moment + offset_from).replace(tzinfo=None),
        offset_from=offset_from,
        offset_to=_offset(zone, moment),
        name=local.tzname() or zone.key,
        # Where winter time is the exception, as in Ireland, the zone names a negative saving: no daylight time.
        daylight=(local.dst() or timedelta()) > timedelta(),
    )


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _component(observance: Observance) -> TimezoneDaylight | TimezoneStandard:
    component = TimezoneDaylight() if observance.daylight else TimezoneStandard()
    component.add("dtstart", observance.onset)
    component.add("tzoffsetfrom", observance.offset_from)
    component.add("tzoffsetto", observance.offset_to)
    component.add("tzname", observance.name)
    return component
