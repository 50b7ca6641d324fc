"""Cells of a workbook: each value in the format of its column."""

from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Any, Final
from uuid import UUID

from app.platform.columns import Column, Unit

_COUNT: Final = "#,##0"
_FORMATS: Final = {
    Unit.POINTS: "0.0",
    Unit.SHARE: "0.0%",
    Unit.FACTOR: "0.00",
    Unit.NUMBER: "0.00",
    Unit.PERCENT: "0.0",
    Unit.SECONDS: "0.0",
}
_TIME, _DAY = "yyyy-mm-dd hh:mm", "yyyy-mm-dd"
_NUMBER_WIDTH = 9
# Excel refuses longer texts.
MOST_LETTERS = 32_767


class Cells:
    """Writes values as numbers, days and texts, never as formulas. Times are those of the zone, as Excel knows none."""

    def __init__(self, book: Any, zone: tzinfo, align: str) -> None:
        self._book, self._zone, self._align = book, zone, align
        self._formats: dict[str, Any] = {}

    def write(self, sheet: Any, cell: tuple[int, int], column: Column[Any], value: Any) -> int:
        """Writes one cell, a line and a place in it, and says about how many letters wide it is shown."""
        match value:
            case None:
                return 0
            case bool():
                sheet.write_boolean(*cell, value)
                return 5
            case datetime():
                sheet.write_datetime(*cell, value.astimezone(self._zone).replace(tzinfo=None), self._format(_TIME))
                return len(_TIME)
            case date():
                sheet.write_datetime(*cell, value, self._format(_DAY))
                return len(_DAY)
            case str() | Enum() | UUID():
                text = str(value)
                sheet.write_string(*cell, text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…")
                return len(text)
            case _:
                sheet.write_number(*cell, value, self._format(_shown_as(column)))
                return _NUMBER_WIDTH

    def _format(self, shown_as: str) -> Any:
        if shown_as not in self._formats:
            self._formats[shown_as] = self._book.add_format({"num_format": shown_as, "align": self._align})
        return self._formats[shown_as]


def _shown_as(column: Column[Any]) -> str:
    """The number format of Excel: by the unit, and without decimals for whole numbers and for all counts."""
    return _COUNT if column.type is int else _FORMATS.get(column.unit or Unit.NUMBER, _COUNT)
