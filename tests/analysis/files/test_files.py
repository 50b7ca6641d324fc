"""Files from declared columns, without a database: every type of value, and a document of no period."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.analysis import CsvStyle, Locale, csv_file, parquet_file, workbook
from app.analysis.types import ReportPeriod
from app.calibration import Language
from app.platform.columns import Column, Report, Table, Unit
from tests.analysis.files.reading import csv_rows, parquet_rows, parquet_table, workbook_rows
from tests.analysis.files.reading import workbook as read_workbook

AT = datetime(2026, 11, 1, 22, 30, tzinfo=UTC)
MOSCOW = ReportPeriod(AT, datetime(2026, 12, 1, tzinfo=UTC), ZoneInfo("Europe/Moscow"), "Cards")


@dataclass(frozen=True)
class Row:
    text: str | None = "plum"
    whole: int = 12_345
    points: float = 82.4375
    share: float = 0.125
    flag: bool = True
    day: date = date(2026, 11, 2)
    at: datetime = AT


@dataclass(frozen=True)
class Document:
    rows: tuple[Row, ...]
    period: ReportPeriod | None = None
    method: str = "Weighed. Then counted."


ROWS: Table[Row] = Table(
    "Rows",
    (
        Column("text", str, "Text", "Текст", optional=True),
        Column("whole", int, "Whole", "Целое", unit=Unit.CALLS),
        Column("points", float, "Points", "Баллы", unit=Unit.POINTS),
        Column("share", float, "Share", "Доля", unit=Unit.SHARE),
        Column("flag", bool, "Flag", "Признак"),
        Column("day", date, "Day", "День"),
        Column("at", datetime, "At", "Время"),
    ),
)
REPORT: Report[Any] = Report(
    "rows",
    Table("Document", (Column("method", str, "Method", "Метод"), Column("rows", ROWS, "Rows", "Строки", many=True))),
    ROWS,
    lambda document: document.rows,
    title_en="Rows",
    title_ru="Строки",
)


def cells(row: Row, document: Document | None = None) -> list[Any]:
    return workbook_rows(workbook(REPORT, document or Document((row,)), Language.ENGLISH))[1]


class TestEveryType:
    def test_parquet(self) -> None:
        content = parquet_file(REPORT, Document((Row(), Row(text=None)), MOSCOW))
        assert parquet_rows(content)[1:] == [
            ["plum", 12_345, 82.4375, 0.125, True, date(2026, 11, 2), AT],
            [None, 12_345, 82.4375, 0.125, True, date(2026, 11, 2), AT],
        ]
        types = [str(field.type) for field in parquet_table(content).schema]
        assert types == ["string", "int64", "double", "double", "bool", "date32[day]", "timestamp[us, tz=UTC]"]
        assert parquet_table(content).schema.metadata[b"filters"] == b"project: Cards"

    def test_workbook_with_times_of_the_zone(self) -> None:
        assert cells(Row(), Document((Row(),), MOSCOW)) == [
            *("plum", 12_345, 82.4375, 0.125, True, datetime.fromisoformat("2026-11-02")),
            datetime.fromisoformat("2026-11-02T01:30"),
        ]
        assert cells(Row())[-1] == AT.replace(tzinfo=None)

    def test_csv(self) -> None:
        row = csv_rows(csv_file(REPORT.file_columns, [Row()]))[1]
        assert row == ["plum", "12345", "82.4375", "0.125", "true", "2026-11-02", "2026-11-01T22:30:00+00:00"]


class TestFormats:
    def test_numbers_are_shown_by_their_unit(self) -> None:
        sheet = read_workbook(workbook(REPORT, Document((Row(),)), Language.ENGLISH)).worksheets[0]
        formats = [cell.number_format for cell in sheet[6]]
        assert formats == ["General", "#,##0", "0.0", "0.0%", "General", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]

    @pytest.mark.parametrize(("value", "shown"), [(7.5, "0.00"), (7, "#,##0")])
    def test_a_number_without_a_unit_keeps_its_decimals(self, value: float, shown: str) -> None:
        column = Column[Any]("value", type(value), "Value", "Число", value=lambda _: value)
        report: Report[Any] = Report("one", Table("One", ()), Table("Row", (column,)), lambda _: [None])
        sheet = read_workbook(workbook(report, None, Language.ENGLISH)).worksheets[0]
        assert (sheet["A6"].value, sheet["A6"].number_format) == (value, shown)

    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "http://evil", "{=1}", "12", "\t=1"])
    def test_text_stays_text(self, text: str) -> None:
        sheet = read_workbook(workbook(REPORT, Document((Row(text=text),)), Language.ENGLISH)).worksheets[0]
        assert (sheet["A6"].value, sheet["A6"].data_type, sheet["A6"].hyperlink) == (text, "s", None)

    def test_a_text_longer_than_excel_takes_is_cut(self) -> None:
        text = cells(Row(text="x" * 40_000))[0]
        assert (len(text), text[-1]) == (32_767, "…")


class TestNoPeriod:
    """A report of several months has none."""

    def test_the_workbook_says_so(self) -> None:
        sheet = read_workbook(workbook(REPORT, Document((Row(),)), Language.ENGLISH)).worksheets[0]
        assert [sheet[f"A{row}"].value for row in (2, 3)] == ["Period: see the rows", "Filters: none"]

    def test_parquet_has_none(self) -> None:
        metadata = parquet_table(parquet_file(REPORT, Document((Row(),)))).schema.metadata
        assert metadata[b"report"] == b"rows"
        assert b"from" not in metadata


class TestLocales:
    @pytest.mark.parametrize("locale", Locale)
    def test_each_can_be_read_again(self, locale: Locale) -> None:
        content = csv_file(REPORT.file_columns, [Row(text='a"b;c,d\r\ne')], CsvStyle(locale))
        row = csv_rows(content, locale.separator)[1]
        assert row[0] == 'a"b;c,d\r\ne'
        assert float(row[2].replace(locale.decimal_mark, ".")) == 82.4375
        assert locale.separator != locale.decimal_mark

    def test_exact_decimals_have_the_same_mark(self) -> None:
        column = Column[Any]("value", float, "Value", "Число", value=lambda _: Decimal("1.50"))
        assert csv_rows(csv_file([column], [None], CsvStyle(Locale.RU)), ";")[1] == ["1,50"]
