"""Frames and selections as PostgreSQL makes them, held against the pure modules that say what they should be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from app.calls.models import CallModel
from app.identity.models import AgentModel
from app.platform.database import Database, Row
from app.platform.database.scope import Tenant
from app.sampling.draws.design import design_frame
from app.sampling.draws.frames import sizing_of
from app.sampling.draws.selection import frame_classes, frame_digest
from app.sampling.draws.selection import select as select_calls
from app.sampling.draws.sizes import Sizing, size_call
from app.sampling.draws.types import FrameCall, FrameClass, SizedCall
from app.sampling.models import FrameClassModel
from app.sampling.plans.service import get_plan
from app.sampling.plans.types import Plan
from app.sampling.windows import window_of
from app.statistics.fixed_point import TRILLION
from tests.evaluations.history import store_evaluated_call
from tests.people import Centre
from tests.queries import run
from tests.sampling.tenant_factories import a_call, create_plan, draw, hire, items_of, store_calls, working_in

MONTH = date(2026, 3, 1)
ZONE = ZoneInfo("Europe/Moscow")
EVERYTHING = {
    "new_agent": {"tenure_days": 45, "multiplier": 3},
    "erring_agent": {"lookback_days": 30, "max_multiplier": 4},
    # Complaints and low ratings weigh the same: different signals, one size.
    "complaint": 3,
    "low_csat": {"at_most": 2, "multiplier": 3},
    "long_hold": {"over_s": 180, "multiplier": 1.333333},
}
MONTHLY = {"window": "month", "timezone": "Europe/Moscow", "rate": 0.03, "rate_override_reason": None}


@dataclass(frozen=True)
class Frame:
    plan: Plan
    calls: list[SizedCall]
    sizing: Sizing


async def a_busy_month(database: Database, centre: Centre, seed: int) -> list[UUID]:
    """Agents hired before, in and after the month, one who errs, and calls of all kinds up to its very edges."""
    random = Random(seed)
    agents = [*centre.agent_ids]
    for hired_on in (None, date(2020, 1, 1), date(2026, 1, 20), date(2026, 2, 27), date(2026, 3, 1), date(2026, 3, 30)):
        agents += await hire(database, centre, 1, hired_on=hired_on)
    start = datetime(2026, 3, 1, tzinfo=ZONE).astimezone(UTC)
    end = datetime(2026, 4, 1, tzinfo=ZONE).astimezone(UTC)
    moments = [start, end - timedelta(microseconds=1), end, start - timedelta(microseconds=1)]
    moments += [start + (end - start) * random.random() for _ in range(1500)]
    rows = [
        a_call(
            centre,
            agent_id=random.choice(agents),
            started_at=moment,
            complaint=random.random() < 0.1,
            csat=random.choice([None, None, None, 1, 2, 3, 4, 5]),
            hold_s=random.choice([None, Decimal(0), Decimal("180.0"), Decimal("180.001"), Decimal(400)]),
            duration_s=Decimal(random.randrange(10, 300)),
        )
        for moment in moments
    ]
    await store_calls(database, centre, rows)
    evaluated_at = datetime(2026, 2, 20, 9, tzinfo=UTC)
    async with working_in(database, centre) as session:
        for agent in agents[:4]:
            errors = 40 if agent == agents[0] else 9
            await store_evaluated_call(session, centre, agent, evaluated_at, errors=errors, applicable=300)
    return agents


async def expected_frame(database: Database, centre: Centre, plan_id: str) -> Frame:
    """The month's frame, call by call and without the SQL of frames."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        plan = await get_plan(session, UUID(plan_id))
        sizing = await sizing_of(session, plan, window_of(plan.window, plan.timezone, MONTH))
        agents = await run(session, select(AgentModel.id, AgentModel.hired_on))
        hired = {row.id: row.hired_on for row in agents}
        calls = await session.fetch_all("SELECT * FROM calls")
    window = sizing.window
    eligible = [
        call
        for call in calls
        if window.starts_at <= call.started_at < window.ends_at and call.duration_s >= plan.eligibility.min_duration_s
    ]
    return Frame(plan, [_sized(call, hired, sizing) for call in eligible], sizing)


def _sized(call: Row, hired: dict[UUID, date | None], sizing: Sizing) -> SizedCall:
    assert call.agent_id is not None
    hired_on = hired[call.agent_id]
    tenure = None if hired_on is None else (call.started_at.astimezone(ZONE).date() - hired_on).days
    hold_s = None if call.hold_s is None else int(call.hold_s.to_integral_value("ROUND_CEILING"))
    known = FrameCall(call.id, call.agent_id, tenure, call.complaint, call.csat, hold_s)
    return size_call(sizing.rules, known, sizing.erring.get(call.agent_id))


