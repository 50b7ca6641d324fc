"""Figures by week as a picture over time."""

from collections.abc import Mapping

from app.analysis.pictures.types import Quantity, Trend
from app.analysis.weeks import weeks_between
from app.statistics import Estimate


def trend_by_week(
    quantity: Quantity, weeks: Mapping[str, Estimate | None], *, scale: tuple[float, float] | None = None
) -> Trend:
    """The figures of ISO weeks, by week, without a heading. A week missing between the first and the last has none."""
    labels = weeks_between(min(weeks), max(weeks)) if weeks else []
    found = [weeks.get(week) for week in labels]
    return Trend(
        title="",
        caption="",
        quantity=quantity,
        labels=labels,
        values=[None if one is None else one.value for one in found],
        lows=[None if one is None else one.low for one in found],
        highs=[None if one is None else one.high for one in found],
        scale=scale,
    )
