"""The report on sampling coverage over HTTP: its agents, its counts, and why an agent has no evaluation."""

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import insert, update

from app.api.context import AppContext
from app.assignments.models import AssignmentModel
from app.identity.models import AgentModel, AgentProjectModel
from app.platform import clock
from app.platform.ids import new_id
from app.sampling.models import DrawModel
from tests.analysis.factories import NOVEMBER, DrawnCall, SampleFactory, committed_draw
from tests.evaluations.factories import submit
from tests.people import Centre
from tests.queries import run
from tests.sampling.tenant_factories import DAY, a_call, calls_of, create_plan, draw, items_of, store_calls, working_in

ONE_DAY = {"from": DAY.isoformat(), "to": (DAY + timedelta(days=1)).isoformat()}
ONE_VERIFIER = "verifier"
ANSWERS = [{"item": "greeting", "value": "good"}, {"item": "solution", "value": "good"}]


async def coverage(client: httpx.AsyncClient, **params: Any) -> Any:
    answer = await client.get("/v1/reports/sampling-coverage", params=ONE_DAY | params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def by_name(report: Any) -> dict[str, Any]:
    return {agent["name"]: agent for agent in report["agents"]}


async def reason(client: httpx.AsyncClient, name: str = "Agent a-2", **params: Any) -> tuple[str, str]:
    agent = by_name(await coverage(client, **params))[name]
    return agent["reason"], agent["explanation"]


async def drawn_plan(centre: Centre, **changes: Any) -> dict[str, Any]:
    """A plan whose only verifier is the first one, and its draw."""
    plan = await create_plan(centre, verifier_ids=[str(centre.user_ids[ONE_VERIFIER])], **changes)
    await draw(centre, plan)
    return plan


async def evaluate(client: httpx.AsyncClient, assignment: dict[str, Any]) -> None:
    subject = {"call_id": assignment["call_id"], "scorecard_id": assignment["scorecard_id"]}
    await submit(client, subject | {"assignment_id": assignment["id"]}, ANSWERS)


class TestCounts:
    @pytest.fixture
    async def report(self, centre: Centre, context: AppContext) -> Any:
        """Of four drawn calls one is evaluated, one skipped, one overdue and one open."""
        await calls_of(context.database, centre, centre.agent_ids[:1], 4)
        await drawn_plan(centre)
        to_evaluate, skipped, overdue, _ = await items_of(centre.verifier, "/v1/assignments")
        await evaluate(centre.verifier, to_evaluate)
        reason = {"reason": "The recording is silent."}
        assert (await centre.verifier.post(f"/v1/assignments/{skipped['id']}/skip", json=reason)).status_code == 200
        async with working_in(context.database, centre) as session:
            past = clock.now() - timedelta(minutes=1)
            statement = update(AssignmentModel).where(AssignmentModel.id == UUID(overdue["id"]))
            await run(session, statement.values(due_at=past))
        return await coverage(centre.leader)

    def test_an_agent_has_the_counts_of_the_drawn_calls(self, report: Any) -> None:
        agent = by_name(report)["Agent a-1"]
        counts = {name: agent[name] for name in ("calls", "expected", "selected", "evaluated", "skipped", "open")}
        assert counts == {"calls": 4, "expected": 4, "selected": 4, "evaluated": 1, "skipped": 1, "open": 2}
        assert (agent["overdue"], agent["realised_rate"], agent["response_rate"]) == (1, 1, 0.25)
        assert (agent["reason"], agent["explanation"], agent["team"]) == (None, None, "Team A")
        assert agent["last_heard_at"] is not None

    def test_the_total_is_of_all_agents(self, report: Any) -> None:
        total = report["total"]
        assert (total["agents"], total["agents_heard"]) == (2, 1)
        assert (total["calls"], total["selected"], total["response_rate"]) == (4, 4, 0.25)

    def test_the_plan_has_the_same_counts(self, report: Any) -> None:
        (plan,) = report["plans"]
        assert {name: plan[name] for name in ("calls", "selected", "open", "overdue")} == {
            "calls": 4,
            "selected": 4,
            "open": 2,
            "overdue": 1,
        }
        assert (plan["mode"], plan["planned_rate"], plan["realised_rate"]) == ("rate", 1, 1)
        assert (plan["windows_drawn"], plan["windows_due"], plan["refused"]) == (1, 0, [])


async def test_an_agent_evaluated_before_the_period_shows_when(centre: Centre, factory: SampleFactory) -> None:
    await factory.draw(await factory.plan(), DrawnCall("60"))
    later = {"from": "2026-11-10", "to": "2026-11-12"}
    agent = by_name(await coverage(centre.leader, **later))["Agent a-1"]
    assert (agent["evaluated"], agent["last_heard_at"]) == (0, "2026-11-02T12:00:00Z")


class TestPlans:
    async def test_the_planned_rate_is_the_draws_and_not_the_plans_later_one(
        self, centre: Centre, context: AppContext
    ) -> None:
        await calls_of(context.database, centre, centre.agent_ids, 40)
        plan = await drawn_plan(centre, rate=0.05, floor_per_agent=0)
        etag = (await centre.leader.get(f"/v1/sampling-plans/{plan['id']}")).headers["etag"]
        changed = await centre.leader.patch(
            f"/v1/sampling-plans/{plan['id']}", json={"rate": 0.02}, headers={"If-Match": etag}
        )
        assert changed.status_code == 200, changed.text
        (covered,) = (await coverage(centre.leader))["plans"]
        assert (covered["planned_rate"], covered["realised_rate"]) == (0.05, 0.05)
        assert (covered["calls"], covered["expected"], covered["selected"]) == (80, 4, 4)

    async def test_a_quota_is_planned_as_a_number_of_calls(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids, 5)
        await drawn_plan(centre, mode="quota", rate=None, rate_override_reason=None, quota_per_agent=2)
        (plan,) = (await coverage(centre.leader))["plans"]
        assert (plan["quota_per_agent"], plan["planned_rate"], plan["selected"]) == (2, None, 4)

    async def test_second_scorings_are_counted_as_planned_assigned_and_done(
        self, centre: Centre, context: AppContext
    ) -> None:
        await calls_of(context.database, centre, centre.agent_ids[:1], 2)
        await draw(centre, await create_plan(centre, double_score_rate=1))
        for client in (centre.verifier, centre.second_verifier):
            first, *_ = sorted(await items_of(client, "/v1/assignments"), key=lambda one: str(one["call_id"]))
            await evaluate(client, first)
        report = await coverage(centre.leader)
        (plan,) = report["plans"]
        assert (plan["planned_double_rate"], plan["doubled_share"], plan["double_scored_share"]) == (1, 1, 0.5)
        assert (report["total"]["doubled_share"], report["total"]["double_scored_share"]) == (1, 0.5)

    async def test_late_calls_belong_to_the_window_that_they_missed(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids[:1], 2)
        plan = await drawn_plan(centre)
        await calls_of(context.database, centre, centre.agent_ids[1:], 3)
        assert await reason(centre.leader) == (
            "calls_came_late",
            "3 calls came after their windows were drawn; they wait for a supplementary draw.",
        )
        await draw(centre, plan, supplementary=True)
        report = await coverage(centre.leader)
        (covered,) = report["plans"]
        assert (covered["windows_drawn"], covered["supplementary_draws"], covered["calls"]) == (1, 1, 5)
        assert by_name(report)["Agent a-2"]["selected"] == 3

    async def test_windows_are_counted_by_their_state(
        self, centre: Centre, factory: SampleFactory, context: AppContext
    ) -> None:
        plan = await factory.plan()
        await factory.draw(plan, DrawnCall("60"))
        now = clock.now()
        before, after = now - timedelta(hours=1), now + timedelta(hours=1)
        windows = [
            committed_draw(centre, plan.id, 0, before),
            committed_draw(centre, plan.id, 1, after),
            committed_draw(centre, plan.id, 2, before, voided_at=now),
            committed_draw(centre, plan.id, 3, before, refused_at=now, failure_reason="no verifier", refused_version=1),
        ]
        async with working_in(context.database, centre) as session:
            for window in windows:
                await run(session, insert(DrawModel).values(window))
        (covered,) = (await coverage(centre.leader, **{"from": "2026-11-01", "to": "2027-11-01"}))["plans"]
        assert (covered["windows_drawn"], covered["windows_due"], covered["windows_open"]) == (1, 1, 1)
        (refused,) = covered["refused"]
        assert refused["refusal"] == "no verifier"
        assert refused["window_start"] == "2026-12-04"


class TestReasons:
    async def test_without_a_plan(self, centre: Centre) -> None:
        assert (await reason(centre.leader))[0] == "no_plan"

    async def test_with_a_plan_in_another_project(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids[:1], 2)
        await drawn_plan(centre)
        loner = await hired(centre, context, "Loner")
        assert (await reason(centre.leader, "Loner"))[0] == "no_plan"
        alone = by_name(await coverage(centre.leader, project_id=str(centre.project_id)))
        assert loner not in {agent["agent_id"] for agent in alone.values()}

    async def test_before_the_first_draw(self, centre: Centre) -> None:
        await create_plan(centre, active=True)
        assert (await reason(centre.leader))[0] == "window_not_drawn"

    async def test_without_calls(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids[:1], 2)
        await drawn_plan(centre)
        assert await reason(centre.leader) == ("no_calls", "The agent had no calls in the drawn windows.")

    async def test_with_calls_that_could_not_be_drawn(self, centre: Centre, context: AppContext) -> None:
        agent_id = centre.agent_ids[1]
        short = [a_call(centre, agent_id=agent_id, duration_s=Decimal(3)) for _ in range(2)]
        await store_calls(context.database, centre, [*short, a_call(centre, agent_id=agent_id)])
        await drawn_plan(centre, eligibility={"min_duration_s": 20, "require_recording": True})
        assert await reason(centre.leader) == (
            "no_eligible_calls",
            "None of 3 calls could be drawn: 2 too short, 1 without a recording.",
        )

    async def test_chance_has_its_probability(self, centre: Centre, factory: SampleFactory) -> None:
        """1 − 0.25 in one window, 1 − 0.2 in the other."""
        plan = await factory.plan()
        await factory.draw(plan, DrawnCall("60"), not_drawn={1: (5, "0.25")})
        await factory.draw(
            plan, DrawnCall("60"), day=datetime(2026, 11, 3, tzinfo=UTC).date(), not_drawn={1: (4, "0.2")}
        )
        assert await reason(centre.leader, **NOVEMBER) == (
            "not_selected",
            "None of 9 calls was drawn; 0.45 were expected. The probability of this was 60.0%.",
        )

    async def test_with_drawn_calls_that_are_not_evaluated(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids[1:], 2)
        await drawn_plan(centre)
        assert await reason(centre.leader) == (
            "selected_not_evaluated",
            "None of 2 drawn calls is evaluated: 2 are open (0 overdue), 0 skipped.",
        )

    async def test_agents_who_left_before_the_period_are_not_in_the_report(
        self, centre: Centre, context: AppContext
    ) -> None:
        await hired(centre, context, "Gone", left_on=DAY - timedelta(days=1))
        await hired(centre, context, "Leaving", left_on=DAY)
        names = by_name(await coverage(centre.leader)).keys()
        assert "Gone" not in names
        assert "Leaving" in names


async def hired(centre: Centre, context: AppContext, name: str, *projects: UUID, **fields: Any) -> str:
    """The id of a new agent of these projects."""
    agent_id = new_id()
    row = {"tenant_id": centre.tenant_id, "id": agent_id, "external_id": name, "full_name": name} | fields
    async with working_in(context.database, centre) as session:
        await run(session, insert(AgentModel).values(row))
        for project_id in projects:
            membership = {"tenant_id": centre.tenant_id, "agent_id": agent_id, "project_id": project_id}
            await run(session, insert(AgentProjectModel).values(membership))
    return str(agent_id)


async def test_signals_show_their_share_of_the_sample(centre: Centre, context: AppContext) -> None:
    """Ten calls, a complaint four times as likely to be drawn as the others: by quota, all of them are drawn."""
    await calls_of(context.database, centre, centre.agent_ids[:1], 10)
    await drawn_plan(
        centre, mode="quota", rate=None, rate_override_reason=None, quota_per_agent=10, size={"complaint": 4}
    )
    signals = {signal["signal"]: signal for signal in (await coverage(centre.leader))["signals"]}
    assert signals["complaint"] == {
        "signal": "complaint",
        "selected": 1,
        "share_of_sample": 0.1,
        "share_of_frame": pytest.approx(0.1),
        "mean_multiplier": 4,
    }
    assert (signals["none"]["selected"], signals["none"]["mean_multiplier"]) == (9, None)
    assert (signals["long_hold"]["selected"], signals["long_hold"]["share_of_frame"]) == (0, 0)


async def test_a_signals_share_of_the_frame_is_weighted(centre: Centre, factory: SampleFactory) -> None:
    """A complaint that represents 2 calls, and a call that represents 10."""
    complaint = ({"name": "complaint", "multiplier": 5_000_000, "explanation": "complaint ×5"},)
    await factory.draw(await factory.plan(), DrawnCall("60", "0.5", signals=complaint), DrawnCall("60", "0.1"))
    signals = {signal["signal"]: signal for signal in (await coverage(centre.leader, **NOVEMBER))["signals"]}
    assert signals["complaint"]["share_of_sample"] == 0.5
    assert signals["complaint"]["share_of_frame"] == pytest.approx(2 / 12, abs=1e-6)


class TestFilters:
    async def test_a_team_has_its_own_agents_and_calls(self, centre: Centre, context: AppContext) -> None:
        await hired(centre, context, "Elsewhere", centre.project_id)
        await calls_of(context.database, centre, centre.agent_ids, 2)
        await drawn_plan(centre)
        async with working_in(context.database, centre) as session:
            await run(session, update(AgentModel).values(team_id=None).where(AgentModel.id == centre.agent_ids[1]))
        report = await coverage(centre.leader, team_id=str(centre.team_id))
        assert by_name(report).keys() == {"Agent a-1"}
        assert (report["total"]["selected"], report["plans"][0]["selected"]) == (2, 2)
        assert sum(signal["selected"] for signal in report["signals"]) == 2

    async def test_windows_outside_the_period_do_not_count(self, centre: Centre, context: AppContext) -> None:
        await calls_of(context.database, centre, centre.agent_ids, 2)
        await drawn_plan(centre)
        report = await coverage(centre.leader, **{"from": "2026-03-04", "to": "2026-03-05"})
        assert (report["plans"][0]["windows_drawn"], report["total"]["selected"]) == (0, 0)

    @pytest.mark.parametrize("parameter", ["project_id", "team_id"])
    async def test_a_filter_by_something_that_does_not_exist_is_not_found(self, centre: Centre, parameter: str) -> None:
        missing = await centre.leader.get("/v1/reports/sampling-coverage", params={parameter: str(new_id())})
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("role", "status"), [("admin", 200), ("leader", 200), ("verifier", 403), ("agent_user", 403)]
    )
    async def test_leaders_and_admins_may_read_it(self, centre: Centre, role: str, status: int) -> None:
        assert (await getattr(centre, role).get("/v1/reports/sampling-coverage")).status_code == status


async def test_as_csv_it_is_the_table_of_agents(centre: Centre, context: AppContext) -> None:
    await calls_of(context.database, centre, centre.agent_ids[:1], 2)
    await drawn_plan(centre)
    answer = await centre.leader.get("/v1/reports/sampling-coverage", params=ONE_DAY | {"format": "csv"})
    assert answer.headers["content-disposition"] == 'attachment; filename="sampling-coverage.csv"'
    first, second = csv.DictReader(io.StringIO(answer.text, newline=""))
    assert (first["name"], first["calls"], first["selected"], first["reason"]) == (
        *("Agent a-1", "2", "2"),
        "selected_not_evaluated",
    )
    assert (second["external_id"], second["realised_rate"], second["reason"]) == ("a-2", "", "no_calls")
