"""Two figures compared by their intervals.

Figures differ visibly if their 95 % intervals do not overlap. That is stricter than a test of the difference (Schenker
and Gentleman 2001), so that a report calls no noise a change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum

from app.statistics import Estimate


class Change(Enum):
    NO_FIGURE_BEFORE = "no_figure_before"
    NO_INTERVAL = "no_interval"
    NOT_VISIBLE = "not_visible"
    MORE = "more"
    LESS = "less"


@dataclass(frozen=True, slots=True)
class Compared:
    """A figure of a month and of the month before; None where there is none."""

    month: date
    now: Estimate | None
    before: Estimate | None

    @property
    def month_before(self) -> date:
        return (self.month.replace(day=1) - timedelta(days=1)).replace(day=1)


@dataclass(frozen=True, slots=True)
class WeekLevel:
    """The figure of an ISO week; None where there is none."""

    week: str
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class Since:
    """The week since which a figure is at its level. `at_least`: it may be longer, for there are no earlier weeks."""

    week: str
    at_least: bool


def overlap(one: Estimate, other: Estimate) -> bool | None:
    """Whether the intervals overlap, ends included; None if one of them has no interval."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return None
    return one.low <= other.high and other.low <= one.high


def change(now: Estimate, before: Estimate | None) -> Change:
    """How a figure differs from the one before."""
    if before is None:
        return Change.NO_FIGURE_BEFORE
    match overlap(now, before):
        case None:
            return Change.NO_INTERVAL
        case True:
            return Change.NOT_VISIBLE
        case False:
            return Change.MORE if now.value > before.value else Change.LESS


def level_since(weeks: Sequence[WeekLevel], level: Estimate) -> Since | None:
    """The first of the last weeks in a row whose intervals overlap that of the level; None if the last week's does not.

    Weeks without an interval neither continue nor end the row.
    """
    judged = [(week.week, overlap(week.estimate, level)) for week in weeks if week.estimate is not None]
    judged = [(week, alike) for week, alike in judged if alike is not None]
    since: Since | None = None
    for place in reversed(range(len(judged))):
        week, alike = judged[place]
        if not alike:
            break
        since = Since(week, at_least=place == 0)
    return since
