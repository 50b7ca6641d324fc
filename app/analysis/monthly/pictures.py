"""The pictures of the monthly report, without a title: the headings of its pages say what they show."""

from dataclasses import replace

from app.analysis.errors.picture import items_picture, trend_of_shares
from app.analysis.monthly.types import MonthlyReport
from app.analysis.pictures import Pareto, Quantity, Trend, trend_by_week

# More items make the picture too high for its page.
MOST_BARS = 6


def quality_by_week(report: MonthlyReport) -> Trend:
    return trend_by_week(Quantity.POINTS, {week.name: week.estimate for week in report.weeks})


def process_share_by_week(report: MonthlyReport) -> Trend:
    return trend_of_shares(report.trend)


def errors_by_item(report: MonthlyReport) -> Pareto:
    return replace(items_picture(report.sources, report.language), title="", caption="", most=MOST_BARS)
