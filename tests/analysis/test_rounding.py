"""The numbers of every report are rounded: no rounding error of the computation is among their digits."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.platform.columns import Column, Report, Table
from tests.analysis.factories import NOON, NOVEMBER, DrawnCall, GivenAnswer, SampleFactory
from tests.analysis.test_reports_tables import REPORTS
from tests.contract import DOCUMENT
from tests.people import Centre

PATHS = {route["get"]["operationId"]: path for path, route in DOCUMENT["paths"].items() if "get" in route}
ERROR, FINE = GivenAnswer("greeting", "process", "no_article"), GivenAnswer("greeting")


# Those whose figures are not of the sample, or not of the period that is asked for.
OTHERS = {"getHoldTimeReport", "getBonusReport", "previewBonus", "getTodayReport", "getMonthlyReport"}
SAMPLED = sorted(REPORTS.keys() - OTHERS)


@pytest.fixture
async def sample(factory: SampleFactory) -> None:
    """Probabilities and scores whose sums and quotients do not end, and enough of them for severities."""
    calls = [
        DrawnCall(
            f"{50 + number * 1.37:.2f}",
            ("0.07", "0.3", "0.11")[number % 3],
            agent=number % 2,
            at=NOON + timedelta(minutes=number),
            verifier=("verifier", "second_verifier")[number // 2 % 2],
            evaluated=number % 7 > 0,
            answers=(ERROR if number % 3 else FINE,),
        )
        for number in range(36)
    ]
    await factory.draw(await factory.plan(), *calls)


@pytest.mark.parametrize("operation", SAMPLED)
async def test_every_number_has_at_most_the_decimals_of_its_column(
    centre: Centre, sample: None, operation: str
) -> None:
    report: Report[Any] = REPORTS[operation]
    answer = await centre.leader.get(PATHS[operation], params=NOVEMBER)
    numbers = list(numbers_in(report.document, answer.json()))
    assert sum(number != round(number) for _, number in numbers) > 1
    for column, number in numbers:
        assert number == round(number, decimals_of(column)), column.name


@pytest.mark.parametrize("operation", SAMPLED)
async def test_a_file_has_the_numbers_of_the_document(centre: Centre, sample: None, operation: str) -> None:
    answer = await centre.leader.get(PATHS[operation], params=NOVEMBER | {"format": "csv"})
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    columns = {column.name: column for column in REPORTS[operation].file_columns if column.type is float}
    cells = [(columns[name], cell) for row in rows for name, cell in zip(header, row, strict=True) if name in columns]
    assert any(cell for _, cell in cells)
    for column, cell in cells:
        assert re.fullmatch(rf"(-?\d+(\.\d{{1,{decimals_of(column)}}})?)?", cell), (column.name, cell)


def decimals_of(column: Column[Any]) -> int:
    assert column.unit is not None
    return column.unit.decimals if column.decimals is None else column.decimals


def numbers_in(table: Table[Any], record: Any) -> Iterator[tuple[Column[Any], float]]:
    """Every computed number of a document, with its column."""
    for column in table.columns:
        value = record[column.name]
        if value is None:
            continue
        if isinstance(column.type, Table):
            for inner in value if column.many else [value]:
                yield from numbers_in(column.type, inner)
        elif column.type is float:
            yield column, value