async def stored_frame(database: Database, centre: Centre, draw_id: str) -> list[FrameClass]:
    statement = (
        select(FrameClassModel.agent_id, FrameClassModel.size_e6, FrameClassModel.call_ids)
        .where(FrameClassModel.draw_id == UUID(draw_id))
        .order_by(FrameClassModel.agent_id, FrameClassModel.size_e6)
    )
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return [FrameClass(row[0], row[1], tuple(row[2])) for row in await run(session, statement)]


async def selections_of(centre: Centre, drawn: dict[str, Any]) -> list[dict[str, Any]]:
    return await items_of(centre.leader, f"/v1/draws/{drawn['id']}/selections")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_draw_of_the_database_is_that_of_the_pure_modules_to_the_last_call(
    centre: Centre, database: Database, seed: int
) -> None:
    await a_busy_month(database, centre, seed)
    made = await create_plan(centre, **MONTHLY, size=EVERYTHING, eligibility={"min_duration_s": 20})
    drawn = await draw(centre, made, MONTH)
    frame = await expected_frame(database, centre, made["id"])
    assert len({call.size_e6 for call in frame.calls}) > 40
    classes = frame_classes(frame.calls)
    assert await stored_frame(database, centre, drawn["id"]) == classes
    assert drawn["frame_digest"] == frame_digest(classes).hex()
    design = design_frame(frame.plan.design, frame.calls)
    assert sum(call.inclusion_prob_e12 for call in design.calls) == drawn["sample_size"] * TRILLION
    assert [(s["agent_id"], s["calls"], s["expected_trillionths"]) for s in drawn["strata"]] == [
        (str(s.agent_id), s.calls, s.expected_n_e12) for s in design.strata
    ]
    derived = select_calls(bytes.fromhex(drawn["seed"]), design.calls)
    assert [
        (s["call_id"], s["inclusion_trillionths"], [signal["explanation"] for signal in s["signals"]])
        for s in await selections_of(centre, drawn)
    ] == [
        (str(s.call.call_id), s.inclusion_prob_e12, [signal.explanation for signal in s.call.signals]) for s in derived
    ]


async def test_the_preview_counts_what_the_draw_will_freeze(centre: Centre, database: Database) -> None:
    await a_busy_month(database, centre, 4)
    made = await create_plan(centre, **MONTHLY, size=EVERYTHING, eligibility={"min_duration_s": 20})
    previewed = await centre.leader.post(
        f"/v1/sampling-plans/{made['id']}/preview", json={"window_start": MONTH.isoformat()}
    )
    drawn = await draw(centre, made, MONTH)
    assert previewed.json()["frame_size"] == drawn["frame_size"]
    assert [(s["agent_id"], s["calls"], s["size"], s["expected"]) for s in previewed.json()["strata"]] == [
        (s["agent_id"], s["calls"], s["size"], s["expected"]) for s in drawn["strata"]
    ]


