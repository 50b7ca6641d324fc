"""A report as an XLSX workbook that can be sent on: its rows, its charts, and what it is about."""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from io import BytesIO
from typing import Any

import xlsxwriter

from app.analysis.files.about import facts_of, first_sentence, method_of, period_and_filters, period_of, zone_of
from app.analysis.files.cells import Cells
from app.analysis.files.native_chart import add_chart
from app.analysis.files.words import word
from app.analysis.pictures import Picture, is_empty
from app.calibration import Language
from app.platform import clock
from app.platform.columns import Column, Report

_NARROWEST, _WIDEST = 9, 60
# The rows of the title block, and the row of the header below it.
_TITLE, _PERIOD, _FILTERS, _METHOD, _HEADER = range(5)


def workbook(report: Report[Any], document: Any, language: Language) -> bytes:
    """The sheet of rows, a sheet for each chart of the report, and the sheet about the report."""
    buffer = BytesIO()
    # Texts stay texts: one that begins with "=" is no formula, one that begins with "http" no link.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        title = report.title(language)
        period, _ = period_and_filters(period_of(document), language)
        book.set_properties({"title": title, "subject": period, "company": "QMT", "created": clock.now()})
        writer = _Writer(book, zone_of(document), language)
        writer.rows_sheet(report, document)
        pictures: list[Picture] = [picture(document, language) for picture in report.pictures.values()]
        for picture in pictures:
            if not is_empty(picture):
                add_chart(book, picture, language)
        writer.about_sheet(report, document)
    return buffer.getvalue()


class _Writer:
    """Writes the sheets. Times are those of the zone of the report."""

    def __init__(self, book: Any, zone: tzinfo, language: Language) -> None:
        self.book, self.zone, self.language = book, zone, language
        self.heading = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"font_color": "#555555"})
        self.bold = book.add_format({"bold": True})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E8EEF4"}
        )
        self.right, self.left = Cells(book, zone, "right"), Cells(book, zone, "left")

    def rows_sheet(self, report: Report[Any], document: Any) -> None:
        columns, language = report.file_columns, self.language
        sheet = self.book.add_worksheet(word("rows", language))
        self._title_block(sheet, report, document)
        widths = [self._header_width(sheet, place, column) for place, column in enumerate(columns)]
        last = _HEADER
        for last, row in enumerate(report.rows_of(document), start=_HEADER + 1):
            for place, column in enumerate(columns):
                shown = self.right.write(sheet, (last, place), column, column.read_in(language, row))
                widths[place] = max(widths[place], min(shown + 1, _WIDEST))
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(_HEADER + 1, 0)
        sheet.autofilter(_HEADER, 0, max(last, _HEADER + 1), len(columns) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(_HEADER)

    def about_sheet(self, report: Report[Any], document: Any) -> None:
        """All that the report says beside its rows, its whole method, and what the columns mean."""
        sheet = self.book.add_worksheet(word("about", self.language))
        sheet.set_column(0, 0, 42)
        sheet.set_column(1, 1, 100)
        sheet.write_string(0, 0, report.title(self.language), self.heading)
        line = 1
        for label, text in zip(
            (word("period", self.language), word("filters", self.language)),
            period_and_filters(period_of(document), self.language),
            strict=True,
        ):
            sheet.write_string(line, 0, label, self.bold)
            sheet.write_string(line, 1, text, self.wrapped)
            line += 1
        for column, value in facts_of(report, document, self.language):
            sheet.write_string(line, 0, column.title(self.language), self.bold)
            self.left.write(sheet, (line, 1), column, value)
            line += 1
        sheet.write_string(line, 0, word("method", self.language), self.bold)
        sheet.write_string(line, 1, method_of(report, document), self.wrapped)
        self._columns(sheet, line + 2, report.file_columns)

    def _title_block(self, sheet: Any, report: Report[Any], document: Any) -> None:
        language = self.language
        period, filters = period_and_filters(period_of(document), language)
        method = f"{first_sentence(method_of(report, document))} {word('see_about', language)}"
        sheet.write_string(_TITLE, 0, report.title(language), self.heading)
        sheet.write_string(_PERIOD, 0, f"{word('period', language)}: {period}", self.quiet)
        sheet.write_string(_FILTERS, 0, f"{word('filters', language)}: {filters}", self.quiet)
        sheet.write_string(_METHOD, 0, f"{word('method', language)}: {method}", self.quiet)

    def _header_width(self, sheet: Any, place: int, column: Column[Any]) -> int:
        title = column.title(self.language)
        if column.type is datetime:
            title = f"{title} ({self.zone})"
        sheet.write_string(_HEADER, place, title, self.header)
        # A title may stand in two lines; the arrow of the filter needs room, too.
        return max(_NARROWEST, len(title) // 2 + 3, max(map(len, title.split())) + 3)

    def _columns(self, sheet: Any, line: int, columns: Sequence[Column[Any]]) -> None:
        sheet.write_string(line, 0, word("columns", self.language), self.heading)
        for place, column in enumerate(columns, start=line + 1):
            sheet.write_string(place, 0, column.title(self.language), self.bold)
            unit = f" [{column.unit}]" if column.unit else ""
            sheet.write_string(place, 1, f"{column.description}{unit}".strip(), self.wrapped)
