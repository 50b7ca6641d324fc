"""Reports as files over HTTP: every format has the same figures, and bad wishes are refused with what exists."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.analysis import (
    CONTROL_CHART,
    CRITICAL_ERRORS,
    ERROR_SOURCES,
    FUNNEL,
    PARETO,
    QUALITY,
    SAMPLING_COVERAGE,
    VERIFIERS,
)
from app.platform.clock import FixedClock, use_clock
from app.platform.columns import Report, Table
from tests.analysis.factories import NOVEMBER, DrawnCall, GivenAnswer, SampleFactory
from tests.analysis.files.reading import csv_rows, parquet_rows, parquet_table, plain, workbook, workbook_rows
from tests.people import Centre

REPORTS: dict[str, Report[Any]] = {
    "quality?by=agent": QUALITY,
    "error-sources": ERROR_SOURCES,
    "pareto?by=item": PARETO,
    "control-chart?metric=error_rate": CONTROL_CHART,
    "funnel?metric=score": FUNNEL,
    "critical-errors?by=agent": CRITICAL_ERRORS,
    "sampling-coverage": SAMPLING_COVERAGE,
    "verifiers": VERIFIERS,
}
EVERY_REPORT = pytest.mark.parametrize(("path", "report"), REPORTS.items(), ids=lambda one: getattr(one, "name", ""))
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "svg": "image/svg+xml",
    "png": "image/png",
}
READERS: dict[str, Callable[[bytes], list[list[Any]]]] = {
    "csv": csv_rows,
    "xlsx": workbook_rows,
    "parquet": parquet_rows,
}
FORGOT = GivenAnswer("greeting", "agent", "forgot")
NO_ARTICLE = GivenAnswer("solution", "process", "no_article")
FINE = GivenAnswer("greeting"), GivenAnswer("solution")
AFTER = datetime(2026, 12, 10, 8, 30, tzinfo=UTC)


async def ask(client: httpx.AsyncClient, path: str, **params: Any) -> httpx.Response:
    name, _, query = path.partition("?")
    given = dict(pair.split("=") for pair in query.split("&") if pair)
    answer = await client.get(f"/v1/reports/{name}", params=NOVEMBER | given | params)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.fixture
async def evaluated(factory: SampleFactory) -> None:
    """Calls of two agents and of one without an evaluation, with errors of both kinds."""
    await factory.draw(
        await factory.plan(),
        DrawnCall("60.5", "0.3", answers=(FORGOT, NO_ARTICLE)),
        DrawnCall("71", "0.7", answers=FINE),
        DrawnCall("88.25", "0.1", agent=1, answers=(FINE[0], NO_ARTICLE)),
        DrawnCall("90", agent=1, verifier="second_verifier", answers=FINE),
        DrawnCall(agent=1, evaluated=False),
    )


def json_rows(report: Report[Any], document: dict[str, Any]) -> Iterator[list[Any]]:
    """The cells of a file, taken from the JSON by the declared columns."""
    (listed,) = [column.name for column in report.document.columns if column.type is report.rows]
    for row in document[listed]:
        yield list(cells_of(report.rows, row))


def cells_of(table: Table[Any], row: dict[str, Any]) -> Iterator[Any]:
    for column in table.columns:
        value = row[column.name]
        if not column.in_files:
            continue
        if column.many:
            yield "; ".join(map(told, value))
        elif isinstance(column.type, Table):
            names = column.cells or {inner.name: inner.name for inner in column.type.columns}
            yield from (value and value[name] for name in names)
        else:
            yield value


def told(record: dict[str, Any]) -> str:
    """How a file writes a signal, an agent who stands out, or a reason."""
    if "rule" in record:
        return str(record["rule"])
    return f"{record['label']} ({record['count']})" if "label" in record else f"{record['name']} ({record['errors']})"


class TestSameFigures:
    @EVERY_REPORT
    async def test_cell_by_cell(self, path: str, report: Report[Any], centre: Centre, evaluated: None) -> None:
        document = (await ask(centre.leader, path)).json()
        expected = [[plain(cell) for cell in row] for row in json_rows(report, document)]
        assert expected
        if report in {QUALITY, CRITICAL_ERRORS}:
            total = document["total"] | {"key": None, "name": "total"}
            expected.append([plain(cell) for cell in cells_of(report.rows, total)])
        names = [column.name for column in report.file_columns]
        for file_format, read in READERS.items():
            answer = await ask(centre.leader, path, format=file_format)
            assert answer.headers["content-type"] == MEDIA_TYPES[file_format]
            assert answer.headers["content-disposition"] == f'attachment; filename="{report.name}.{file_format}"'
            header, *rows = read(answer.content)
            shown = [[plain(cell) for cell in row] for row in rows]
            assert shown == [almost(row) for row in expected]
            titles = [column.title_en for column in report.file_columns]
            assert header == names if file_format != "xlsx" else untimed(header) == titles

    @EVERY_REPORT
    async def test_an_empty_period_gives_valid_files(self, path: str, report: Report[Any], centre: Centre) -> None:
        empty = {"from": "2026-01-01", "to": "2026-01-02", "team_id": str(centre.team_id)}
        document = (await ask(centre.leader, path, **empty)).json()
        count = len(list(json_rows(report, document)))
        for file_format, read in READERS.items():
            rows = read((await ask(centre.leader, path, format=file_format, **empty)).content)
            assert len(rows) == count + 1


def almost(row: list[Any]) -> list[Any]:
    """The row, with numbers to the 15 digits that Excel keeps."""
    return [pytest.approx(cell, rel=1e-14) if isinstance(cell, float) else cell for cell in row]


def untimed(header: list[str]) -> list[str]:
    """The titles without the zone behind those of times."""
    return [title.removesuffix(" (UTC)") for title in header]


class TestCsv:
    async def test_a_locale_writes_decimals_and_separates(self, centre: Centre, evaluated: None) -> None:
        plain_text = (await ask(centre.leader, "quality?by=agent", format="csv")).content
        russian = (await ask(centre.leader, "quality?by=agent", format="csv", locale="ru")).content
        expected = csv_rows(plain_text)
        found = csv_rows(russian, ";")
        assert len(found) == len(expected) == 4
        place = expected[0].index("value")
        assert [row[place].replace(",", ".") for row in found] == [row[place] for row in expected]
        assert all("," in row[place] for row in found[1:])
        assert b"\r\n" in russian
        assert not russian.startswith(b"\xef\xbb\xbf")

    async def test_the_byte_order_mark_and_titles_come_on_request(self, centre: Centre, evaluated: None) -> None:
        answer = await ask(centre.leader, "quality", format="csv", locale="ru", bom="true", language="ru")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        header, *_, total = csv_rows(answer.content, ";")
        assert header == [column.title_ru for column in QUALITY.file_columns]
        assert total[1] == "итого"
        english = csv_rows((await ask(centre.leader, "quality", format="csv", language="en")).content)
        assert english[0] == [column.title_en for column in QUALITY.file_columns]
        assert english[-1][1] == "total"

    async def test_sentences_are_in_the_language(self, centre: Centre, evaluated: None) -> None:
        answer = await ask(centre.leader, "error-sources", format="csv", language="ru")
        header, *rows = csv_rows(answer.content)
        action = header.index("Что делать")
        assert {row[action].split()[0] for row in rows} <= {"Измените", "Сначала", "Обучите", "Дайте", "Ничего"}


class TestParquet:
    async def test_columns_have_their_types(self, centre: Centre, evaluated: None) -> None:
        quality = parquet_table((await ask(centre.leader, "quality?by=agent", format="parquet")).content)
        types = {field.name: str(field.type) for field in quality.schema}
        assert (types["key"], types["value"], types["n"]) == ("string", "double", "int64")
        assert not quality.schema.field("n").nullable
        assert quality.schema.field("value").nullable
        assert quality.schema.field("value").metadata[b"unit"] == b"points"
        assert quality.schema.metadata[b"report"] == b"quality"
        assert quality.schema.metadata[b"from"] == b"2026-11-01T00:00:00+00:00"
        coverage = parquet_table((await ask(centre.leader, "sampling-coverage", format="parquet")).content)
        assert str(coverage.schema.field("last_heard_at").type) == "timestamp[us, tz=UTC]"

    async def test_times_are_the_same_instants(self, centre: Centre, evaluated: None) -> None:
        coverage = parquet_table((await ask(centre.leader, "sampling-coverage", format="parquet")).content)
        document = (await ask(centre.leader, "sampling-coverage")).json()
        found = [None if at is None else at.isoformat() for at in coverage.column("last_heard_at").to_pylist()]
        expected = [agent["last_heard_at"] for agent in document["agents"]]
        assert [at and at.replace("+00:00", "Z") for at in found] == expected


class TestWorkbook:
    async def test_it_can_be_sent_on(self, centre: Centre, evaluated: None) -> None:
        filters = {"project_id": str(centre.project_id), "team_id": str(centre.team_id)}
        with use_clock(FixedClock(AFTER)):
            book = workbook((await ask(centre.leader, "quality?by=agent", format="xlsx", **filters)).content)
        assert book.sheetnames == ["Report", "Chart", "About"]
        sheet = book["Report"]
        assert sheet["A1"].value == "Quality: mean scores"
        assert sheet["A2"].value.startswith("Period: 1 November 2026 – 30 November 2026")
        assert sheet["A3"].value == "Filters: project: Cards; team: Team A"
        assert sheet["A4"].value.startswith("Method: Mean score of all calls")
        assert sheet.freeze_panes == "A6"
        assert sheet.auto_filter.ref == f"A5:{sheet.cell(5, len(QUALITY.file_columns)).column_letter}8"
        formats = {title.value: cell.number_format for title, cell in zip(sheet[5], sheet[6], strict=True)}
        assert formats["Mean score: estimate"] == "0.0"
        assert formats["Response rate"] == "0.0%"
        assert formats["Scored evaluations"] == formats["Drawn calls"] == "#,##0"
        assert book.properties.title == "Quality: mean scores"
        assert book.properties.created == AFTER.replace(tzinfo=None)
        assert all(sheet.column_dimensions[letter].width >= 9 for letter in "ABC")

    async def test_it_has_a_native_chart(self, centre: Centre, evaluated: None) -> None:
        quality = workbook((await ask(centre.leader, "quality?by=agent", format="xlsx")).content)["Chart"]
        assert [cell.value for cell in quality["A"]] == ["Group", "Agent a-1", "Agent a-2"]
        assert len(quality._charts) == 1
        book = workbook((await ask(centre.leader, "error-sources", format="xlsx")).content)
        errors, trend = book["Chart"], book["Chart 2"]
        assert errors["D1"].value == "Cumulative share"
        assert errors["D3"].value == pytest.approx(1)
        assert trend["A2"].value == "2026-W45"
        # The columns of errors by cause, and the line of the cumulative share over them.
        assert [len(sheet._charts) for sheet in (errors, trend)] == [1, 1]

    async def test_in_russian(self, centre: Centre, evaluated: None) -> None:
        book = workbook((await ask(centre.leader, "error-sources", format="xlsx", language="ru")).content)
        assert book.sheetnames == ["Отчёт", "График", "График 2", "О расчёте"]
        assert book["Отчёт"]["A1"].value == "Источники ошибок по пунктам"
        header = [cell.value for cell in book["Отчёт"][5]]
        assert header == [column.title_ru for column in ERROR_SOURCES.file_columns]

    async def test_the_last_sheet_has_the_other_figures_and_the_method(self, centre: Centre, evaluated: None) -> None:
        document = (await ask(centre.leader, "error-sources")).json()
        about = workbook((await ask(centre.leader, "error-sources", format="xlsx")).content)["About"]
        facts = {row[0].value: row[1].value for row in about.iter_rows()}
        assert facts["Evaluations"] == document["evaluations"] == 4
        assert facts["Process share: Process share"] == pytest.approx(document["process_share"]["value"])
        assert facts["Method"] == document["method"]

    async def test_no_text_is_a_formula_or_a_link(self, centre: Centre, factory: SampleFactory) -> None:
        evil = '=HYPERLINK("http://evil")'
        made = await centre.admin.post(
            "/v1/projects", json={"name": evil, "timezone": "Europe/Moscow", "language": "ru"}
        )
        project_id = made.json()["id"]
        await factory.draw(await factory.plan(project_id), DrawnCall("60"))
        for params in ({}, {"project_id": project_id}):
            book = workbook((await ask(centre.leader, "quality", format="xlsx", **params)).content)
            for sheet in book.worksheets:
                cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
                assert all(cell.data_type != "f" and cell.hyperlink is None for cell in cells)
            assert book["Report"]["B6"].value == evil


class TestPictures:
    @pytest.mark.parametrize(
        "path",
        ["quality", "quality?by=week", "error-sources", "pareto", "control-chart?metric=score", "funnel?metric=score"],
    )
    async def test_they_are_pictures(self, path: str, centre: Centre, evaluated: None) -> None:
        svg = await ask(centre.leader, path, format="svg", language="ru")
        assert svg.headers["content-type"] == MEDIA_TYPES["svg"]
        assert svg.text.startswith("<?xml")
        assert "ноября 2026" in svg.text
        png = await ask(centre.leader, path, format="png")
        assert png.headers["content-type"] == MEDIA_TYPES["png"]
        assert png.content.startswith(b"\x89PNG")

    async def test_the_picture_has_the_groups_and_no_markup_of_names(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        name = "<script>$x^2$ & Co"
        made = await centre.admin.post("/v1/projects", json={"name": name, "timezone": "UTC", "language": "en"})
        await factory.draw(await factory.plan(made.json()["id"]), DrawnCall("60"), DrawnCall("70"))
        svg = (await ask(centre.leader, "quality", format="svg")).text
        assert "&lt;script&gt;$x^2$ &amp; Co (2)" in svg
        assert "<script>" not in svg

    async def test_the_process_share_by_week_is_another_picture(self, centre: Centre, evaluated: None) -> None:
        document = (await ask(centre.leader, "error-sources")).json()
        ((week,), errors) = ([one["week"] for one in document["trend"]], [one["errors"] for one in document["trend"]])
        assert (week, errors) == ("2026-W45", [document["errors"]])
        assert document["trend"][0]["process_share"]["value"] == document["process_share"]["value"]
        trend = (await ask(centre.leader, "error-sources", format="svg", picture="trend")).text
        assert "Share of errors that the process causes, by week" in trend
        assert "2026-W45" in trend
        items = (await ask(centre.leader, "error-sources", format="svg", picture="items")).text
        assert "Items with the most errors, and whose they are" in items
        refused = await centre.leader.get("/v1/reports/error-sources", params={"picture": "pie"})
        assert refused.status_code == 422
        assert "'items' or 'trend'" in refused.json()["errors"][0]["detail"]

    async def test_an_empty_period_says_so(self, centre: Centre) -> None:
        for path in ("quality", "error-sources", "pareto", "control-chart?metric=score", "funnel?metric=score"):
            assert "No data for this period" in (await ask(centre.leader, path, format="svg")).text


class TestChoosing:
    @pytest.mark.parametrize("file_format", MEDIA_TYPES)
    async def test_accept_and_format_both_work(self, file_format: str, centre: Centre, evaluated: None) -> None:
        media_type = MEDIA_TYPES[file_format].partition(";")[0]
        headers = {"Accept": f"application/json;q=0.5, {media_type}, */*;q=0.1"}
        with use_clock(FixedClock(AFTER)):
            accepted = await centre.leader.get("/v1/reports/quality", params=NOVEMBER, headers=headers)
        assert accepted.headers["content-type"].startswith(media_type)
        assert accepted.headers["vary"] == "Accept"
        with use_clock(FixedClock(AFTER)):
            asked = await ask(centre.leader, "quality", format=file_format)
        assert asked.content == accepted.content
        either = await centre.leader.get("/v1/reports/quality", headers={"Accept": f"{media_type};q=0.5, */*"})
        assert either.headers["content-type"] == "application/json"

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            ("image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8", "image/svg+xml"),
            ("image/*", "image/svg+xml"),
            ("image/*, image/svg+xml;q=0.1", "image/png"),
            ("text/*", "text/csv"),
            ("application/*", "application/json"),
            ("text/html", "application/json"),
            ("*/*", "application/json"),
            ("image/png;q=rubbish, */*;q=0.1", "application/json"),
        ],
    )
    async def test_accept_may_name_a_kind(self, accept: str, media_type: str, centre: Centre) -> None:
        answer = await centre.leader.get("/v1/reports/quality", headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith(media_type)

    @pytest.mark.parametrize(
        ("wish", "exists"),
        [
            ({"format": "docx"}, "'parquet', 'svg' or 'png'"),
            ({"format": "csv", "locale": "tlh"}, "'en', 'es', 'fr', 'it', 'kk', 'pl', 'pt', 'ru', 'tr' or 'uk'"),
            ({"format": "csv", "language": "de"}, "'en' or 'ru'"),
            ({"format": "csv", "bom": "perhaps"}, "boolean"),
        ],
    )
    async def test_what_does_not_exist_is_refused(self, wish: dict[str, str], exists: str, centre: Centre) -> None:
        refused = await centre.leader.get("/v1/reports/quality", params=wish)
        assert refused.status_code == 422
        (error,) = refused.json()["errors"]
        assert error["pointer"] == list(wish)[-1]
        assert exists in error["detail"]

    async def test_a_report_without_a_picture_offers_none(self, centre: Centre) -> None:
        refused = await centre.leader.get("/v1/reports/verifiers", params={"format": "svg"})
        assert refused.status_code == 422
        assert "'json', 'csv', 'xlsx' or 'parquet'" in refused.json()["errors"][0]["detail"]
