"""What a report is about: its period, its filters, its method, and its figures beside the rows."""

from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any

from app.analysis.files.words import word
from app.analysis.types import ReportPeriod
from app.analysis.wording import period_text
from app.calibration import Language
from app.platform.clock import Period
from app.platform.columns import Column, Report, Table, flat_columns

# They are in the title block.
_SHOWN_ELSEWHERE = {"from", "to", "method"}


def period_of(document: Any) -> Period | None:
    """The period of the report; None for one that is of no period or of several."""
    period = getattr(document, "period", None)
    return period if isinstance(period, Period) else None


def zone_of(document: Any) -> tzinfo:
    """The time zone in which the times of the report are written."""
    period = period_of(document)
    return UTC if period is None else period.zone


def period_and_filters(period: Period | None, language: Language) -> tuple[str, str]:
    """The period as text, and the names of what the report is filtered by."""
    if period is None:
        return word("no_period", language), word("no_filters", language)
    text = period_text(period.since, period.until, period.zone, language)
    names: list[str] = []
    if isinstance(period, ReportPeriod):
        named = (("project", period.project), ("team", period.team), ("scorecard", period.scorecard))
        names = [f"{word(key, language)}: {name}" for key, name in named if name is not None]
    return text, "; ".join(names) or word("no_filters", language)


def caption(period: Period, language: Language) -> str:
    """The period, and the filters if there are any, in one line."""
    text, filters = period_and_filters(period, language)
    return text if filters == word("no_filters", language) else f"{text} · {filters}"


def method_of(report: Report[Any], document: Any) -> str:
    return next((str(column.read(document)) for column in report.document.columns if column.name == "method"), "")


def first_sentence(text: str) -> str:
    """Up to the first full stop or colon that ends a clause; the whole text without one."""
    ends = [place for mark in (". ", ": ") if (place := text.find(mark)) > 0]
    return f"{text[: min(ends)]}." if ends else text


def facts_of(report: Report[Any], document: Any, language: Language) -> Iterator[tuple[Column[Any], Any]]:
    """The single figures of the document, such as the number of evaluations; lists of records are none."""
    singles = tuple(
        column
        for column in report.document.columns
        if not column.many and column.name not in _SHOWN_ELSEWHERE and _has_single_values(column)
    )
    for column in flat_columns(Table(report.name, singles)):
        yield column, column.read_in(language, document)


def _has_single_values(column: Column[Any]) -> bool:
    if not isinstance(column.type, Table):
        return True
    return not any(inner.many or isinstance(inner.type, Table) for inner in column.type.columns)
