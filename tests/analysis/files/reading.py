"""Reads the files of reports back, as the programs do that people open them with."""

import csv
import io
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pyarrow.parquet as pq
from openpyxl.worksheet.worksheet import Worksheet

# The title block of a workbook has four rows; the header is below it.
HEADER = 5


def csv_rows(content: bytes, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator))


def workbook(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def workbook_rows(content: bytes) -> list[list[Any]]:
    """The header and the rows of the first sheet."""
    sheet: Worksheet = workbook(content).worksheets[0]
    rows = [list(row) for row in sheet.iter_rows(min_row=HEADER, values_only=True)]
    # An empty report leaves one empty row for the filter.
    return [row for row in rows if any(cell is not None for cell in row)]


def parquet_table(content: bytes) -> Any:
    return pq.read_table(io.BytesIO(content))


def parquet_rows(content: bytes) -> list[list[Any]]:
    table = parquet_table(content)
    return [table.column_names, *(list(row.values()) for row in table.to_pylist())]


def plain(value: Any) -> Any:
    """A value of any format as the others have it, too: times as text in UTC, numbers as numbers, nothing as None."""
    if value is None or value == "":
        return None
    # Excel knows days as midnights.
    if isinstance(value, datetime) and value.time() == time.min:
        return value.date().isoformat()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return _from_text(value)
    return float(value)


def _from_text(text: str) -> Any:
    if text in {"true", "false"}:
        return float(text == "true")
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return plain(datetime.fromisoformat(text)) if "T" in text else text
    except ValueError:
        return text
