"""The rows of a report as CSV (RFC 4180), in UTF-8."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.analysis.files.locales import Locale
from app.platform.columns import Column

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included.
_FORMULA_START = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class CsvStyle:
    """How a file is written.

    locale: writes decimals and separates the values.
    language: that of the titles in the header; by default the header has the names of the columns.
    byte_order_mark: by which Excel knows UTF-8.
    """

    locale: Locale = Locale.EN
    language: str | None = None
    byte_order_mark: bool = False


def csv_file(columns: Sequence[Column[Any]], rows: Iterable[Any], style: CsvStyle = CsvStyle()) -> bytes:
    """Times are written as ISO 8601 writes them in every locale, so that no program takes a day for a month."""
    language = style.language
    text = io.StringIO()
    writer = csv.writer(text, delimiter=style.locale.separator)
    # Titles are texts of this service, and names are its own, so that neither begins a formula.
    writer.writerow([column.name if language is None else column.title(language) for column in columns])
    writer.writerows([_cell(column.read_in(language or "", row), style.locale) for column in columns] for row in rows)
    mark = _BYTE_ORDER_MARK if style.byte_order_mark else ""
    return f"{mark}{text.getvalue()}".encode()


def _cell(value: Any, locale: Locale) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case str():
            return _harmless(value)
        case date():
            return value.isoformat()
        case float() | Decimal():
            return str(value).replace(".", locale.decimal_mark)
        case _:
            return str(value)


def _harmless(text: str) -> str:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(_FORMULA_START) and not _NUMBER.fullmatch(text) else text
