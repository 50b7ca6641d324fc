"""Reports as answers: every declared column is in the schema and in the file, and no file runs in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from operator import itemgetter
from typing import Any
from uuid import UUID

import pytest

from app.analysis import (
    BONUS,
    BONUS_PREVIEW,
    CONTROL_CHART,
    CRITICAL_ERRORS,
    ERROR_SOURCES,
    FUNNEL,
    HOLD_TIME,
    MONTHLY,
    PARETO,
    QUALITY,
    SAMPLING_COVERAGE,
    TODAY,
    VERIFIERS,
    csv_file,
)
from app.api.tables import to_wire, wire_model
from app.platform.columns import Column, Report, Table, Unit
from tests.contract import DOCUMENT

REPORTS: dict[str, Report[Any]] = {
    "getQualityReport": QUALITY,
    "getErrorSourcesReport": ERROR_SOURCES,
    "getSamplingCoverageReport": SAMPLING_COVERAGE,
    "getVerifiersReport": VERIFIERS,
    "getMonthlyReport": MONTHLY,
    "getHoldTimeReport": HOLD_TIME,
    "getBonusReport": BONUS,
    "previewBonus": BONUS_PREVIEW,
    "getTodayReport": TODAY,
    "getControlChartReport": CONTROL_CHART,
    "getParetoReport": PARETO,
    "getFunnelReport": FUNNEL,
    "getCriticalErrorsReport": CRITICAL_ERRORS,
}
BONUS_HEADER = [
    *("month", "agent_id", "external_id", "name", "team_id", "team", "project_id", "project"),
    *("score", "score_low", "score_high", "n"),
    *("outcome", "percent", "lower", "from_score", "percent_at_estimate"),
]
SCALARS = (str, int, float, bool, UUID, date, datetime)


def tables_in(table: Table[Any]) -> Iterable[Table[Any]]:
    yield table
    for column in table.columns:
        if isinstance(column.type, Table):
            yield from tables_in(column.type)


TABLES = {table.name: table for report in REPORTS.values() for table in tables_in(report.document)}
COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]
EVERY_COLUMN = pytest.mark.parametrize(("table", "column"), COLUMNS, ids=lambda one: one.name)
EVERY_REPORT = pytest.mark.parametrize("report", REPORTS.values(), ids=lambda report: report.name)


@EVERY_COLUMN
def test_every_column_is_in_the_documented_schema(table: Table[Any], column: Column[Any]) -> None:
    schemas = DOCUMENT["components"]["schemas"]
    schema = schemas[table.name]
    documented = schema["properties"][column.name]
    if "$ref" in documented:
        # What the schema of an enum says already, such as the same title, is not repeated beside the reference.
        documented = schemas[documented["$ref"].rpartition("/")[2]] | {"description": ""} | documented
    assert column.name in schema["required"]
    assert (documented["title"], documented["x-title-ru"]) == (column.title_en, column.title_ru)
    assert documented.get("description", "") == column.description
    assert documented.get("x-unit") == (column.unit and column.unit.value)


@EVERY_COLUMN
def test_every_column_has_two_titles_and_numbers_have_a_unit(table: Table[Any], column: Column[Any]) -> None:
    assert column.title_en
    assert any("а" <= letter <= "я" for letter in column.title_ru.lower())
    assert (column.unit is not None) == (column.type in {int, float})


@EVERY_REPORT
def test_every_column_is_in_the_file_or_left_out_on_purpose(report: Report[Any]) -> None:
    header = {column.name for column in report.file_columns}
    in_files = [column for column in report.rows.columns if column.in_files]
    assert all(column.name in header or set((column.cells or {}).values()) <= header for column in in_files)


@EVERY_REPORT
def test_every_report_has_a_heading_in_both_languages(report: Report[Any]) -> None:
    assert report.title_en
    assert any("а" <= letter <= "я" for letter in report.title_ru.lower())


@EVERY_REPORT
def test_file_columns_have_types_of_single_values(report: Report[Any]) -> None:
    """Excel and Arrow types follow from them."""
    for column in report.file_columns:
        assert isinstance(column.type, type)
        assert issubclass(column.type, (*SCALARS, Enum))
        assert not column.many


def test_the_headers_of_files_stay_as_they_are() -> None:
    """Programs read these names."""
    headers = {report.name: [column.name for column in report.file_columns] for report in REPORTS.values()}
    assert headers == {
        "quality": [
            *("key", "name", "value", "low", "high"),
            *("adjusted", "adjusted_low", "adjusted_high", "adjusted_reason"),
            *("agent_score", "agent_score_low", "agent_score_high"),
            *("process_loss", "process_loss_low", "process_loss_high"),
            *("n", "population", "population_exact", "unrepresented"),
            *("design_effect", "naive_mean", "selected", "response_rate"),
        ],
        "error-sources": [
            *("scorecard_id", "item", "title", "section", "answers", "population", "population_exact", "errors"),
            *("error_rate", "error_rate_low", "error_rate_high"),
            *("p_process", "p_process_low", "p_process_high", "verdict", "mixed_reason"),
            *("spread", "agent_sd", "standout_agents", "reasons", "action"),
        ],
        "sampling-coverage": [
            *("agent_id", "external_id", "name", "team", "calls", "expected", "selected", "realised_rate"),
            *("evaluated", "skipped", "open", "overdue", "response_rate", "last_heard_at", "reason", "explanation"),
        ],
        "verifiers": [
            *("key", "name", "n", "mean_score", "severity", "severity_low", "severity_high", "severity_reason"),
            *("comparable_group", "shared_agents", "agreement", "agreement_low", "agreement_high"),
            *("own_corrections", "corrections_by_others", "double_scorings"),
            *("submitted", "open_assignments"),
        ],
        # It is printed: the rows are those of the table of items.
        "monthly": [
            *("scorecard_id", "item", "title", "errors", "all_errors", "p_process", "verdict", "action"),
        ],
        "hold-time": [
            *("agent_id", "external_id", "name", "team_id", "team", "project_id", "project"),
            *("calls", "unknown", "held", "held_share", "mean_hold_s", "median_hold_s"),
            *("over_minute_share", "one_over_minute_share", "third_hold_share", "unknown_counts"),
            *("compared_s", "limit_s", "above_limit", "reason"),
        ],
        "today": ["kind", "total", "id", "name", "count", "at", "text_en", "text_ru", "link"],
        "bonus": BONUS_HEADER,
        "bonus-preview": [*BONUS_HEADER, "present_percent"],
        "control-chart": [
            *("start", "n", "effective_n", "value", "lower", "upper", "ewma", "ewma_lower", "ewma_upper", "signals"),
        ],
        "pareto": [
            *("scorecard_id", "key", "title", "section", "found", "errors", "errors_low", "errors_high"),
            *("share", "cumulative_share", "vital", "process", "agent", "other", "verdict"),
        ],
        "funnel": [
            *("agent_id", "name", "n", "effective_n", "value", "side"),
            *("lower_95", "upper_95", "lower_99_8", "upper_99_8", "outside"),
        ],
        "critical-errors": [
            *("key", "name", "evaluations", "selected", "response_rate"),
            *("customer", "customer_low", "customer_high", "customer_n", "customer_failed"),
            *("business", "business_low", "business_high", "business_n", "business_failed"),
            *("compliance", "compliance_low", "compliance_high", "compliance_n", "compliance_failed"),
            *("all_families", "all_families_low", "all_families_high", "all_families_n", "all_families_failed"),
        ],
    }


@dataclass(frozen=True)
class Fruit:
    name: str
    grams: float
    picked_at: datetime | None = None

    @property
    def rows(self) -> list["Fruit"]:
        return [self]


NAME: Column[Fruit] = Column("name", str, "Fruit", "Фрукт")
WEIGHT: Column[Fruit] = Column("kg", float, "Weight", "Вес", "In kg.", Unit.FACTOR, value=lambda row: row.grams / 1000)


def fruit_report(*columns: Column[Fruit]) -> Report[Fruit]:
    rows = Table("FruitOut", columns)
    return Report("fruit", Table("FruitsOut", (Column("rows", rows, "Rows", "Строки", many=True),)), rows, _rows)


def _rows(fruit: Fruit) -> list[Fruit]:
    return fruit.rows


def file_of(report: Report[Fruit], fruit: Fruit) -> list[list[str]]:
    text = csv_file(report.file_columns, report.rows_of(fruit)).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


class TestAddingAColumn:
    """`WEIGHT` is one line, and all that it takes."""

    def test_it_is_in_the_json(self) -> None:
        assert to_wire(fruit_report(NAME).document, Fruit("plum", 50)) == {"rows": [{"name": "plum"}]}
        extended = to_wire(fruit_report(NAME, WEIGHT).document, Fruit("plum", 50))
        assert extended == {"rows": [{"name": "plum", "kg": 0.05}]}

    def test_it_is_in_the_schema(self) -> None:
        schema = wire_model(fruit_report(NAME, WEIGHT).rows).model_json_schema()
        assert schema["properties"]["kg"] == {
            "type": "number",
            "title": "Weight",
            "description": "In kg.",
            "x-title-ru": "Вес",
            "x-unit": "factor",
        }

    def test_it_is_in_the_file(self) -> None:
        assert file_of(fruit_report(NAME, WEIGHT), Fruit("plum", 50)) == [["name", "kg"], ["plum", "0.05"]]

    def test_a_nested_record_becomes_several_columns_of_the_file(self) -> None:
        best: Column[Fruit] = Column(
            "best", Table("BestOut", (NAME, WEIGHT)), "Best", "Лучший", value=lambda row: row, cells={"kg": "best_kg"}
        )
        (column,) = fruit_report(best).file_columns
        assert (column.name, column.title_en, column.title_ru) == ("best_kg", "Best: Weight", "Лучший: Вес")
        assert file_of(fruit_report(best), Fruit("plum", 50)) == [["best_kg"], ["0.05"]]

    def test_without_names_for_them_nested_columns_begin_with_the_name_of_the_record(self) -> None:
        best: Column[Fruit] = Column("best", Table("BestOut", (NAME,)), "Best", "Лучший", value=lambda _: None)
        assert file_of(fruit_report(best), Fruit("plum", 50)) == [["best_name"], [""]]

    @pytest.mark.parametrize(
        ("unit", "decimals", "number", "shown"),
        [
            (Unit.SHARE, None, 0.1 + 0.2 - 0.2, 0.1),
            (Unit.SHARE, None, 1 / 3, 0.333333),
            (Unit.POINTS, None, 200 / 3, 66.6667),
            (Unit.POINTS, None, -0.00001, 0.0),
            (Unit.FACTOR, None, 1.23456, 1.2346),
            (Unit.CALLS, None, 87.26, 87.3),
            (Unit.CALLS, None, 120, 120),
            (Unit.CALLS, 6, 0.36, 0.36),
            (Unit.POINTS, None, None, None),
        ],
    )
    def test_a_computed_number_has_the_decimals_of_its_unit_in_every_format(
        self, unit: Unit, decimals: int | None, number: float | None, shown: float | None
    ) -> None:
        """Also behind a nested record, whose cells are columns of their own."""

        def value(_: Fruit) -> float | None:
            return number

        column: Column[Fruit] = Column("n", float, "N", "Н", "", unit, value=value, optional=True, decimals=decimals)
        best: Column[Fruit] = Column("best", Table("BestOut", (column,)), "Best", "Лучший", value=lambda row: row)
        report = fruit_report(column, best)
        assert to_wire(report.document, Fruit("plum", 50)) == {"rows": [{"n": shown, "best": {"n": shown}}]}
        text = "" if shown is None else str(shown)
        assert file_of(report, Fruit("plum", 50)) == [["n", "best_n"], [text, text]]

    def test_times_are_written_with_their_offset(self) -> None:
        picked: Column[Fruit] = Column("picked_at", datetime, "Picked", "Собран", optional=True)
        noon = datetime(2026, 11, 2, 12, tzinfo=UTC)
        assert file_of(fruit_report(picked), Fruit("plum", 50, noon))[1] == ["2026-11-02T12:00:00+00:00"]


def written(*cells: Any) -> list[str]:
    columns = [
        Column[Any](f"cell_{place}", str, "Cell", "Ячейка", value=itemgetter(place)) for place, _ in enumerate(cells)
    ]
    text = csv_file(columns, [cells]).decode()
    return list(csv.reader(io.StringIO(text, newline="")))[1]


@pytest.mark.parametrize("cell", ["=1+1", "+7 900", "-cmd", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "-2+3"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert written(cell) == ["'" + cell]


@pytest.mark.parametrize("cell", ["-5", "+3.25", "-0,5", "Ann = Bob", "a@b.example", ""])
def test_numbers_and_plain_text_stay_as_they_are(cell: str) -> None:
    assert written(cell, "end") == [cell, "end"]


def test_numbers_are_numbers_and_nothing_is_an_empty_cell() -> None:
    assert written(-1.5, None, 3) == ["-1.5", "", "3"]


def test_commas_quotes_and_line_ends_stay_in_their_cell() -> None:
    assert written('a,"b"', "two\r\nlines", "Ёлка") == ['a,"b"', "two\r\nlines", "Ёлка"]
