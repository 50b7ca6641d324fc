"""The bonus over HTTP: the steps of a project, the report of a month, and the preview of other steps."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from app.platform.clock import FixedClock, use_clock
from tests.analysis.bonus.factories import RULE, STEPS, rule_url, set_rule
from tests.analysis.factories import DrawnCall, SampleFactory
from tests.identity.factories import problem
from tests.people import Centre
from tests.sampling.tenant_factories import items_of

DECEMBER = FixedClock(datetime(2026, 12, 10, tzinfo=UTC))


async def changes_of(centre: Centre) -> list[dict[str, Any]]:
    """What the journal says of the steps."""
    return await items_of(centre.admin, "/v1/events", type="bonus_rule.set")


async def bonus(client: httpx.AsyncClient, **params: str) -> Any:
    answer = await client.get("/v1/reports/bonus", params={"month": "2026-11"} | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def preview(centre: Centre, *months: str, **changes: Any) -> Any:
    answer = await centre.leader.post(f"{rule_url(centre)}/preview", json=RULE | changes | {"months": list(months)})
    assert answer.status_code == 200, answer.text
    return answer.json()


def of(report: Any, name: str, month: str = "2026-11") -> Any:
    (row,) = (row for row in report["items"] if (row["name"], row["month"]) == (name, month))
    return row


@pytest.fixture
async def scored(centre: Centre, factory: SampleFactory) -> Centre:
    """The first agent has six evaluations around 90, and the second one a single one."""
    scores = ["88", "90", "91", "89", "92", "90"]
    await factory.draw(await factory.plan(), *(DrawnCall(score) for score in scores), DrawnCall("99", agent=1))
    return centre


class TestSteps:
    async def test_they_are_read_as_they_were_set(self, centre: Centre) -> None:
        exact = [{"from_score": 0, "percent": 0.5}, {"from_score": 87.55, "percent": 112.25}]
        await set_rule(centre, steps=exact, too_few_percent=0.5)
        read = await centre.leader.get(rule_url(centre))
        assert read.json() == {
            "project_id": str(centre.project_id),
            "steps": exact,
            "min_evaluations": 3,
            "too_few_percent": 0.5,
        }
        assert read.headers["ETag"] == '"1"'

    async def test_none_are_set_at_first(self, centre: Centre) -> None:
        assert problem(await centre.leader.get(rule_url(centre))) == (404, "not_found")

    async def test_changes_are_journalled_with_what_was_before(self, centre: Centre) -> None:
        await set_rule(centre)
        await set_rule(centre, min_evaluations=7)
        first, second = await changes_of(centre)
        assert first["before"] is None
        assert (second["before"]["min_evaluations"], second["after"]["min_evaluations"]) == (3, 7)
        assert second["subject_id"] == str(centre.project_id)

    async def test_to_set_the_same_again_changes_nothing(self, centre: Centre) -> None:
        await set_rule(centre)
        await set_rule(centre)
        assert len(await changes_of(centre)) == 1

    async def test_only_administrators_set_them(self, centre: Centre) -> None:
        for client in (centre.leader, centre.verifier, centre.agent_user):
            assert problem(await client.put(rule_url(centre), json=RULE)) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"steps": [{"from_score": 5, "percent": 50}]}, "/steps/0/from_score"),
            ({"steps": [STEPS[0], STEPS[2], STEPS[1]]}, "/steps/2/from_score"),
            ({"steps": [{"from_score": 0, "percent": 50}, {"from_score": 80, "percent": 0}]}, "/steps/1/percent"),
            ({"too_few_percent": 55}, "/too_few_percent"),
            ({"too_few_percent": 201}, "/too_few_percent"),
            ({"steps": []}, "/steps"),
            ({"steps": [{"from_score": score, "percent": 50} for score in range(21)]}, "/steps"),
            ({"steps": [{"from_score": 0, "percent": -1}]}, "/steps/0/percent"),
            ({"steps": [{"from_score": 0, "percent": 50}, {"from_score": 101, "percent": 50}]}, "/steps/1/from_score"),
            ({"min_evaluations": 1}, "/min_evaluations"),
            ({"min_evaluations": 1001}, "/min_evaluations"),
        ],
    )
    async def test_others_are_refused_with_their_place(
        self, changes: dict[str, Any], pointer: str, centre: Centre
    ) -> None:
        refused = await centre.admin.put(rule_url(centre), json=RULE | changes)
        assert problem(refused) == (422, "invalid")
        assert pointer in {error["pointer"] for error in refused.json()["errors"]}


class TestReport:
    async def test_the_bonus_is_the_step_of_the_lower_limit(self, scored: Centre) -> None:
        """The mean is 90, but that it is not below 90 is not certain."""
        await set_rule(scored)
        row = of(await bonus(scored.leader), "Agent a-1")
        assert row["score"]["value"] == pytest.approx(90)
        assert 75 < row["score"]["low"] < 90
        assert (row["outcome"], row["percent"], row["from_score"], row["percent_at_estimate"]) == ("step", 50, 75, 100)
        assert row["lower"] == pytest.approx(row["score"]["low"], abs=0.005)

    async def test_the_score_is_that_of_the_report_on_quality(self, scored: Centre) -> None:
        await set_rule(scored)
        report = await bonus(scored.leader)
        params = {"from": "2026-11-01", "to": "2026-12-01", "project_id": str(scored.project_id), "by": "agent"}
        quality = (await scored.leader.get("/v1/reports/quality", params=params)).json()
        name = report["measure"]
        for row, item in zip(report["items"], quality["items"], strict=True):
            assert row["score"] == pytest.approx(item[name])

    async def test_errors_of_the_process_cost_an_agent_nothing(self, centre: Centre, factory: SampleFactory) -> None:
        await set_rule(centre)
        calls = [DrawnCall("20", agent_score=score) for score in ("96", "97", "98", "99", "97", "98")]
        await factory.draw(await factory.plan(), *calls)
        report = await bonus(centre.leader)
        row = of(report, "Agent a-1")
        assert (report["measure"], row["percent"]) == ("agent_score", 100)
        assert row["score"]["value"] == pytest.approx(97.5)

    async def test_calls_in_which_only_others_erred_are_no_evaluations_of_the_agent(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        """Three are needed, and three calls are evaluated, of which two say something about the agent."""
        await set_rule(centre)
        await factory.draw(await factory.plan(), DrawnCall(), DrawnCall(), DrawnCall(agent_score=None))
        row = of(await bonus(centre.leader), "Agent a-1")
        assert (row["outcome"], row["n"]) == ("too_few", 2)

    async def test_too_few_evaluations_give_the_bonus_that_is_set_for_them(self, scored: Centre) -> None:
        await set_rule(scored)
        row = of(await bonus(scored.leader), "Agent a-2")
        assert (row["outcome"], row["n"], row["percent"]) == ("too_few", 1, 50)
        assert (row["lower"], row["from_score"], row["percent_at_estimate"]) == (None, None, None)

    async def test_agents_without_any_evaluation_are_there_too(self, centre: Centre) -> None:
        await set_rule(centre)
        report = await bonus(centre.leader)
        assert [(row["name"], row["outcome"], row["n"], row["score"]) for row in report["items"]] == [
            ("Agent a-1", "too_few", 0, None),
            ("Agent a-2", "too_few", 0, None),
        ]
        assert (report["agents"], report["too_few"], report["mean_percent"]) == (2, 2, 50)

    async def test_evaluations_of_other_months_do_not_count(self, scored: Centre) -> None:
        await set_rule(scored)
        october = await bonus(scored.leader, month="2026-10")
        assert [(row["month"], row["n"]) for row in october["items"]] == [("2026-10", 0), ("2026-10", 0)]

    async def test_a_month_begins_with_the_day_of_the_projects_time_zone(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        """Half past nine in the evening of 31 October in UTC is November in Moscow."""
        await set_rule(centre)
        at = datetime(2026, 10, 31, 21, 30, tzinfo=UTC)
        await factory.draw(await factory.plan(), DrawnCall("80", at=at), day=at.date())
        assert of(await bonus(centre.leader), "Agent a-1")["n"] == 1

    async def test_the_default_is_the_last_month_that_is_over(self, centre: Centre) -> None:
        await set_rule(centre)
        with use_clock(DECEMBER):
            report = (await centre.leader.get("/v1/reports/bonus")).json()
        assert (report["month"], report["complete"], report["preview"]) == ("2026-11", True, False)

    async def test_a_month_that_goes_on_says_so(self, centre: Centre) -> None:
        await set_rule(centre)
        with use_clock(DECEMBER):
            assert (await bonus(centre.leader, month="2026-12"))["complete"] is False

    @pytest.mark.parametrize("month", ["2027-01", "2026-13", "2026-1", "november", "1969-12", "2026-11-01", "9999-99"])
    async def test_other_months_are_refused(self, month: str, centre: Centre) -> None:
        with use_clock(DECEMBER):
            refused = await centre.leader.get("/v1/reports/bonus", params={"month": month})
        assert problem(refused) == (422, "invalid")
        assert refused.json()["errors"][0]["pointer"] == "month"

    async def test_a_project_without_steps_says_that_none_are_set(self, scored: Centre) -> None:
        params = {"project_id": str(scored.project_id)}
        assert problem(await scored.leader.get("/v1/reports/bonus", params=params)) == (409, "bonus_not_set")
        everything = await bonus(scored.leader)
        assert (everything["projects"], everything["items"], everything["mean_percent"]) == ([], [], None)

    async def test_the_steps_are_in_the_report(self, centre: Centre) -> None:
        await set_rule(centre)
        (project,) = (await bonus(centre.leader))["projects"]
        assert project == RULE | {"project_id": str(centre.project_id), "project": "Cards"}

    async def test_a_team_is_a_part_of_the_same_figures(self, scored: Centre) -> None:
        await set_rule(scored)
        moved = f"/v1/agents/{scored.agent_ids[1]}"
        assert (await scored.admin.patch(moved, json={"team_id": None}, headers={"If-Match": '"1"'})).status_code == 200
        everyone = await bonus(scored.leader)
        team = await bonus(scored.leader, team_id=str(scored.team_id))
        assert team["items"] == [of(everyone, "Agent a-1")]
        assert team["agents"] == 1

    async def test_the_file_has_a_row_for_each_agent(self, scored: Centre) -> None:
        await set_rule(scored)
        answer = await scored.leader.get("/v1/reports/bonus", params={"month": "2026-11", "format": "csv"})
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["name"], row["outcome"], float(row["percent"])) for row in rows] == [
            ("Agent a-1", "step", 50),
            ("Agent a-2", "too_few", 50),
        ]

    async def test_an_agent_reads_the_own_figure_which_is_the_leaders(self, scored: Centre) -> None:
        await set_rule(scored)
        own = await bonus(scored.agent_user)
        assert own["items"] == [of(await bonus(scored.leader), "Agent a-1")]
        assert (own["agents"], own["mean_percent"]) == (1, own["items"][0]["percent"])

    async def test_an_agent_reads_no_steps_of_projects_of_others(self, scored: Centre) -> None:
        body = {"name": "Loans", "timezone": "UTC", "language": "en"}
        loans = (await scored.admin.post("/v1/projects", json=body)).json()
        await set_rule(scored)
        assert (await scored.admin.put(f"/v1/projects/{loans['id']}/bonus", json=RULE)).status_code == 200
        assert [project["project"] for project in (await bonus(scored.leader))["projects"]] == ["Cards", "Loans"]
        assert [project["project"] for project in (await bonus(scored.agent_user))["projects"]] == ["Cards"]


class TestPreview:
    async def test_other_steps_stand_beside_the_present_ones(self, scored: Centre) -> None:
        await set_rule(scored)
        kinder = [{"from_score": 0, "percent": 20}, {"from_score": 80, "percent": 150}]
        previewed = await preview(scored, "2026-10", "2026-11", steps=kinder, too_few_percent=20)
        assert previewed["preview"] is True
        row = of(previewed, "Agent a-1")
        assert (row["percent"], row["present_percent"]) == (150, 50)
        october, november = previewed["months"]
        assert (october["month"], october["mean_percent"], october["present_mean_percent"]) == ("2026-10", 20, 50)
        assert (november["agents"], november["too_few"]) == (2, 1)
        assert (november["mean_percent"], november["present_mean_percent"]) == (85, 50)

    async def test_the_present_steps_previewed_are_the_report(self, scored: Centre) -> None:
        await set_rule(scored)
        previewed, report = await preview(scored, "2026-11"), await bonus(scored.leader)
        rows = [{name: value for name, value in row.items() if name != "present_percent"} for row in previewed["items"]]
        assert rows == report["items"]
        assert [row["present_percent"] for row in previewed["items"]] == [row["percent"] for row in report["items"]]

    async def test_nothing_is_stored(self, scored: Centre) -> None:
        await preview(scored, "2026-11")
        assert problem(await scored.leader.get(rule_url(scored))) == (404, "not_found")
        assert await changes_of(scored) == []

    async def test_without_present_steps_there_is_nothing_to_compare(self, scored: Centre) -> None:
        previewed = await preview(scored, "2026-11")
        assert of(previewed, "Agent a-1")["present_percent"] is None
        assert previewed["months"][0]["present_mean_percent"] is None

    async def test_agents_preview_nothing(self, centre: Centre) -> None:
        body = RULE | {"months": ["2026-11"]}
        assert problem(await centre.agent_user.post(f"{rule_url(centre)}/preview", json=body)) == (403, "forbidden")

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"months": []}, "/months"),
            ({"months": ["2026-11"] * 2}, "/months"),
            ({"months": [f"2025-{month:02}" for month in range(1, 13)] + ["2026-01"]}, "/months"),
            ({"months": ["2026-11", "2027-02"]}, "/months/1"),
            ({"months": [202611]}, "/months/0"),
            ({"steps": [{"from_score": 5, "percent": 50}], "months": ["2026-11"]}, "/steps/0/from_score"),
        ],
    )
    async def test_bad_requests_are_refused_with_their_place(
        self, changes: dict[str, Any], pointer: str, centre: Centre
    ) -> None:
        with use_clock(DECEMBER):
            refused = await centre.leader.post(f"{rule_url(centre)}/preview", json=RULE | changes)
        assert problem(refused) == (422, "invalid")
        assert pointer in {error["pointer"] for error in refused.json()["errors"]}
