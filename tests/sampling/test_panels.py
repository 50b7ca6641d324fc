"""Who may score the sample of a draw, how much each takes, and who has met whom."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from app.assignments.types import Panel
from app.identity.models import AgentModel, UserModel
from app.platform import clock
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.sampling.draws.panels import read_panel
from app.sampling.plans.service import get_plan
from app.sampling.windows import window_of
from tests.assignments.factories import URL, both_verifiers, claim, drawn, evaluate, pooled, skip, supervise
from tests.people import Centre
from tests.queries import QueryRecorder, run
from tests.sampling.tenant_factories import (
    DAY,
    a_call,
    calls_of,
    create_plan,
    draw,
    items_of,
    plan_body,
    store_calls,
    working_in,
)


async def panel_of(centre: Centre, database: Database, plan: dict[str, Any], days_later: int = 0) -> Panel:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        found = await get_plan(session, UUID(plan["id"]))
        window = window_of(found.window, found.timezone, DAY + timedelta(days=days_later))
        return await read_panel(session, found, window)


async def next_panel(centre: Centre, database: Database, assignments: list[dict[str, Any]], **later: int) -> Panel:
    """The panel of the plan that made the assignments, for the same window or a later one."""
    return await panel_of(centre, database, {"id": assignments[0]["plan_id"]}, **later)


async def test_it_is_the_plans_verifiers(centre: Centre, database: Database) -> None:
    panel = await panel_of(centre, database, await create_plan(centre))
    assert panel == Panel(tuple(sorted(centre.user_ids[name] for name in ("verifier", "second_verifier"))))


@pytest.mark.parametrize("change", [{"active": False}, {"role": "leader"}], ids=str)
async def test_who_is_no_active_verifier_any_longer_is_not_in_it(
    centre: Centre, database: Database, change: dict[str, Any]
) -> None:
    plan, gone = await create_plan(centre), centre.user_ids["verifier"]
    async with working_in(database, centre) as session:
        await run(session, update(UserModel).where(UserModel.id == gone).values(**change))
    assert (await panel_of(centre, database, plan)).verifier_ids == (centre.user_ids["second_verifier"],)


async def test_supervisors_and_agents_are_barred(centre: Centre, database: Database) -> None:
    (supervised, own), user_id = centre.agent_ids, centre.user_ids["verifier"]
    await supervise(database, centre, supervised, user_id)
    async with working_in(database, centre) as session:
        await run(session, update(AgentModel).where(AgentModel.id == own).values(user_id=user_id))
    panel = await panel_of(centre, database, await create_plan(centre))
    assert panel.conflicts == {(user_id, supervised), (user_id, own)}


@pytest.mark.parametrize(("window", "days"), [("day", 1), ("week", 5), ("month", 22)])
async def test_capacity_is_that_of_the_windows_working_days(
    centre: Centre, database: Database, window: str, days: int
) -> None:
    plan = await create_plan(centre, window=window, verifier_daily_capacity=3)
    assert set((await panel_of(centre, database, plan)).capacity.values()) == {3 * days}
    assert len((await panel_of(centre, database, plan)).capacity) == 2


class TestCapacityLeft:
    async def test_what_a_verifier_has_of_the_window_counts(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=5, verifier_daily_capacity=3)
        given = await items_of(centre.leader, URL)
        panel = await next_panel(centre, database, given)
        assert panel.capacity == {centre.user_ids["verifier"]: 0}
        assert (await next_panel(centre, database, given, days_later=1)).capacity == {centre.user_ids["verifier"]: 3}

    async def test_it_is_never_below_nothing(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        await claim(centre.verifier)
        assert set((await next_panel(centre, database, waiting)).capacity.values()) == {0}

    async def test_late_calls_find_who_has_room(self, centre: Centre, database: Database) -> None:
        plan = await create_plan(centre, verifier_daily_capacity=2)
        await store_calls(database, centre, [a_call(centre)])
        await draw(centre, plan)
        await store_calls(database, centre, [a_call(centre) for _ in range(4)])
        await draw(centre, plan, supplementary=True)
        loads = [len(await items_of(client, URL)) for client in (centre.verifier, centre.second_verifier)]
        assert loads == [2, 2]
        assert len(await items_of(centre.leader, URL, verifier_id="none")) == 1


class TestMeetings:
    async def test_they_are_counted_by_verifier_and_agent(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=3)
        given = await items_of(centre.leader, URL)
        met = {(centre.user_ids["verifier"], centre.agent_ids[1]): 3}
        assert (await next_panel(centre, database, given)).prior_pairings == met

    async def test_they_count_for_all_plans_of_the_project(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=3)
        panel = await panel_of(centre, database, await create_plan(centre))
        assert panel.prior_pairings == {(centre.user_ids["verifier"], centre.agent_ids[1]): 3}

    async def test_what_waits_in_the_pool_is_nobodys(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        assert set((await next_panel(centre, database, waiting)).prior_pairings.values()) == {1}

    async def test_they_are_forgotten_after_ninety_days(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database)
        given = await items_of(centre.leader, URL)
        for days, remembered in ((89, 1), (91, 0)):
            with use_clock(FixedClock(clock.now() + timedelta(days=days))):
                assert len((await next_panel(centre, database, given)).prior_pairings) == remembered


class TestCallsTaken:
    async def test_another_plans_draw_gives_a_call_to_others(self, centre: Centre, database: Database) -> None:
        """Of one verifier and scorecard a call has one evaluation: a second assignment could never be done."""
        await drawn(centre, database, calls=4)
        first = await items_of(centre.verifier, URL)
        body = plan_body(centre, first[0]["scorecard_id"], **both_verifiers(centre))
        plan = (await centre.leader.post("/v1/sampling-plans", json=body)).json()
        await draw(centre, plan)
        assert len(await items_of(centre.verifier, URL)) == 4
        assert {a["call_id"] for a in await items_of(centre.second_verifier, URL)} == {a["call_id"] for a in first}

    async def test_with_another_scorecard_a_call_may_come_again(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database)
        assert (await panel_of(centre, database, await create_plan(centre))).already_assigned == frozenset()

    async def test_what_was_skipped_does_not_come_again(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database)
        (assignment,) = await items_of(centre.verifier, URL)
        await skip(centre.verifier, assignment)
        taken = {(centre.user_ids["verifier"], UUID(assignment["call_id"]))}
        assert (await next_panel(centre, database, [assignment])).already_assigned == taken

    async def test_what_was_evaluated_of_ones_own_accord_goes_to_others(
        self, centre: Centre, database: Database
    ) -> None:
        plan = await create_plan(centre)
        (call_id,) = await store_calls(database, centre, [a_call(centre)])
        subject = {"id": None, "call": {"id": call_id}, "scorecard_id": plan["scorecard_id"]}
        assert (await evaluate(centre.verifier, subject, submit=True)).status_code == 201
        assert (await panel_of(centre, database, plan)).already_assigned == {
            (centre.user_ids["verifier"], UUID(call_id))
        }
        assert (await panel_of(centre, database, plan, days_later=1)).already_assigned == frozenset()
        await draw(centre, plan)
        assert [len(await items_of(c, URL)) for c in (centre.verifier, centre.second_verifier)] == [0, 1]

    async def test_a_draft_of_ones_own_accord_keeps_no_call_off_and_is_the_assignments_when_it_is_submitted(
        self, centre: Centre, database: Database
    ) -> None:
        plan = await create_plan(centre, verifier_ids=[str(centre.user_ids["verifier"])])
        (call_id,) = await store_calls(database, centre, [a_call(centre)])
        subject = {"id": None, "call": {"id": call_id}, "scorecard_id": plan["scorecard_id"]}
        draft = (await evaluate(centre.verifier, subject, submit=False)).json()
        assert (await panel_of(centre, database, plan)).already_assigned == frozenset()
        await draw(centre, plan)
        (assignment,) = await items_of(centre.verifier, URL)
        submitted = await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")
        assert (submitted.status_code, submitted.json()["assignment_id"]) == (200, assignment["id"])
        (done,) = await items_of(centre.verifier, URL)
        assert (done["state"], done["evaluation_id"]) == ("done", draft["id"])


async def test_verifiers_who_have_met_an_agent_least_are_next(centre: Centre, database: Database) -> None:
    """Twelve days with one call of each agent: everybody has heard both about as often."""
    plan = await create_plan(centre)
    for day in range(12):
        at = timedelta(days=day)
        rows = [a_call(centre, agent_id=agent_id) for agent_id in centre.agent_ids]
        await store_calls(database, centre, [row | {"started_at": row["started_at"] + at} for row in rows])
        await draw(centre, plan, DAY + at)
    met = (await panel_of(centre, database, plan)).prior_pairings
    assert len(met) == 4
    assert set(met.values()) == {6}


async def test_it_takes_three_statements_besides_those_that_say_how_to_join(
    centre: Centre, database: Database, queries: QueryRecorder
) -> None:
    plan = await create_plan(centre, verifier_daily_capacity=3)
    await calls_of(database, centre, centre.agent_ids, 10)
    await draw(centre, plan)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        found = await get_plan(session, UUID(plan["id"]))
        queries.clear()
        await read_panel(session, found, window_of(found.window, found.timezone, DAY))
        assert len(queries) == 5
