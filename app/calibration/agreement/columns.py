"""The columns of the file of pooled agreement, and how its figures are computed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from app.calibration.agreement.figures import coefficient_name
from app.calibration.agreement.rows import PooledRow
from app.calibration.agreement.types import AgreementBy, PooledItems
from app.platform.clock import Period
from app.platform.columns import Column, Report, Table, Unit
from app.statistics.agreement import Agreement, Level

METHOD: Final = (
    "Pooled are the scores of sessions that were revealed in the period and not opened again, as their results show "
    "them, and the double scorings of which the later one was submitted in the period, as both were first submitted. "
    "A double scoring weighs the inverse of the probability with which it was drawn, in units of the mean of the "
    "double scorings that are pooled with it; a call of a session, and a double scoring whose probability is not "
    "known, weighs 1. Where a row is about several items, each item of each call is a unit, and calls are clusters. "
    "Items that take different answers are compared as error, no error and not applicable."
)


def _of(name: str, part: str) -> Callable[[PooledRow], float | None]:
    """Reads a part of a coefficient of answers as names; None where the row has no such coefficient."""

    def read(row: PooledRow) -> float | None:
        found = (one for one in row.coefficients if (coefficient_name(one), one.level) == (name, Level.NOMINAL))
        coefficient: Agreement | None = next(found, None)
        return None if coefficient is None else getattr(coefficient, part)

    return read


def _of_item(name: str) -> Callable[[PooledRow], Any]:
    return lambda row: getattr(row, name) if isinstance(row, PooledItems) else None


def _coefficient(
    column: str, title_en: str, title_ru: str, name: str | None = None, part: str = "value"
) -> Column[PooledRow]:
    return Column(column, float, title_en, title_ru, unit=Unit.NUMBER, value=_of(name or column, part), optional=True)


_PERCENT: Final = _of("percent", "value")
_COLUMNS: Final[tuple[Column[PooledRow], ...]] = (
    Column("key", str, "Key", "Ключ"),
    Column("name", str, "Name", "Название"),
    Column("scorecard", str, "Scorecard", "Оценочный лист", value=_of_item("scorecard_name"), optional=True),
    Column("section", str, "Section", "Блок", value=_of_item("section"), optional=True),
    Column("item", str, "Item", "Пункт", value=_of_item("item"), optional=True),
    Column("calls", int, "Calls", "Звонков", unit=Unit.CALLS, value=lambda row: row.shared.total),
    Column("session_calls", int, "Of sessions", "В сессиях", unit=Unit.CALLS, value=lambda row: row.shared.sessions),
    Column(
        "double_scores",
        int,
        "Double scorings",
        "Двойных проверок",
        unit=Unit.CALLS,
        value=lambda row: row.shared.double_scores,
    ),
    Column("percent", float, "Share of agreement", "Доля согласия", "", Unit.SHARE, value=_PERCENT, optional=True),
    _coefficient("ac1", "AC1", "AC1"),
    _coefficient("ac1_low", "AC1 from", "AC1 от", "ac1", "low"),
    _coefficient("ac1_high", "AC1 to", "AC1 до", "ac1", "high"),
    _coefficient("fleiss_kappa", "Fleiss' kappa", "Каппа Флейса"),
    _coefficient("cohen_kappa", "Cohen's kappa", "Каппа Коэна"),
    _coefficient("conger_kappa", "Conger's kappa", "Каппа Конгера"),
    _coefficient("alpha", "Alpha", "Альфа"),
)


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """The rows of pooled agreement, and the period that they are of."""

    period: Period
    rows: list[PooledRow]


def agreement_report(by: AgreementBy) -> Report[AgreementTable]:
    """The files of pooled agreement; its JSON has more, and a schema of its own."""
    method = Column[AgreementTable]("method", str, "Method", "Метод", value=lambda _: METHOD)
    return Report(
        f"agreement-{by}",
        Table("AgreementTable", (method,)),
        Table("AgreementRow", _COLUMNS),
        lambda table: table.rows,
        title_en="Agreement of those who scored the same calls",
        title_ru="Согласие оценивавших одни и те же звонки",
    )
