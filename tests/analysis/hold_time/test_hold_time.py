"""The report on hold time over HTTP: the figures of all calls, the limits, and whose the hold time is."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import numpy as np
import pytest
from sqlalchemy import insert

from app.api.context import AppContext
from app.identity.models import ProjectModel
from app.platform.ids import new_id
from tests.people import Centre
from tests.queries import run
from tests.sampling.tenant_factories import DAY, a_call, hire, store_calls, working_in

ONE_DAY = {"from": DAY.isoformat(), "to": "2026-03-03"}


async def hold_time(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/v1/reports/hold-time", params=ONE_DAY | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def store_holds(
    context: AppContext, centre: Centre, agent_id: UUID | None, holds: Sequence[float | None], **changes: Any
) -> None:
    """A call of the agent for each hold time in seconds; None: not known."""
    rows = [
        a_call(centre, agent_id=agent_id, hold_s=None if hold is None else Decimal(str(hold)), **changes)
        for hold in holds
    ]
    await store_calls(context.database, centre, rows)


async def usual_agents(context: AppContext, centre: Centre, count: int = 12, **changes: Any) -> list[UUID]:
    """Agents with thirty calls each, a third of them on hold for about forty seconds."""
    rng = np.random.default_rng(3)
    agent_ids = await hire(context.database, centre, count)
    for agent_id in agent_ids:
        holds = np.where(np.arange(30) % 3 == 0, rng.lognormal(np.log(30), 0.6, 30).round(1), 0)
        await store_holds(context, centre, agent_id, holds.tolist(), **changes)
    return agent_ids


def of(report: Any, agent_id: UUID) -> Any:
    (row,) = (row for row in report["agents"] if row["agent_id"] == str(agent_id))
    return row


class TestFigures:
    @pytest.fixture
    async def row(self, centre: Centre, context: AppContext) -> Any:
        holds = [0, 0, 30, 61, 200.5, None]
        await store_holds(context, centre, centre.agent_ids[0], holds, hold_count=None)
        await store_holds(context, centre, centre.agent_ids[0], [100], hold_count=3)
        await store_holds(context, centre, centre.agent_ids[0], [121], hold_count=2)
        return of(await hold_time(centre.leader), centre.agent_ids[0])

    def test_unknown_is_counted_and_is_not_zero(self, row: Any) -> None:
        assert (row["calls"], row["unknown"], row["unknown_counts"]) == (8, 1, 6)
        assert row["mean_hold_s"] == pytest.approx((30 + 61 + 200.5 + 100 + 121) / 7, abs=0.05)

    def test_the_shares_are_of_the_calls_whose_hold_is_known(self, row: Any) -> None:
        assert (row["held"], row["held_share"]) == (5, pytest.approx(5 / 7))
        assert row["over_minute_share"] == pytest.approx(4 / 7)
        assert row["third_hold_share"] == pytest.approx(1 / 2)

    def test_the_median_is_of_the_calls_with_hold(self, row: Any) -> None:
        assert row["median_hold_s"] == pytest.approx(np.median([30, 61, 200.5, 100, 121]))

    def test_one_hold_is_over_a_minute_only_where_it_must_be(self, row: Any) -> None:
        """100 s in three holds may all have been short; of 121 s in two one was not."""
        assert row["one_over_minute_share"] == pytest.approx(3 / 7)

    def test_too_few_calls_have_no_limit_and_say_why(self, row: Any) -> None:
        assert (row["limit_s"], row["compared_s"], row["reason"]) == (None, None, "too_few_calls")
        assert row["above_limit"] is False

    async def test_the_names_are_there(self, row: Any, centre: Centre) -> None:
        assert (row["name"], row["external_id"], row["team"]) == ("Agent a-1", "a-1", "Team A")
        assert (row["project_id"], row["project"]) == (str(centre.project_id), "Cards")


async def test_calls_outside_the_period_do_not_count(centre: Centre, context: AppContext) -> None:
    await store_holds(context, centre, centre.agent_ids[0], [10, 20])
    later = {"from": "2026-03-03", "to": "2026-03-04"}
    assert (await hold_time(centre.leader, **later))["agents"] == []


async def test_a_project_counts_the_calls_without_an_agent(centre: Centre, context: AppContext) -> None:
    await store_holds(context, centre, centre.agent_ids[0], [10, None])
    await store_holds(context, centre, None, [30])
    report = await hold_time(centre.leader)
    (project,) = report["projects"]
    assert (project["calls"], project["unknown"], project["held"]) == (3, 1, 2)
    assert (project["mean_hold_s"], project["median_hold_s"]) == (20, 20)
    assert len(report["agents"]) == 1


async def test_unknown_hold_times_only_are_no_verdict(centre: Centre, context: AppContext) -> None:
    await store_holds(context, centre, centre.agent_ids[0], [None] * 30)
    report = await hold_time(centre.leader)
    row, (project,) = of(report, centre.agent_ids[0]), report["projects"]
    assert (row["mean_hold_s"], row["held_share"], row["third_hold_share"]) == (None, None, None)
    assert (report["verdict"], [reason["code"] for reason in project["reasons"]]) == ("none", ["no_known_hold"])
    assert project["action_en"] == "Have the telephone system send the hold time of each call."


async def test_an_empty_period_is_an_empty_report(centre: Centre) -> None:
    report = await hold_time(centre.leader)
    assert (report["verdict"], report["projects"], report["agents"]) == ("none", [], [])
    assert (report["sd_between_agents_s"], report["sd_between_projects_s"]) == (None, None)


class TestVerdicts:
    async def test_one_unusual_agent_is_named(self, centre: Centre, context: AppContext) -> None:
        await usual_agents(context, centre)
        await store_holds(context, centre, centre.agent_ids[1], [0, 0, 250] * 10)
        report = await hold_time(centre.leader)
        assert [row["name"] for row in report["agents"] if row["above_limit"]] == ["Agent a-2"]
        row, (project,) = of(report, centre.agent_ids[1]), report["projects"]
        assert row["compared_s"] > row["limit_s"] > project["usual_s"]
        assert (report["verdict"], project["verdict"]) == ("agent", "agent")
        (reason,) = project["reasons"]
        assert reason["text_en"] == "Keep customers on hold for longer than the others: Agent a-2."
        assert reason["text_ru"] == "Держат клиентов на удержании дольше остальных: Agent a-2."
        assert "Agent a-2" in project["action_en"]
        assert "обучите их: Agent a-2" in project["action_ru"]

    async def test_a_whole_project_on_hold_for_minutes_is_the_process(
        self, centre: Centre, context: AppContext
    ) -> None:
        for agent_id in await hire(context.database, centre, 6):
            await store_holds(context, centre, agent_id, [0, 150, 170, 160] * 8)
        report = await hold_time(centre.leader)
        (project,) = report["projects"]
        assert (report["verdict"], [reason["code"] for reason in project["reasons"]]) == (
            "process",
            ["over_a_minute_is_usual"],
        )
        assert project["over_minute_of_held"]["low"] > 0.5
        assert "arrange this information" in project["action_en"]
        assert "разместите эту информацию" in project["action_ru"]


class TestFilters:
    async def test_a_filter_by_team_changes_neither_the_limits_nor_the_verdict(
        self, centre: Centre, context: AppContext
    ) -> None:
        await usual_agents(context, centre)
        await store_holds(context, centre, centre.agent_ids[1], [0, 0, 250] * 10)
        everyone = await hold_time(centre.leader)
        team = await hold_time(centre.leader, team_id=str(centre.team_id))
        assert team["agents"] == [of(everyone, centre.agent_ids[1])]
        assert (team["projects"], team["verdict"]) == (everyone["projects"], "agent")

    async def test_a_filter_by_project_shows_that_project(self, centre: Centre, context: AppContext) -> None:
        other = new_id()
        async with working_in(context.database, centre) as session:
            project = {"tenant_id": centre.tenant_id, "id": other, "name": "Loans", "timezone": "Europe/Moscow"}
            await run(session, insert(ProjectModel).values(language="en", **project))
        await store_holds(context, centre, centre.agent_ids[0], [10])
        await store_holds(context, centre, centre.agent_ids[0], [20], project_id=other)
        report = await hold_time(centre.leader, project_id=str(other))
        assert [row["project"] for row in report["agents"]] == ["Loans"]
        assert [project["name"] for project in report["projects"]] == ["Loans"]
        assert len((await hold_time(centre.leader))["agents"]) == 2

    async def test_an_unknown_project_is_not_found(self, centre: Centre) -> None:
        answer = await centre.leader.get("/v1/reports/hold-time", params={"project_id": str(new_id())})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_as_csv_it_is_the_table_of_agents(centre: Centre, context: AppContext) -> None:
    await store_holds(context, centre, centre.agent_ids[0], [10, 20, None])
    answer = await centre.leader.get("/v1/reports/hold-time", params=ONE_DAY | {"format": "csv"})
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["name"], row["calls"], row["unknown"], row["mean_hold_s"]) == ("Agent a-1", "3", "1", "15.0")
    assert row["reason"] == "too_few_calls"


async def test_an_agent_sees_the_own_row_with_the_same_limit(centre: Centre, context: AppContext) -> None:
    await usual_agents(context, centre)
    for agent_id in centre.agent_ids:
        await store_holds(context, centre, agent_id, [0, 40, 60] * 10)
    leaders = await hold_time(centre.leader)
    own = await hold_time(centre.agent_user)
    assert own["agents"] == [of(leaders, centre.agent_ids[0])]
    assert own["agents"][0]["limit_s"] is not None
    assert (own["projects"], own["verdict"], own["sd_between_agents_s"]) == ([], None, None)
