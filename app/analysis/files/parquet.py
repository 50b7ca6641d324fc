"""The rows of a report as an Apache Parquet file."""

from datetime import date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from app.analysis.files.about import method_of, period_and_filters, period_of
from app.calibration import Language
from app.platform.columns import Column, Report


def parquet_file(report: Report[Any], document: Any) -> bytes:
    """One Arrow column for each column, under its name; titles, unit and description are its metadata.

    The metadata of the file are the name of the report, its period, filters and method. Ids are text, times are UTC in
    microseconds.
    """
    # Imported here: it takes a third of a second, and most processes write none.
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    columns, kept = report.file_columns, list(report.rows_of(document))
    fields = [pa.field(column.name, _type(pa, column), column.optional, _metadata(column)) for column in columns]
    arrays = [
        pa.array([_plain(column, column.read(row)) for row in kept], field.type)
        for column, field in zip(columns, fields, strict=True)
    ]
    period = period_of(document)
    about = {"report": report.name, "method": method_of(report, document)}
    if period is not None:
        about |= {"from": period.since.isoformat(), "to": period.until.isoformat()}
        about |= {"filters": period_and_filters(period, Language.ENGLISH)[1]}
    buffer = BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields, about)), buffer, compression="zstd")
    return buffer.getvalue()


def _type(pa: Any, column: Column[Any]) -> Any:
    """Enums are text. `bool` is an `int` and `datetime` is a `date`, so each comes before the other."""
    types = {
        bool: pa.bool_(),
        int: pa.int64(),
        float: pa.float64(),
        datetime: pa.timestamp("us", tz="UTC"),
        date: pa.date32(),
    }
    assert isinstance(column.type, type), "the columns of files are flat"
    if issubclass(column.type, str):
        return pa.string()
    return next((arrow for kind, arrow in types.items() if issubclass(column.type, kind)), pa.string())


def _plain(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if column.type is float:
        return float(value)
    return str(value) if isinstance(value, (str, UUID)) else value


def _metadata(column: Column[Any]) -> dict[str, str]:
    unit = {"unit": column.unit.value} if column.unit else {}
    texts = {"title_en": column.title_en, "title_ru": column.title_ru, "description": column.description}
    return {name: text for name, text in (texts | unit).items() if text}
