"""docs/exports.md: the lines that load an export into DuckDB, and the query that computes a report from it."""

import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from app.api.context import AppContext
from tests.analysis.factories import NOON, NOVEMBER, DrawnCall, Plan, SampleFactory
from tests.exports.factories import Downloaded, exported
from tests.exports.test_files import HOSTILE, every_format, with_hostile_calls
from tests.people import Centre
from tests.processes import ROOT

DOCS = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")


def lines(language: str) -> str:
    """The only block of this language in the document."""
    (block,) = re.findall(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)
    return str(block)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(made: Downloaded, directory: Path) -> duckdb.DuckDBPyConnection:
    """Load the export as the document says; a connection to the new database."""
    (directory / "export.zip").write_bytes(made.content)
    two_lines = lines("python")
    assert len(two_lines.splitlines()) == 2
    exec(two_lines, {"zipfile": zipfile, "duckdb": duckdb})
    return duckdb.connect("centre.duckdb", read_only=True)


@every_format
async def test_the_two_lines_load_every_table_with_its_types(
    context: AppContext, centre: Centre, directory: Path, file_format: str
) -> None:
    await with_hostile_calls(centre)
    made = await exported(context, centre, format=file_format)
    with load(made, directory) as database:
        for table in made.manifest["tables"]:
            (count,) = database.execute(f'SELECT count(*) FROM "{table["name"]}"').fetchall()
            assert count == (table["rows"],), table["name"]
        texts = database.execute("SELECT customer_ref FROM calls ORDER BY id").fetchall()
        notes = database.execute("SELECT attributes->>'note' FROM calls ORDER BY id").fetchall()
        types = dict(database.execute("SELECT column_name, column_type FROM (DESCRIBE calls)").fetchall())
    assert [text for (text,) in texts] == [text or None for text in HOSTILE]
    assert [note for (note,) in notes] == HOSTILE
    assert (types["id"], types["started_at"]) == ("UUID", "TIMESTAMP WITH TIME ZONE")
    assert (types["duration_s"], types["complaint"], types["tags"]) == ("DECIMAL(10,3)", "BOOLEAN", "JSON")


@every_format
async def test_the_query_gives_the_figures_of_the_report(
    context: AppContext, centre: Centre, factory: SampleFactory, directory: Path, file_format: str
) -> None:
    await _a_month(centre, factory)
    report = (await centre.leader.get("/v1/reports/quality", params=NOVEMBER | {"by": "project"})).json()
    expected = {item["key"]: item for item in report["items"]}
    assert len(expected) == 2
    # The weights matter, and so does every kind of call in the month: a query without them would be off.
    assert any(abs(item["estimate"]["value"] - item["naive_mean"]) > 1 for item in expected.values())
    made = await exported(context, centre, format=file_format)
    with load(made, directory) as database:
        database.execute("SET TimeZone = 'Asia/Yekaterinburg'")  # nothing depends on where the reader sits
        found = database.execute(lines("sql")).fetchall()
    assert len(found) == len(expected)
    for key, name, quality, n in found:
        item = expected[key]
        assert (name, n) == (item["name"], item["n"])
        # Reports have four decimals.
        assert quality == pytest.approx(item["estimate"]["value"], abs=0.5001e-4)


async def _a_month(centre: Centre, factory: SampleFactory) -> None:
    """Two projects. Calls without an evaluation, in some windows all of them, or all of an agent in 20 calls."""
    first = await factory.plan()
    answer = await centre.admin.post("/v1/projects", json={"name": "Loans", "timezone": "UTC", "language": "en"})
    second = await factory.plan(project_id=answer.json()["id"])
    for number in range(12):
        day = date(2026, 11, 1) + timedelta(days=number)
        await factory.draw(first, *_calls(day, number), day=day)
        await factory.draw(second, *_calls(day, number + 5)[::2], day=day, days=2)
    # Windows that begin before the period or end after it, and one that lies outside as a whole.
    for first_day in (date(2026, 10, 31), date(2026, 11, 30)):
        two_days = (*_calls(first_day, 3), *_calls(first_day + timedelta(days=1), 4))
        await factory.draw(first, *two_days, day=first_day, days=2)
    await factory.draw(first, *_calls(date(2026, 12, 1), 7), day=date(2026, 12, 1))
    await _without_weight(factory, first)


async def _without_weight(factory: SampleFactory, plan: Plan) -> None:
    """What must not count: a hand-picked call, a second scoring, an old revision, a call without a score."""
    await factory.hand_picked(plan, DrawnCall("3"))
    day = date(2026, 11, 20)
    at = NOON.replace(day=20)
    (revised, *_) = await factory.draw(
        plan,
        DrawnCall("10", "0.25", at=at),
        DrawnCall("95", "0.5", at=at, second="5"),
        DrawnCall(None, "0.5", at=at, agent=1),
        day=day,
    )
    await factory.revise(revised, "90")


def _calls(day: date, number: int) -> list[DrawnCall]:
    """Nine calls of two agents; which of them are evaluated differs from day to day."""
    at = NOON.replace(month=day.month, day=day.day, year=day.year)
    return [
        DrawnCall(
            score=str(40 + (7 * number + 11 * place) % 60),
            inclusion=("0.05", "0.3", "0.8", "1")[(number + place) % 4],
            agent=place % 2,
            at=at,
            # The second agent is hardly evaluated at first; of one window nothing is.
            evaluated=number != 6 and (number + place) % 3 > 0 and not (place % 2 and number < 5),
        )
        for place in range(9)
    ]
