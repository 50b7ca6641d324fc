"""The monthly report over HTTP: the figures of the other reports, as JSON and on two pages."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pypdf
import pytest

from app.platform.clock import FixedClock, use_clock
from tests.analysis.factories import DrawnCall, GivenAnswer, SampleFactory
from tests.people import Centre

NOVEMBER = {"from": "2026-11-01", "to": "2026-12-01"}
AFTER = datetime(2026, 12, 10, tzinfo=UTC)
NO_ARTICLE = GivenAnswer("solution", "process", "no_article")
FINE = GivenAnswer("greeting"), GivenAnswer("solution")


async def ask(client: httpx.AsyncClient, **params: Any) -> httpx.Response:
    with use_clock(FixedClock(AFTER)):
        answer = await client.get("/v1/reports/monthly", params=params)
    assert answer.status_code == 200, answer.text
    return answer


async def refused(client: httpx.AsyncClient, **params: Any) -> dict[str, Any]:
    with use_clock(FixedClock(AFTER)):
        answer = await client.get("/v1/reports/monthly", params=params)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return dict(error)


def pages(answer: httpx.Response) -> list[str]:
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    return [" ".join(page.extract_text().replace("\u00ad", "-").split()) for page in reader.pages]


@pytest.fixture
async def evaluated(factory: SampleFactory) -> None:
    """Two draws in October and two in November, with errors of the process."""
    plan = await factory.plan()
    scores = [(date(2026, 10, 6), 60), (date(2026, 10, 20), 62), (date(2026, 11, 3), 80), (date(2026, 11, 24), 80)]
    for day, score in scores:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        answers = [(FINE[0], NO_ARTICLE)] * 3 + [FINE] * 5
        calls = [
            DrawnCall(str(score + place % 3), agent=place % 2, at=at, answers=given)
            for place, given in enumerate(answers)
        ]
        await factory.draw(plan, *calls, DrawnCall(agent=1, at=at, evaluated=False), day=day)


class TestFigures:
    async def test_they_are_those_of_the_other_reports(self, centre: Centre, evaluated: None) -> None:
        monthly = (await ask(centre.leader, month="2026-11")).json()
        quality = (await centre.leader.get("/v1/reports/quality", params=NOVEMBER)).json()
        sources = (await centre.leader.get("/v1/reports/error-sources", params=NOVEMBER)).json()
        coverage = (await centre.leader.get("/v1/reports/sampling-coverage", params=NOVEMBER)).json()
        october = {"from": "2026-10-01", "to": "2026-11-01"}
        before = (await centre.leader.get("/v1/reports/quality", params=october)).json()
        assert monthly["month"] == "2026-11"
        assert monthly["complete"]
        assert (monthly["from"], monthly["to"]) == ("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")
        assert monthly["quality"]["estimate"] == quality["total"]["estimate"]
        for name in ("agent_score", "process_loss"):
            assert monthly["quality"][name] == quality["total"][name]
        assert monthly["quality"]["n"] == quality["total"]["n"] == 16
        assert monthly["quality"]["before"] == before["total"]["estimate"]
        share = sources["process_share"]
        assert monthly["process"]["process_share"] == {name: share[name] for name in ("value", "low", "high")}
        assert monthly["process"]["method"] == share["method"]
        assert monthly["process"]["errors"] == sources["errors"] == 6
        (item,) = monthly["items"]
        erring = next(one for one in sources["by_item"] if one["errors"])
        assert (item["item"], item["action"]) == (erring["item"], erring["action"])
        assert item["all_errors"] == pytest.approx(erring["population"] * erring["error_rate"]["value"])
        for name in ("calls", "selected", "evaluated", "agents", "agents_heard"):
            assert monthly["coverage"][name] == coverage["total"][name]

    async def test_weeks_lead_up_to_the_end_of_the_month(self, centre: Centre, evaluated: None) -> None:
        monthly = (await ask(centre.leader, month="2026-11")).json()
        weeks = [week["week"] for week in monthly["quality"]["weeks"]]
        assert weeks == ["2026-W41", "2026-W43", "2026-W45", "2026-W48"]
        assert [week["week"] for week in monthly["process"]["weeks"]] == weeks
        october = (await ask(centre.leader, month="2026-10")).json()
        assert [week["week"] for week in october["quality"]["weeks"]] == weeks[:2]

    async def test_sentences_follow_from_them(self, centre: Centre, evaluated: None) -> None:
        monthly = (await ask(centre.leader, month="2026-11")).json()
        value = f"{monthly['quality']['estimate']['value']:.1f}\u00a0points"
        assert value in monthly["quality"]["sentences"][0]
        assert "higher than in October 2026" in monthly["quality"]["sentences"][1]
        assert "since week 2026-W45" in monthly["quality"]["sentences"][1]
        assert "100\u00a0% of all errors" in monthly["process"]["sentences"][0]
        russian = (await ask(centre.leader, month="2026-11", language="ru")).json()
        assert russian["quality"]["sentences"][0].startswith("Средняя оценка всех звонков в ноябре 2026")
        assert russian["quality"]["estimate"] == monthly["quality"]["estimate"]
        assert russian["items"][0]["action"] != monthly["items"][0]["action"]

    async def test_a_team_and_a_project_filter(self, centre: Centre, evaluated: None) -> None:
        filters = {"project_id": str(centre.project_id), "team_id": str(centre.team_id)}
        filtered = (await ask(centre.leader, month="2026-11", **filters)).json()
        quality = (await centre.leader.get("/v1/reports/quality", params=NOVEMBER | filters)).json()
        assert filtered["quality"]["n"] == quality["total"]["n"]


class TestPrinted:
    async def test_the_pages_have_the_same_figures(self, centre: Centre, evaluated: None) -> None:
        monthly = (await ask(centre.leader, month="2026-11")).json()
        printed = await ask(centre.leader, month="2026-11", format="pdf")
        assert printed.headers["content-type"] == "application/pdf"
        assert printed.headers["content-disposition"] == 'inline; filename="monthly-2026-11.pdf"'
        first, second = pages(printed)
        estimate = monthly["quality"]["estimate"]
        assert f"{estimate['value']:.1f} 95 %: {estimate['low']:.1f} – {estimate['high']:.1f}" in first
        for sentences in (monthly["coverage"]["sentences"], monthly["quality"]["sentences"][:1]):
            assert all(" ".join(sentence.split()) in first for sentence in sentences)
        for sentence in (*monthly["item_sentences"], *monthly["agent_sentences"]):
            assert " ".join(sentence.split()) in second

    async def test_accept_asks_for_it_as_well(self, centre: Centre, evaluated: None) -> None:
        accepting = {"Accept": "application/pdf, application/json;q=0.5"}
        with use_clock(FixedClock(AFTER)):
            answer = await centre.leader.get("/v1/reports/monthly", headers=accepting)
        assert answer.headers["content-type"] == "application/pdf"

    async def test_names_are_no_markup(self, centre: Centre, factory: SampleFactory) -> None:
        evil = '#panic("x") *b* $x$ = [a](b) @c <d>'
        made = await centre.admin.post("/v1/projects", json={"name": evil, "timezone": "UTC", "language": "en"})
        project_id = made.json()["id"]
        await factory.draw(await factory.plan(project_id), DrawnCall("60"), DrawnCall("70", agent=1))
        first, _ = pages(await ask(centre.leader, month="2026-11", format="pdf", project_id=project_id))
        assert f"project: {evil}" in first

    @pytest.mark.parametrize("file_format", ["json", "pdf"])
    async def test_an_empty_month_is_no_error(self, file_format: str, centre: Centre) -> None:
        answer = await ask(centre.leader, month="2020-02", format=file_format, team_id=str(centre.team_id))
        if file_format == "pdf":
            assert "There is no mean score in February 2020" in pages(answer)[0]
        else:
            document = answer.json()
            assert document["quality"]["estimate"] is document["process"]["process_share"] is None
            assert document["items"] == document["agents"] == []


class TestMonth:
    async def test_the_default_is_the_last_that_has_ended(self, centre: Centre) -> None:
        assert (await ask(centre.leader)).json()["month"] == "2026-11"

    async def test_it_is_one_of_the_project_s_time_zone(self, centre: Centre) -> None:
        body = {"name": "Far away", "timezone": "Pacific/Kiritimati", "language": "en"}
        project_id = (await centre.admin.post("/v1/projects", json=body)).json()["id"]
        document = (await ask(centre.leader, month="2026-11", project_id=project_id)).json()
        assert document["from"] == "2026-10-31T10:00:00Z"
        just_over = datetime(2026, 11, 30, 10, tzinfo=UTC)
        for now, complete in ((just_over - timedelta(minutes=1), False), (just_over, True)):
            with use_clock(FixedClock(now)):
                answer = await centre.leader.get(
                    "/v1/reports/monthly", params={"month": "2026-11", "project_id": project_id}
                )
            assert answer.json()["complete"] is complete

    @pytest.mark.parametrize("month", ["2026-13", "2026-1", "11-2026", "2026-11-01", "november", "0000-01", "٢٠٢٦-11"])
    async def test_what_is_none_is_refused(self, month: str, centre: Centre) -> None:
        error = await refused(centre.leader, month=month)
        assert error["pointer"] == "month"
        assert "such as 2026-11" in error["detail"]

    @pytest.mark.parametrize("month", ["2027-01", "1999-12", "9999-12"])
    async def test_it_has_begun_and_is_not_too_long_ago(self, month: str, centre: Centre) -> None:
        error = await refused(centre.leader, month=month)
        assert error["pointer"] == "month"
        assert "between 2000-01 and the present month, 2026-12" in error["detail"]

    @pytest.mark.parametrize(
        ("wish", "exists"), [({"format": "csv"}, "'json' or 'pdf'"), ({"language": "de"}, "'en' or 'ru'")]
    )
    async def test_wishes_that_do_not_exist_name_those_that_do(
        self, wish: dict[str, str], exists: str, centre: Centre
    ) -> None:
        assert exists in (await refused(centre.leader, **wish))["detail"]

    @pytest.mark.parametrize("name", ["project_id", "team_id"])
    async def test_filters_must_exist(self, name: str, centre: Centre) -> None:
        answer = await centre.leader.get("/v1/reports/monthly", params={name: "00000000-0000-0000-0000-000000000000"})
        assert answer.status_code == 404
