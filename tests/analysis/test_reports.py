"""The quality report over HTTP: its figures, which calls it is about, and who may read it."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import pytest
from scipy.stats import t as student
from sqlalchemy import insert, update

from app import events
from app.api.context import AppContext
from app.calls.models import CallModel
from app.identity.models import AgentModel
from app.platform import clock
from app.platform.actor import Actor
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.sampling.models import DrawModel
from tests.analysis.factories import NOON, NOVEMBER, DrawnCall, SampleFactory, committed_draw
from tests.journal import RowsPrepared
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder, run


async def quality(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/v1/reports/quality", params=NOVEMBER | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def values(report: Any) -> dict[str, float]:
    return {item["name"]: item["estimate"]["value"] for item in report["items"]}


async def test_every_evaluation_has_the_weight_of_the_calls_it_represents(
    centre: Centre, factory: SampleFactory
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("100", "0.5"), DrawnCall("40", "0.1"))
    report = await quality(centre.leader)
    total = report["total"]
    assert total["estimate"]["value"] == pytest.approx((2 * 100 + 10 * 40) / 12)
    assert (total["naive_mean"], total["n"], total["population"]) == (70, 2, pytest.approx(12))
    (project,) = report["items"]
    assert (project["key"], project["name"]) == (str(centre.project_id), "Cards")
    assert {name: project[name] for name in total} == total


async def test_the_interval_is_the_textbooks(centre: Centre, factory: SampleFactory) -> None:
    """The means μ within t standard errors of the estimate; the standard error is proportional to √μ(100 − μ)."""
    scores = [70, 74, 78, 75, 81, 66]
    await factory.draw(await factory.plan(), *(DrawnCall(str(score), "0.1") for score in scores))
    estimate = (await quality(centre.leader))["total"]["estimate"]
    variance = (1 - 0.1) * np.var(scores, ddof=1) / 6
    for end in (estimate["low"], estimate["high"]):
        error = np.sqrt(variance * end * (100 - end) / (74 * (100 - 74)))
        assert abs(end - 74) == pytest.approx(error * student.ppf(0.975, 5), abs=1e-4)


async def test_an_interval_stays_within_the_scale(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("100", "0.5"), DrawnCall("40", "0.1"))
    estimate = (await quality(centre.leader))["total"]["estimate"]
    assert 0 < estimate["low"] < 10 < 90 < estimate["high"] < 100


async def test_a_single_evaluation_has_no_interval(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("90"))
    total = (await quality(centre.leader))["total"]
    assert total["estimate"] == {"value": 90, "low": None, "high": None}
    assert total["design_effect"] is None


async def test_calls_that_are_not_evaluated_are_nonresponse(centre: Centre, factory: SampleFactory) -> None:
    """The weight of the first agent's call that is not evaluated goes to that agent's other call."""
    await factory.draw(
        await factory.plan(),
        DrawnCall("60"),
        DrawnCall(evaluated=False),
        DrawnCall("90", agent=1),
        DrawnCall("90", agent=1),
    )
    total = (await quality(centre.leader))["total"]
    assert (total["selected"], total["n"], total["response_rate"]) == (4, 3, 0.75)
    assert total["estimate"]["value"] == pytest.approx(75)
    assert total["population"] == pytest.approx(8)


async def test_a_group_without_an_evaluation_is_shown_without_an_estimate(
    centre: Centre, factory: SampleFactory
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall(agent=1, evaluated=False))
    items = {item["name"]: item for item in (await quality(centre.leader, by="agent"))["items"]}
    second = items["Agent a-2"]
    assert (second["estimate"], second["n"], second["response_rate"]) == (None, 0, 0)
    assert (second["population"], second["population_exact"], second["unrepresented"]) == (2, True, 2)
    assert items["Agent a-1"]["estimate"]["value"] == 60


async def test_calls_that_no_item_applied_to_are_evaluated_but_have_no_part_in_the_mean(
    centre: Centre, factory: SampleFactory
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("70"), DrawnCall(None))
    total = (await quality(centre.leader))["total"]
    assert (total["n"], total["selected"], total["response_rate"]) == (2, 3, 1)
    assert total["estimate"]["value"] == pytest.approx(65)
    assert total["population"] == pytest.approx(4)


async def test_the_latest_revision_counts(centre: Centre, factory: SampleFactory) -> None:
    evaluation_id, _ = await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80"))
    await factory.revise(evaluation_id, "90")
    await factory.revise(evaluation_id, "100", number=3)
    assert (await quality(centre.leader))["total"]["estimate"]["value"] == pytest.approx(90)


async def test_the_agent_score_and_the_process_loss_are_weighted_as_the_score_is(
    centre: Centre, factory: SampleFactory
) -> None:
    spoilt = DrawnCall("40", "0.1", agent_score="90", process_loss="50")
    await factory.draw(await factory.plan(), DrawnCall("100", "0.5"), DrawnCall("70", "0.5"), spoilt)
    report = await quality(centre.leader)
    total = report["total"]
    assert total["agent_score"]["value"] == pytest.approx((2 * 100 + 2 * 70 + 10 * 90) / 14)
    assert total["process_loss"]["value"] == pytest.approx(10 * 50 / 14)
    assert {name: report["items"][0][name] for name in total} == total


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("project", ["Cards"]),
        ("team", ["Team A"]),
        ("agent", ["Agent a-1"]),
        ("week", ["2026-W45"]),
        ("verifier", ["Verifier"]),
    ],
)
async def test_every_group_has_both_with_intervals(
    centre: Centre, factory: SampleFactory, by: str, names: list[str]
) -> None:
    """The process loss of every call is what it lacks of 100, and so are its interval and that of the score."""
    calls = [DrawnCall(str(score), agent_score="100", process_loss=str(100 - score)) for score in (60, 90, 75)]
    await factory.draw(await factory.plan(), *calls)
    items = (await quality(centre.leader, by=by))["items"]
    assert [item["name"] for item in items] == names
    for item in items:
        score, loss = item["estimate"], item["process_loss"]
        assert loss == pytest.approx(
            {"value": 100 - score["value"], "low": 100 - score["high"], "high": 100 - score["low"]}
        )
        assert 0 < loss["low"] < loss["value"] < loss["high"] < 100
        assert (item["agent_score"]["value"], item["agent_score"]["high"]) == pytest.approx((100, 100))


async def test_a_call_without_an_agent_score_has_no_part_in_its_mean_and_is_no_nonresponse(
    centre: Centre, factory: SampleFactory
) -> None:
    """Its weight goes to no other call of the agent."""
    others_alone = DrawnCall("0", agent_score=None, process_loss="100")
    await factory.draw(
        await factory.plan(), DrawnCall("60"), others_alone, DrawnCall("90", agent=1), DrawnCall("90", agent=1)
    )
    total = (await quality(centre.leader))["total"]
    assert total["agent_score"]["value"] == pytest.approx((60 + 90 + 90) / 3)
    assert total["process_loss"]["value"] == pytest.approx(25)
    assert (total["n"], total["estimate"]["value"]) == (4, pytest.approx(60))


async def test_a_group_whose_every_call_is_without_an_agent_score_has_none(
    centre: Centre, factory: SampleFactory
) -> None:
    others_alone = DrawnCall("0", agent_score=None, process_loss="100")
    await factory.draw(await factory.plan(), others_alone, DrawnCall("90", agent=1))
    first, second = (await quality(centre.leader, by="agent"))["items"]
    assert (first["agent_score"], first["process_loss"]["value"]) == (None, 100)
    assert second["agent_score"] == {"value": 90, "low": None, "high": None}


async def test_a_group_without_an_evaluation_has_neither(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall(agent=1, evaluated=False))
    _, second = (await quality(centre.leader, by="agent"))["items"]
    assert (second["agent_score"], second["process_loss"]) == (None, None)


async def test_a_revision_that_blames_the_process_moves_the_agent_score(centre: Centre, factory: SampleFactory) -> None:
    evaluation_id, _ = await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80"))
    before = (await quality(centre.leader))["total"]
    await factory.revise_scores(evaluation_id, DrawnCall("60", agent_score="100", process_loss="40"))
    after = (await quality(centre.leader))["total"]
    assert after["estimate"] == before["estimate"]
    assert (before["agent_score"]["value"], before["process_loss"]["value"]) == (pytest.approx(70), 0)
    assert (after["agent_score"]["value"], after["process_loss"]["value"]) == (pytest.approx(90), pytest.approx(20))


async def test_hand_picked_calls_are_counted_and_never_averaged(centre: Centre, factory: SampleFactory) -> None:
    plan = await factory.plan()
    await factory.draw(plan, DrawnCall("60"), DrawnCall("60"))
    await factory.hand_picked(plan, DrawnCall("0"))
    await factory.hand_picked(plan, DrawnCall("0", at=NOON - timedelta(days=40)))
    report = await quality(centre.leader)
    assert report["unsampled_evaluations"] == 1
    assert (report["total"]["estimate"]["value"], report["total"]["n"]) == (60, 2)


class TestGroups:
    async def test_groups_carry_their_names_in_order(self, centre: Centre, factory: SampleFactory) -> None:
        await factory.draw(
            await factory.plan(), DrawnCall("60", agent=1), DrawnCall("80"), DrawnCall("90", verifier="second_verifier")
        )
        assert list(values(await quality(centre.leader, by="agent"))) == ["Agent a-1", "Agent a-2"]
        assert values(await quality(centre.leader, by="team")).keys() == {"Team A"}
        by_verifier = values(await quality(centre.leader, by="verifier"))
        assert by_verifier == pytest.approx({"Second Verifier": 90, "Verifier": 70})

    async def test_weeks_are_those_of_the_projects_time_zone(self, centre: Centre, factory: SampleFactory) -> None:
        """Sunday 21:30 in London is Monday 00:30 in Moscow."""
        late = datetime(2026, 11, 8, 21, 30, tzinfo=UTC)
        calls = DrawnCall("60", at=late - timedelta(hours=1)), DrawnCall("80", at=late)
        await factory.draw(await factory.plan(), *calls, day=date(2026, 11, 8))
        assert values(await quality(centre.leader, by="week")) == {"2026-W45": 60, "2026-W46": 80}

    async def test_agents_without_a_team_are_a_group_without_a_key(
        self, centre: Centre, factory: SampleFactory, context: AppContext
    ) -> None:
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            await run(session, update(AgentModel).values(team_id=None).where(AgentModel.id == centre.agent_ids[1]))
            await events.record(session, RowsPrepared(subject_id=centre.agent_ids[1]))
        await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80", agent=1))
        items = (await quality(centre.leader, by="team"))["items"]
        assert [(item["key"], item["name"]) for item in items] == [(str(centre.team_id), "Team A"), (None, "(none)")]
        mine = await quality(centre.leader, by="agent", team_id=str(centre.team_id))
        assert values(mine) == {"Agent a-1": 60}

    async def test_an_unknown_grouping_is_refused(self, centre: Centre) -> None:
        refused = await centre.leader.get("/v1/reports/quality", params={"by": "moon"})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "by")


class TestWhatWasDrawn:
    """A drawn call keeps the agent and the start that it had when it was drawn."""

    async def test_a_call_that_is_moved_afterwards_counts_where_it_was_drawn(
        self, centre: Centre, factory: SampleFactory, context: AppContext
    ) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80", agent=1))
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            moved = {"agent_id": centre.agent_ids[1], "started_at": NOON - timedelta(days=90)}
            await run(session, update(CallModel).values(moved).where(CallModel.agent_id == centre.agent_ids[0]))
            await events.record(session, RowsPrepared(subject_id=None))
        assert values(await quality(centre.leader, by="agent")) == {"Agent a-1": 60, "Agent a-2": 80}

    async def test_a_team_is_the_one_that_the_agent_is_in_now(
        self, centre: Centre, factory: SampleFactory, context: AppContext
    ) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80", agent=1))
        other = (await centre.admin.post("/v1/teams", json={"name": "Team B"})).json()
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            moved = update(AgentModel).values(team_id=other["id"]).where(AgentModel.id == centre.agent_ids[1])
            await run(session, moved)
            await events.record(session, RowsPrepared(subject_id=centre.agent_ids[1]))
        assert values(await quality(centre.leader, by="team")) == {"Team A": 60, "Team B": 80}

    async def test_late_calls_are_strata_of_their_own(self, centre: Centre, factory: SampleFactory) -> None:
        """They make the interval narrower than one stratum with all calls would."""
        plan = await factory.plan()
        await factory.draw(plan, DrawnCall("60"), DrawnCall("62"))
        alone = (await quality(centre.leader))["total"]
        await factory.draw(plan, DrawnCall("80"), DrawnCall("82"), part=1)
        total = (await quality(centre.leader))["total"]
        assert (total["estimate"]["value"], total["n"], total["population"]) == (pytest.approx(71), 4, 8)
        width, alone_width = (one["estimate"]["high"] - one["estimate"]["low"] for one in (total, alone))
        assert width < 2 * alone_width

    async def test_a_call_of_two_plans_counts_for_each(self, centre: Centre, factory: SampleFactory) -> None:
        first, second = await factory.plan(), await factory.plan()
        await factory.draw(first, DrawnCall("60"))
        await factory.draw(second, DrawnCall("80"))
        total = (await quality(centre.leader))["total"]
        assert (total["selected"], total["estimate"]["value"]) == (2, 70)

    async def test_a_call_in_the_pool_has_no_verifier(self, centre: Centre, factory: SampleFactory) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall(pooled=True, evaluated=False))
        items = {item["key"]: item for item in (await quality(centre.leader, by="verifier"))["items"]}
        assert items[None]["selected"] == 1
        assert items[str(centre.user_ids["verifier"])]["estimate"]["value"] == 60

    async def test_a_window_that_is_not_drawn_yet_is_not_in_the_report(
        self, centre: Centre, factory: SampleFactory, context: AppContext
    ) -> None:
        plan = await factory.plan()
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            await run(session, insert(DrawModel).values(committed_draw(centre, plan.id, 0, NOON)))
            await events.record(session, RowsPrepared(subject_id=None))
        assert (await quality(centre.leader))["total"] is None

    async def test_a_repeated_report_is_the_same_to_the_last_digit(
        self, centre: Centre, factory: SampleFactory
    ) -> None:
        scores = [f"{50 + number * 0.37:.2f}" for number in range(60)]
        await factory.draw(await factory.plan(), *(DrawnCall(score, "0.07", agent=len(score) % 2) for score in scores))
        assert await quality(centre.leader, by="agent") == await quality(centre.leader, by="agent")


class TestFilters:
    async def test_calls_outside_the_period_do_not_count(self, centre: Centre, factory: SampleFactory) -> None:
        november = datetime(2026, 11, 1, tzinfo=UTC)
        before, first = DrawnCall("0", at=november - timedelta(seconds=1)), DrawnCall("60", at=november)
        last, after = DrawnCall("80", at=november + timedelta(days=1)), DrawnCall("0", at=november + timedelta(days=2))
        await factory.draw(await factory.plan(), before, first, last, after, day=date(2026, 10, 26), days=7)
        total = (await quality(centre.leader, **{"from": "2026-11-01", "to": "2026-11-03"}))["total"]
        assert (total["n"], total["selected"]) == (2, 2)
        assert total["estimate"]["value"] == pytest.approx(70)

    async def test_days_are_those_of_the_projects_time_zone(self, centre: Centre, factory: SampleFactory) -> None:
        midnight = datetime(2026, 11, 1, 21, tzinfo=UTC)
        calls = DrawnCall("60", at=midnight - timedelta(seconds=1)), DrawnCall("80", at=midnight)
        await factory.draw(await factory.plan(), *calls, day=date(2026, 11, 1))
        days = {"from": "2026-11-02", "to": "2026-11-03", "project_id": str(centre.project_id)}
        report = await quality(centre.leader, **days)
        assert (report["from"], report["to"]) == ("2026-11-01T21:00:00Z", "2026-11-02T21:00:00Z")
        assert report["total"]["estimate"]["value"] == 80

    async def test_times_are_taken_as_given(self, centre: Centre) -> None:
        report = await quality(centre.leader, **{"from": "2026-11-02T00:00:00+05:00", "to": "2026-11-02T12:00:00Z"})
        assert (report["from"], report["to"]) == ("2026-11-01T19:00:00Z", "2026-11-02T12:00:00Z")

    async def test_by_default_the_last_28_days_count(self, centre: Centre, factory: SampleFactory) -> None:
        now = clock.now()
        calls = DrawnCall("60", at=now - timedelta(days=27)), DrawnCall("0", at=now - timedelta(days=29))
        await factory.draw(await factory.plan(), *calls, day=(now - timedelta(days=30)).date(), days=10)
        total = (await centre.leader.get("/v1/reports/quality")).json()["total"]
        assert (total["n"], total["estimate"]["value"]) == (1, 60)

    async def test_a_project_has_only_its_own_draws(self, centre: Centre, factory: SampleFactory) -> None:
        other = (
            await centre.admin.post("/v1/projects", json={"name": "Loans", "timezone": "UTC", "language": "ru"})
        ).json()
        await factory.draw(await factory.plan(), DrawnCall("60"))
        await factory.draw(await factory.plan(other["id"]), DrawnCall("80"))
        assert values(await quality(centre.leader)) == {"Cards": 60, "Loans": 80}
        assert values(await quality(centre.leader, project_id=other["id"])) == {"Loans": 80}

    async def test_a_scorecard_has_only_its_own_draws(self, centre: Centre, factory: SampleFactory) -> None:
        strict, lenient = await factory.plan(), await factory.plan()
        await factory.draw(strict, DrawnCall("60"))
        await factory.draw(lenient, DrawnCall("80"))
        report = await quality(centre.leader, scorecard_id=str(lenient.scorecard_id))
        assert report["total"]["estimate"]["value"] == 80

    @pytest.mark.parametrize(
        ("params", "pointer"),
        [
            ({"from": "2026-11-02", "to": "2026-11-02"}, "from"),
            ({"from": "9999-12-31"}, "from"),
            ({"to": "0001-01-01"}, "to"),
            ({"from": "1700000000"}, "from"),
            ({"from": "2026-11-02T10:00:00"}, "from"),
            ({"to": "2026-11-31"}, "to"),
            ({"to": "yesterday"}, "to"),
            ({"project_id": "42"}, "project_id"),
            ({"format": "docx"}, "format"),
        ],
    )
    async def test_a_bad_parameter_is_named(self, centre: Centre, params: dict[str, str], pointer: str) -> None:
        for report in ("quality", "error-sources"):
            refused = await centre.leader.get(f"/v1/reports/{report}", params=params)
            assert refused.status_code == 422, refused.text
            assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]

    @pytest.mark.parametrize("parameter", ["project_id", "team_id", "scorecard_id"])
    async def test_a_filter_by_something_that_does_not_exist_is_not_found(self, centre: Centre, parameter: str) -> None:
        for report in ("quality", "error-sources"):
            missing = await centre.leader.get(f"/v1/reports/{report}", params={parameter: str(new_id())})
            assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


class TestAccess:
    async def test_another_tenants_project_is_not_found_and_its_calls_are_not_seen(
        self, centre: Centre, factory: SampleFactory, context: AppContext, app: Any
    ) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"))
        async with make_centre(app, context) as other:
            for report in ("quality", "error-sources"):
                url, project = f"/v1/reports/{report}", {"project_id": str(centre.project_id)}
                assert (await other.leader.get(url, params=project)).status_code == 404
            assert (await quality(other.leader))["total"] is None

    @pytest.mark.parametrize(
        ("role", "status"), [("admin", 200), ("leader", 200), ("verifier", 403), ("agent_user", 403)]
    )
    async def test_leaders_and_admins_may_read_reports(self, centre: Centre, role: str, status: int) -> None:
        client = getattr(centre, role)
        for report in ("quality", "error-sources"):
            assert (await client.get(f"/v1/reports/{report}")).status_code == status


async def test_without_draws_the_report_is_empty(centre: Centre) -> None:
    report = await quality(centre.leader)
    assert (report["items"], report["total"], report["unsampled_evaluations"]) == ([], None, 0)


async def test_a_report_takes_a_few_statements_however_long_it_is(
    centre: Centre, factory: SampleFactory, queries: QueryRecorder
) -> None:
    plan = await factory.plan()
    await factory.draw(plan, DrawnCall("60"))
    await factory.draw(plan, *(DrawnCall("70", agent=number % 2) for number in range(6)), day=date(2026, 11, 3))
    queries.clear()
    await quality(centre.leader, by="agent")
    reads = [statement for statement in queries.statements if "FROM" in statement]
    # The reader, the filters, the scope, the sample, its frames, further scores, the names.
    assert len(reads) == 9


class TestCsv:
    async def table(self, client: httpx.AsyncClient, **headers: str) -> list[list[str]]:
        answer = await client.get("/v1/reports/quality", params=NOVEMBER | {"by": "agent"}, headers=headers)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="quality.csv"'
        return list(csv.reader(io.StringIO(answer.text, newline="")))

    async def test_the_table_has_the_figures_of_the_report(self, centre: Centre, factory: SampleFactory) -> None:
        await factory.draw(await factory.plan(), DrawnCall("60"), DrawnCall("80"), DrawnCall(agent=1, evaluated=False))
        columns, first, second, total = await self.table(centre.leader, Accept="text/csv")
        item = (await quality(centre.leader, by="agent"))["items"][0]
        row = dict(zip(columns, first, strict=True))
        assert (row["key"], row["name"]) == (item["key"], item["name"])
        assert [float(row[name]) for name in ("value", "low", "high")] == list(item["estimate"].values())
        assert (int(row["n"]), float(row["response_rate"])) == (item["n"], item["response_rate"])
        assert second[2:5] == ["", "", ""]
        assert total[:2] == ["", "total"]

    async def test_format_goes_before_accept_and_json_before_csv(self, centre: Centre) -> None:
        url = "/v1/reports/quality"
        asked = await centre.leader.get(url, params={"format": "json"}, headers={"Accept": "text/csv"})
        assert asked.headers["content-type"] == "application/json"
        either = await centre.leader.get(url, headers={"Accept": "application/json, text/csv;q=0.9, */*;q=x"})
        assert either.headers["content-type"] == "application/json"
        rather = await centre.leader.get(url, headers={"Accept": "application/json;q=0.5, text/csv"})
        assert rather.headers["content-type"].startswith("text/csv")

    async def test_an_unknown_format_names_those_that_are_offered(self, centre: Centre) -> None:
        refused = await centre.leader.get("/v1/reports/quality", params={"format": "docx"})
        assert "'json', 'csv', 'xlsx', 'parquet', 'svg' or 'png'" in refused.json()["errors"][0]["detail"]

    async def test_a_name_is_never_a_formula(self, centre: Centre, factory: SampleFactory, context: AppContext) -> None:
        async with context.database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            named = insert(AgentModel).values(
                tenant_id=centre.tenant_id, id=new_id(), external_id="a-3", full_name='=HYPERLINK("http://evil")'
            )
            ((agent_id,),) = await run(session, named.returning(AgentModel.id))
            await events.record(session, RowsPrepared(subject_id=agent_id))
        renamed = SampleFactory(context, Centre(**{**vars(centre), "agent_ids": (agent_id, centre.agent_ids[1])}))
        await renamed.draw(await renamed.plan(), DrawnCall("60"))
        assert (await self.table(centre.leader, Accept="text/csv"))[1][1] == '\'=HYPERLINK("http://evil")'
