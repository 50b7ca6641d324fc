"""Reports as answers: their JSON schema, their JSON, and files that hold their rows.

All of it follows from the declared columns (`app.platform.columns`).
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field, create_model

from app.api.schemas.common import UtcOut
from app.platform.columns import Column, Report, Table

D = TypeVar("D")
Rows = Iterable[Sequence[Any]]


class TableFormat(StrEnum):
    JSON = "json"
    CSV = "csv"


CSV_TYPE = "text/csv"

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


def answers_with(report: Report[Any], responses: dict[int | str, Any]) -> dict[str, Any]:
    """What a route declares that answers with this report: the schema of the JSON, and the types of the files."""
    files = {"content": {CSV_TYPE: {"schema": {"type": "string"}}}}
    return {"response_model": wire_model(report.document), "responses": {200: files, **responses}}


def render(report: Report[D], document: D, table_format: TableFormat) -> dict[str, Any] | Response:
    """The report in the format that the client wants."""
    if table_format is TableFormat.JSON:
        return to_wire(report.document, document)
    columns = report.file_columns
    rows = ([column.read(row) for column in columns] for row in report.rows_of(document))
    return _FILES[table_format](report.name, columns, rows)


@lru_cache
def wire_model(table: Table[Any]) -> type[BaseModel]:
    """The JSON schema of a table's records. Titles and units are in it, for clients that show the figures."""
    fields: dict[str, Any] = {column.name: (_wire_type(column), _field(column)) for column in table.columns}
    return create_model(table.name, __doc__=table.description or None, **fields)


def to_wire(table: Table[D], record: D) -> dict[str, Any]:
    return {column.name: _wire_value(column, column.read(record)) for column in table.columns}


def _wire_type(column: Column[Any]) -> Any:
    wire: Any = column.type
    if isinstance(wire, Table):
        wire = wire_model(wire)
    if wire is datetime:
        wire = UtcOut
    if column.many:
        wire = list[wire]
    return wire | None if column.optional else wire


def _field(column: Column[Any]) -> Any:
    extra: dict[str, Any] = {"x-title-ru": column.title_ru} | ({"x-unit": column.unit.value} if column.unit else {})
    return Field(
        title=column.title_en,
        description=column.description or None,
        examples=[column.example] if column.example else None,
        json_schema_extra=extra,
    )


def _wire_value(column: Column[Any], value: Any) -> Any:
    if value is None or not isinstance(column.type, Table):
        return value
    if column.many:
        return [to_wire(column.type, record) for record in value]
    return to_wire(column.type, value)


def csv_file(name: str, columns: Sequence[Column[Any]], rows: Rows) -> Response:
    """The table as a file to save, RFC 4180 in UTF-8. Its header has the names of the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in columns])
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Vary": "Accept"}
    return Response(text.getvalue(), media_type=CSV_TYPE, headers=headers)


# One function for each format of files; the columns tell it the type, the unit and the titles.
_FILES: dict[TableFormat, Callable[[str, Sequence[Column[Any]], Rows], Response]] = {TableFormat.CSV: csv_file}


def _csv_cell(value: Any) -> str | int | float | None:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else _harmless(value)


def _harmless(cell: Any) -> Any:
    """Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_START) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _prefers_csv(accept: str) -> bool:
    weights = dict(_media_ranges(accept))
    return weights.get(CSV_TYPE, 0.0) > weights.get("application/json", 0.0)


def _media_ranges(accept: str) -> Iterator[tuple[str, float]]:
    """The media types of an Accept header and their weights; a weight that is no number counts as 0."""
    for media_range in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in media_range.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        yield media_type, float(weight) if re.fullmatch(r"[01](\.\d*)?", weight) else 0.0
