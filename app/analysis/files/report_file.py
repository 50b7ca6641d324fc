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

    @property
    def media_type(self) -> str:
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileFormat.PARQUET: "application/vnd.apache.parquet",
    FileFormat.SVG: "image/svg+xml",
    FileFormat.PNG: "image/png",
}
PICTURE_FORMATS = (FileFormat.SVG, FileFormat.PNG)


def formats_of(report: Report[Any]) -> tuple[FileFormat, ...]:
    """The formats that a report can be written in."""
    return tuple(one for one in FileFormat if report.picture is not None or one not in PICTURE_FORMATS)


async def report_file(
    report: Report[Any], document: Any, file_format: FileFormat, language: Language, csv: CsvStyle
) -> bytes:
    """The file. It is written in a thread: large ones take seconds."""
    threads = PICTURES if file_format in PICTURE_FORMATS else REPORTS
    return await threads.run(_WRITERS[file_format], report, document, language, csv)


def _csv(report: Report[Any], document: Any, _: Language, csv: CsvStyle) -> bytes:
    return csv_file(report.file_columns, report.rows_of(document), csv)


def _xlsx(report: Report[Any], document: Any, language: Language, _: CsvStyle) -> bytes:
    return workbook(report, document, language)


def _parquet(report: Report[Any], document: Any, _: Language, __: CsvStyle) -> bytes:
    return parquet_file(report, document)


def _svg(report: Report[Any], document: Any, language: Language, _: CsvStyle) -> bytes:
    return _picture(report, document, language, FileFormat.SVG)


def _png(report: Report[Any], document: Any, language: Language, _: CsvStyle) -> bytes:
    return _picture(report, document, language, FileFormat.PNG)


def _picture(report: Report[Any], document: Any, language: Language, file_format: FileFormat) -> bytes:
    assert report.picture is not None, "only a report with a picture offers one"
    return draw(report.picture(document, language), language, "svg" if file_format is FileFormat.SVG else "png")


# One function for each format of files.
_WRITERS: dict[FileFormat, Callable[[Report[Any], Any, Language, CsvStyle], bytes]] = {
    FileFormat.CSV: _csv,
    FileFormat.XLSX: _xlsx,
    FileFormat.PARQUET: _parquet,
    FileFormat.SVG: _svg,
    FileFormat.PNG: _png,
}
