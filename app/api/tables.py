"""Tables as files: which format a client wants, and CSV that a spreadsheet can open without running it."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any

from fastapi import Depends, Header, Query
from fastapi.responses import Response

Cell = str | int | float | None


class TableFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


CSV_TYPE = "text/csv"
# For the documentation of a route that answers with either.
CSV_CONTENT: dict[str, Any] = {"content": {CSV_TYPE: {"schema": {"type": "string"}}}}

# What makes a spreadsheet take a cell for a formula (OWASP, CSV injection), full-width forms included.
_FORMULA_START = tuple("=+-@\t\r\n＝＋－＠")
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")


async def _format(
    table_format: Annotated[
        TableFormat | None, Query(alias="format", description="By default JSON, or CSV with `Accept: text/csv`.")
    ] = None,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> TableFormat:
    return table_format or (TableFormat.CSV if _prefers_csv(accept) else TableFormat.JSON)


FormatDep = Annotated[TableFormat, Depends(_format)]


def csv_response(name: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The table as a file to save, RFC 4180 in UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    return Response(text.getvalue(), media_type=CSV_TYPE, headers=headers)


def _harmless(cell: Cell) -> Cell:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_START) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _prefers_csv(accept: str) -> bool:
    weights = dict(_media_ranges(accept))
    return weights.get(CSV_TYPE, 0.0) > weights.get("application/json", 0.0)


def _media_ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media types of an Accept header and their weights; a weight that is none counts as 0."""
    for media_range in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        yield media_type, float(weight) if re.fullmatch(r"[01](\.\d*)?", weight) else 0.0
