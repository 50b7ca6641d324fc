"""Reports as answers: their JSON schema, their JSON, and files that hold their rows.

All of it follows from the declared columns (`app.platform.columns`).
"""

from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel, Field, create_model

from app import analysis
from app.analysis import FileFormat
from app.api.errors import TooManyComputations
from app.api.problems import problem_responses
from app.api.schemas.common import UtcOut
from app.api.tables.formats import CSV, JSON, MEDIA_TYPES, PARQUET, PNG, SVG, XLSX, WantedFormat
from app.platform.columns import Column, Report, Table

D = TypeVar("D")

_PICTURES = (SVG, PNG)
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_TEXT = {"schema": {"type": "string"}}


def answers_with(report: Report[Any], responses: dict[int | str, Any]) -> dict[str, Any]:
    """What a route declares that answers with this report: the schema of the JSON, and the types of the files."""
    formats = (XLSX, PARQUET, *(_PICTURES if report.pictures else ()))
    busy = {} if 429 in responses else problem_responses(TooManyComputations)
    answers = {200: files_of(*formats), **busy, **responses}
    return {"response_model": wire_model(report.document), "responses": answers}


def files_of(*formats: str) -> dict[str, Any]:
    """How OpenAPI describes an answer that is CSV, or one of these binary formats."""
    return {"content": {MEDIA_TYPES[CSV]: _TEXT} | {MEDIA_TYPES[name]: _BINARY for name in formats}}


async def render(
    report: Report[D], document: D, wanted: WantedFormat, *, picture: str | None = None
) -> dict[str, Any] | Response:
    """The report in the format that the client wants. Pictures and workbooks wait for their turn to be computed.

    picture: the name of the picture, if the client wants one; by default the report's first.
    """
    if wanted.format == JSON:
        return to_wire(report.document, document)
    if wanted.format == CSV:
        return await file_answer(report, document, wanted)
    async with wanted.admission():
        return await file_answer(report, document, wanted, picture=picture)


async def file_answer(report: Report[D], document: D, wanted: WantedFormat, *, picture: str | None = None) -> Response:
    """The report as a file."""
    file_format = FileFormat(wanted.format)
    content = await analysis.report_file(report, document, file_format, wanted.language, wanted.csv, picture=picture)
    return answer_with_file(content, report.name, wanted.format)


def answer_with_file(content: bytes, name: str, file_format: str) -> Response:
    """The file to save; pictures and printed reports are shown."""
    shown = "attachment" if file_format in {CSV, XLSX, PARQUET} else "inline"
    headers = {"Content-Disposition": f'{shown}; filename="{name}.{file_format}"', "Vary": "Accept"}
    return Response(content, media_type=MEDIA_TYPES[file_format], headers=headers)


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