class TestSupplementary:
    async def test_late_calls_are_drawn_at_the_rate_and_from_nothing_else(
        self, centre: Centre, database: Database
    ) -> None:
        agents = await hire(database, centre, 3)
        await store_calls(database, centre, [a_call(centre, agent_id=agents[n % 2]) for n in range(100)])
        plan = await create_plan(centre, rate=0.3)
        first = await draw(centre, plan)
        late = await store_calls(database, centre, [a_call(centre, agent_id=agents[n % 3]) for n in range(25)])
        second = await draw(centre, plan, supplementary=True)
        assert (second["part"], second["frame_size"], second["window"]) == (1, 25, first["window"])
        frame = await stored_frame(database, centre, second["id"])
        assert sorted(str(call_id) for alike in frame for call_id in alike.call_ids) == sorted(late)
        # 0.3 × 25 is 7.5: neither rounded nor raised to a floor.
        assert sum(stratum["expected_trillionths"] for stratum in second["strata"]) == 75 * TRILLION // 10
        assert second["sample_size"] in {7, 8}
        assert len(await selections_of(centre, second)) == second["sample_size"]

    async def test_a_few_late_calls_may_be_none_of_the_sample(self, centre: Centre, database: Database) -> None:
        sizes = []
        for _ in range(6):
            await store_calls(database, centre, [a_call(centre)])
            plan = await create_plan(centre, rate=0.001, floor_per_agent=0)
            await draw(centre, plan)
            await store_calls(database, centre, [a_call(centre)])
            sizes.append((await draw(centre, plan, supplementary=True))["sample_size"])
        assert 0 in sizes

    async def test_a_quota_goes_on_at_the_rate_at_which_it_was_met(self, centre: Centre, database: Database) -> None:
        await store_calls(database, centre, [a_call(centre) for _ in range(40)])
        quota = {"mode": "quota", "rate": None, "rate_override_reason": None, "quota_per_agent": 10}
        plan = await create_plan(centre, **quota)
        assert (await draw(centre, plan))["sample_size"] == 10
        await store_calls(database, centre, [a_call(centre) for _ in range(16)])
        late = await draw(centre, plan, supplementary=True)
        assert (late["frame_size"], late["sample_size"]) == (16, 4)

    async def test_late_calls_are_drawn_as_those_before_them_whatever_the_plan_has_become(
        self, centre: Centre, database: Database
    ) -> None:
        short = a_call(centre, duration_s=Decimal(30))
        await store_calls(database, centre, [short, *(a_call(centre) for _ in range(10))])
        plan = await create_plan(centre, eligibility={"min_duration_s": 60}, rate=0.5)
        await draw(centre, plan)
        read = await centre.leader.get(f"/v1/sampling-plans/{plan['id']}")
        changes = {"eligibility": {"min_duration_s": 0}, "rate": 1, "size": {"complaint": 4}}
        await centre.leader.patch(
            f"/v1/sampling-plans/{plan['id']}", json=changes, headers={"If-Match": read.headers["ETag"]}
        )
        await refused(centre, plan, "no_late_calls")
        await store_calls(database, centre, [a_call(centre, complaint=True) for _ in range(4)])
        late = await draw(centre, plan, supplementary=True)
        assert (late["frame_size"], late["sample_size"]) == (4, 2)
        assert {selection["size"] for selection in await selections_of(centre, late)} == {1.0}

    async def test_parts_follow_each_other(self, centre: Centre, database: Database) -> None:
        await store_calls(database, centre, [a_call(centre)])
        plan = await create_plan(centre)
        await draw(centre, plan)
        for part in (1, 2):
            await store_calls(database, centre, [a_call(centre)])
            assert (await draw(centre, plan, supplementary=True))["part"] == part
        listed = await items_of(centre.leader, "/v1/draws", plan_id=plan["id"])
        assert [(item["part"], item["frame_size"]) for item in listed] == [(0, 1), (1, 1), (2, 1)]

    async def test_a_call_that_becomes_eligible_is_late_and_one_that_moves_to_another_agent_is_not(
        self, centre: Centre, database: Database
    ) -> None:
        short, moved = await store_calls(database, centre, [a_call(centre, duration_s=Decimal(5)), a_call(centre)])
        plan = await create_plan(centre, eligibility={"min_duration_s": 20})
        await draw(centre, plan)
        async with working_in(database, centre) as session:
            await run(session, update(CallModel).where(CallModel.id == UUID(short)).values(duration_s=60))
            other = update(CallModel).where(CallModel.id == UUID(moved))
            await run(session, other.values(agent_id=centre.agent_ids[1]))
        late = await draw(centre, plan, supplementary=True)
        frame = await stored_frame(database, centre, late["id"])
        assert [str(call_id) for alike in frame for call_id in alike.call_ids] == [short]

    async def test_without_late_calls_there_is_nothing_to_draw(self, centre: Centre, database: Database) -> None:
        await store_calls(database, centre, [a_call(centre)])
        plan = await create_plan(centre)
        await draw(centre, plan)
        await refused(centre, plan, "no_late_calls")
        # Nothing is left of the attempt: the next one works.
        await store_calls(database, centre, [a_call(centre)])
        assert (await draw(centre, plan, supplementary=True))["frame_size"] == 1

    async def test_a_window_is_drawn_before_it_is_supplemented(self, centre: Centre) -> None:
        await refused(centre, await create_plan(centre), "window_not_drawn")


async def refused(centre: Centre, plan: dict[str, Any], code: str) -> None:
    body = {"window_start": "2026-03-02", "supplementary": True}
    answer = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, code)


def test_agents_of_the_busy_month_stand_on_both_sides_of_every_rule() -> None:
    """The comparison above is worth what its calls are: tenures are below and above the limit in the month."""
    hired: Sequence[date] = (date(2026, 1, 20), date(2026, 2, 27), date(2026, 3, 30))
    tenures = [(MONTH - day).days for day in hired]
    assert min(tenures) < 0 < max(tenures) < 45 < max(tenures) + 31
