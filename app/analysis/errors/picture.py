"""What the pictures of the report on sources of errors show."""

from collections.abc import Iterable
from dataclasses import replace
from enum import StrEnum

from app.analysis.errors.report import ErrorSourcesReport, ItemReport, WeekReport
from app.analysis.files.about import caption
from app.analysis.pictures import Pareto, Quantity, Trend, trend_by_week
from app.calibration import Language
from app.statistics.attribution import Verdict

_ITEMS = ("Items with the most errors, and whose they are", "Пункты с наибольшим числом ошибок и чьи это ошибки")
_TREND = ("Share of errors that the process causes, by week", "Доля ошибок, вызванных процессом, по неделям")
_VERDICTS_RU = {Verdict.PROCESS: "процесс", Verdict.AGENT: "оператор", Verdict.MIXED: "неясно"}


class ErrorPicture(StrEnum):
    """The pictures of the report: errors by item and source, and the process share by week."""

    ITEMS = "items"
    TREND = "trend"


def verdict_ru(item: ItemReport) -> str | None:
    return None if item.verdict is None else _VERDICTS_RU[item.verdict]


def items_picture(report: ErrorSourcesReport, language: Language) -> Pareto:
    """The errors in all calls, as the sample estimates them."""
    process = [item.all_errors * (item.p_process or 0.0) for item in report.by_item]
    # The verifiers' marks tell the process from all others, and say no more of an item.
    others = [item.all_errors - of_process for item, of_process in zip(report.by_item, process, strict=True)]
    return Pareto(
        title=_ITEMS[language is Language.RUSSIAN],
        caption=caption(report.period, language),
        labels=[item.title for item in report.by_item],
        process=process,
        agent=None,
        other=others,
    )


def trend_picture(report: ErrorSourcesReport, language: Language) -> Trend:
    """The process share of each week; a week without errors has none."""
    title = _TREND[language is Language.RUSSIAN]
    return replace(trend_of_shares(report.trend), title=title, caption=caption(report.period, language))


def trend_of_shares(weeks: Iterable[WeekReport]) -> Trend:
    """The same without a heading. The axis shows all errors, so that a reader sees which side of one half a week is."""
    return trend_by_week(Quantity.SHARE, {week.week: week.process_share for week in weeks}, scale=(0.0, 1.0))
