"""A report as a file, whatever its format."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from app.analysis.files.csv_file import CsvStyle, csv_file
from app.analysis.files.parquet import parquet_file
from app.analysis.files.workbook import workbook
from app.analysis.pictures import draw
from app.calibration import Language
from app.platform.columns import Report
from app.platform.threads import PICTURES, REPORTS


class FileFormat(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    SVG = "svg"
    PNG = "png"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.SVG: "image/svg+xml",
    FileFormat.PNG: "image/png",
    FileFormat.PDF: "application/pdf",
}
TABLE_FORMATS = (FileFormat.CSV, FileFormat.XLSX, FileFormat.PARQUET)
PICTURE_FORMATS = (FileFormat.SVG, FileFormat.PNG)


def formats_of(report: Report[Any]) -> tuple[FileFormat, ...]:
    """The formats that the rows and the pictures of a report can be written in."""
    return (*TABLE_FORMATS, *(PICTURE_FORMATS if report.pictures else ()))


async def report_file(
    report: Report[Any],
    document: Any,
    file_format: FileFormat,
    language: Language,
    csv: CsvStyle,
    *,
    picture: str | None = None,
) -> bytes:
    """The file. It is written in a thread: large ones take seconds.

    picture: the name of the picture; by default the report's first.
    """
    if file_format in PICTURE_FORMATS:
        shown = report.pictures[picture or next(iter(report.pictures))](document, language)
        return await PICTURES.run(draw, shown, language, "svg" if file_format is FileFormat.SVG else "png")
    return await REPORTS.run(_WRITERS[file_format], report, document, language, csv)


def _csv(report: Report[Any], document: Any, _: Language, csv: CsvStyle) -> bytes:
    return csv_file(report.file_columns, report.rows_of(document), csv)


def _xlsx(report: Report[Any], document: Any, language: Language, _: CsvStyle) -> bytes:
    return workbook(report, document, language)


def _parquet(report: Report[Any], document: Any, _: Language, __: CsvStyle) -> bytes:
    return parquet_file(report, document)


# One function for each format of tables.
_WRITERS: dict[FileFormat, Callable[[Report[Any], Any, Language, CsvStyle], bytes]] = {
    FileFormat.CSV: _csv,
    FileFormat.XLSX: _xlsx,
    FileFormat.PARQUET: _parquet,
}
