"""Commitments and draws that come by themselves, by a clock that the tests set."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app import wiring
from app.jobs import JobSchedule
from app.jobs.engine import QueueMessage
from app.jobs.runner import Runner
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.settings import Settings
from app.sampling.draws import execution
from app.sampling.draws import service as draws
from app.sampling.draws.jobs import DUE_DRAWS, LATE_DRAWS
from app.sampling.plans.repository import lock_plan
from app.sampling.types import seed_commitment
from tests.people import Centre
from tests.sampling.tenant_factories import a_call, create_plan, draw, items_of, store_calls, working_in

# Moscow is three hours ahead of UTC: the local day of 2 March 2026 ends at 21:00.
NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 2, 21, tzinfo=UTC)


@pytest.fixture
async def clock(settings: Settings) -> AsyncIterator[FixedClock]:
    wiring.connect(settings)
    with use_clock(FixedClock(NOON)) as fixed:
        yield fixed


async def draws_in(centre: Centre, state: str, **params: Any) -> list[dict[str, Any]]:
    return await items_of(centre.leader, "/v1/draws", state=state, **params)


async def starts(centre: Centre, state: str) -> list[str]:
    return sorted(draw["window"]["start_on"] for draw in await draws_in(centre, state) if draw["part"] == 0)


async def queued(database: Database, centre: Centre, kind: str = draws.JOB) -> list[UUID]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT id FROM jobs WHERE kind = :kind AND state IN ('queued', 'held') ORDER BY id"
        return await session.fetch_column(sql, kind=kind)


async def attempt(database: Database, centre: Centre, job_ids: list[UUID], workers: int = 1) -> None:
    """Have each job attempted by as many workers at once."""
    runners = [Runner(database, {}, lease_s=60, stopping=asyncio.Event()) for _ in range(workers)]
    for job_id in job_ids:
        message = QueueMessage(centre.tenant_id, job_id)
        await asyncio.gather(*(runner.run(message) for runner in runners), return_exceptions=True)


async def work(database: Database, centre: Centre, workers: int = 1) -> None:
    """Have the queued draws attempted, and those that they queue."""
    attempted: set[UUID] = set()
    while job_ids := [job_id for job_id in await queued(database, centre) if job_id not in attempted]:
        attempted.update(job_ids)
        await attempt(database, centre, job_ids, workers)


async def come_round(database: Database, centre: Centre, schedule: JobSchedule) -> None:
    """The clock enqueues the jobs of a schedule, and a worker attempts those of the tenant."""
    await schedule.enqueue_due(database)
    await attempt(database, centre, await queued(database, centre, schedule.name))


async def queue_due(database: Database, centre: Centre) -> None:
    await come_round(database, centre, DUE_DRAWS)


async def queue_late(database: Database, centre: Centre) -> None:
    await come_round(database, centre, LATE_DRAWS)


async def events_of(database: Database, centre: Centre, event_type: str) -> list[dict[str, Any]]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT after FROM events WHERE type = :event_type ORDER BY id"
        return await session.fetch_column(sql, event_type=event_type)


class TestCommitments:
    async def test_a_new_plan_commits_to_the_present_window_and_the_next(
        self, centre: Centre, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        committed = await draws_in(centre, "committed")
        assert [(draw["window"]["start_on"], draw["committed"]) for draw in committed] == [
            ("2026-03-02", "in_window"),
            ("2026-03-03", "before_window"),
        ]
        assert {draw["seed"] for draw in committed} == {None}
        assert len({draw["seed_commitment"] for draw in committed}) == 2

    async def test_the_clock_commits_to_the_next_window_as_one_begins(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        clock.at = MIDNIGHT
        for _ in range(2):
            await queue_due(database, centre)
        assert await starts(centre, "committed") == ["2026-03-02", "2026-03-03", "2026-03-04"]
        assert len(await events_of(database, centre, "draw.committed")) == 3

    async def test_the_revealed_seed_is_the_one_that_was_committed_to(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await store_calls(database, centre, [a_call(centre)])
        await create_plan(centre)
        promised = {draw["id"]: draw["seed_commitment"] for draw in await draws_in(centre, "committed")}
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        (drawn,) = await draws_in(centre, "drawn")
        assert drawn["seed_commitment"] == promised[drawn["id"]]
        assert seed_commitment(bytes.fromhex(drawn["seed"])).hex() == promised[drawn["id"]]

    async def test_nobody_is_told_a_seed_before_its_draw(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        (first, _) = await draws_in(centre, "committed")
        async with database.begin(Tenant(centre.tenant_id)) as session:
            row = await session.fetch_one("SELECT seed FROM draws WHERE id = :id", id=UUID(first["id"]))
        answers = [await centre.admin.get(url) for url in ("/v1/draws?state=committed", f"/v1/draws/{first['id']}")]
        answers.append(await centre.admin.get("/v1/events", params={"limit": 500}))
        for answer in answers:
            assert first["seed_commitment"] in answer.text
            assert row.seed.hex() not in answer.text

    async def test_a_plan_that_is_not_active_commits_to_nothing(self, centre: Centre, clock: FixedClock) -> None:
        await create_plan(centre, active=False)
        assert await draws_in(centre, "committed") == []

    async def test_other_windows_void_what_was_committed_to_and_are_committed_to(
        self, centre: Centre, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        await change(centre, plan, window="week")
        assert await starts(centre, "void") == ["2026-03-02", "2026-03-03"]
        assert await starts(centre, "committed") == ["2026-03-02", "2026-03-09"]

    async def test_a_stopped_plan_voids_what_is_not_over_and_begins_anew_when_it_goes_on(
        self, centre: Centre, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        stopped = await change(centre, plan, active=False)
        assert (stopped["active_since"], await starts(centre, "committed")) == (None, [])
        clock.at = NOON + timedelta(days=10)
        await change(centre, stopped, active=True)
        assert await starts(centre, "committed") == ["2026-03-12", "2026-03-13"]

    async def test_windows_that_overlap_drawn_ones_are_left_out(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        await change(centre, plan, window="week")
        # The week of the drawn Monday would hold its calls once more; the Tuesday that is running is drawn.
        assert await starts(centre, "committed") == ["2026-03-03", "2026-03-09"]


async def change(centre: Centre, plan: dict[str, Any], **changes: Any) -> dict[str, Any]:
    url = f"/v1/sampling-plans/{plan['id']}"
    read = await centre.leader.get(url)
    changed = await centre.leader.patch(url, json=changes, headers={"If-Match": read.headers["ETag"]})
    assert changed.status_code == 200, changed.text
    answer: dict[str, Any] = changed.json()
    return answer


class TestDueDraws:
    async def test_a_window_is_drawn_once_it_is_over_and_not_before(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await store_calls(database, centre, [a_call(centre) for _ in range(3)])
        await create_plan(centre)
        clock.at = MIDNIGHT - timedelta(seconds=1)
        await queue_due(database, centre)
        assert await queued(database, centre) == []
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        (drawn,) = await draws_in(centre, "drawn")
        assert (drawn["window"]["start_on"], drawn["frame_size"], drawn["committed"]) == ("2026-03-02", 3, "in_window")
        assert len(await items_of(centre.leader, "/v1/assignments")) == 3

    async def test_it_waits_for_late_calls_as_long_as_the_plan_says(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre, draw_delay_min=90)
        clock.at = MIDNIGHT + timedelta(minutes=89)
        await queue_due(database, centre)
        assert await queued(database, centre) == []
        clock.at = MIDNIGHT + timedelta(minutes=90)
        await queue_due(database, centre)
        assert len(await queued(database, centre)) == 1

    async def test_several_workers_draw_it_once(self, centre: Centre, database: Database, clock: FixedClock) -> None:
        await store_calls(database, centre, [a_call(centre) for _ in range(3)])
        await create_plan(centre)
        clock.at = MIDNIGHT
        await asyncio.gather(*(queue_due(database, centre) for _ in range(4)))
        assert len(await queued(database, centre)) == 1
        await work(database, centre, workers=4)
        await queue_due(database, centre)
        assert await queued(database, centre) == []
        assert len(await draws_in(centre, "drawn")) == 1
        assert len(await events_of(database, centre, "draw.made")) == 1
        assert len(await items_of(centre.leader, "/v1/assignments")) == 3

    async def test_a_draw_by_hand_and_one_by_the_clock_do_not_both_happen(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        by_hand = await centre.leader.post(
            f"/v1/sampling-plans/{plan['id']}/draws", json={"window_start": "2026-03-02"}
        )
        assert by_hand.status_code == 201
        await work(database, centre)
        assert [draw["id"] for draw in await draws_in(centre, "drawn")] == [by_hand.json()["id"]]

    async def test_windows_that_were_missed_are_caught_up_with_the_oldest_first(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        clock.at = MIDNIGHT + timedelta(days=4)
        await queue_due(database, centre)
        await work(database, centre)
        drawn = await draws_in(centre, "drawn")
        assert sorted((draw["window"]["start_on"], draw["committed"]) for draw in drawn) == [
            ("2026-03-02", "in_window"),
            ("2026-03-03", "before_window"),
            ("2026-03-04", "after_window"),
            ("2026-03-05", "after_window"),
            ("2026-03-06", "after_window"),
        ]
        assert await starts(centre, "committed") == ["2026-03-07", "2026-03-08"]

    async def test_a_draw_by_hand_leaves_no_window_before_it_behind(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        clock.at = MIDNIGHT + timedelta(days=4)
        await draw(centre, plan, date(2026, 3, 6))
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == [f"2026-03-0{day}" for day in range(2, 7)]

    async def test_a_stopped_plan_still_draws_what_was_over_before(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre, draw_delay_min=60)
        clock.at = MIDNIGHT + timedelta(minutes=30)
        await queue_due(database, centre)
        await change(centre, plan, active=False)
        clock.at = MIDNIGHT + timedelta(minutes=60)
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02"]

    async def test_a_zone_on_the_other_side_of_the_date_line_has_windows_of_the_same_name(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre, timezone="Pacific/Kiritimati")
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        moved = await change(centre, plan, timezone="Pacific/Pago_Pago")
        assert moved["timezone"] == "Pacific/Pago_Pago"

    async def test_a_day_that_the_clocks_skipped_is_no_window(self, centre: Centre, clock: FixedClock) -> None:
        plan = await create_plan(centre, timezone="Pacific/Apia")
        body = {"window_start": "2011-12-30"}
        refused = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/window_start")

    async def test_trouble_with_one_plan_does_not_keep_the_others_waiting(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        broken = await create_plan(centre)
        await create_plan(centre)
        async with working_in(database, centre) as session:
            await session.execute("UPDATE sampling_plans SET size = '[]' WHERE id = :id", id=UUID(broken["id"]))
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        assert len(await queued(database, centre)) == 1

    async def test_windows_before_the_plan_was_active_are_not_drawn(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await store_calls(database, centre, [a_call(centre, started_at=NOON - timedelta(days=3))])
        await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02"]

    async def test_days_of_a_clock_change_follow_each_other(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        """In Berlin 29 March 2026 has 23 hours."""
        clock.at = datetime(2026, 3, 28, 12, tzinfo=UTC)
        await create_plan(centre, timezone="Europe/Berlin")
        clock.at = datetime(2026, 3, 29, 22, tzinfo=UTC)
        await queue_due(database, centre)
        await work(database, centre)
        windows = sorted((draw["window"] for draw in await draws_in(centre, "drawn")), key=lambda w: w["start"])
        assert [(window["start"], window["end"]) for window in windows] == [
            ("2026-03-27T23:00:00Z", "2026-03-28T23:00:00Z"),
            ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ]


class TestLargeWindows:
    async def test_a_job_draws_from_them_once_however_often_it_is_asked_for(
        self, centre: Centre, database: Database, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(draws, "LARGE", 2)
        await store_calls(database, centre, [a_call(centre) for _ in range(3)])
        plan = await create_plan(centre)
        clock.at = MIDNIGHT
        url, body = f"/v1/sampling-plans/{plan['id']}/draws", {"window_start": "2026-03-02"}
        asked = [await centre.leader.post(url, json=body) for _ in range(2)]
        assert [answer.status_code for answer in asked] == [202, 202]
        assert [UUID(answer.json()["job_id"]) for answer in asked] == [*await queued(database, centre)] * 2
        await work(database, centre)
        (drawn,) = await draws_in(centre, "drawn")
        job = (await centre.leader.get(f"/v1/jobs/{asked[0].json()['job_id']}")).json()
        assert (job["state"], job["result"]["draw_id"]) == ("succeeded", drawn["id"])


class TestRefusals:
    async def test_a_draw_that_cannot_be_made_says_why_and_is_tried_again_with_another_plan(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await store_calls(database, centre, [a_call(centre, agent_id=agent) for agent in centre.agent_ids])
        plan = await create_plan(centre, rate=0.02, rate_override_reason=None)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        (job_id,) = await queued(database, centre)
        await work(database, centre)
        (refused,) = await draws_in(centre, "refused")
        assert "2 agents need 2 calls, the rate allows 1 of 2" in refused["refusal"]
        assert (await centre.leader.get(f"/v1/jobs/{job_id}")).json()["state"] == "failed"
        assert [event["why"] for event in await events_of(database, centre, "draw.refused")] == [refused["refusal"]]
        await queue_due(database, centre)
        assert await queued(database, centre) == []
        await change(centre, plan, floor_per_agent=0)
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02"]
        assert await draws_in(centre, "refused") == []

    async def test_a_plan_without_verifiers_draws_nothing_and_says_so(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        async with working_in(database, centre) as session:
            await session.execute("UPDATE users SET active = false WHERE role = 'verifier'")
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        (refused,) = await draws_in(centre, "refused")
        assert "none of the plan's verifiers" in refused["refusal"]

    async def test_it_is_tried_again_the_next_day_since_its_cause_may_lie_elsewhere(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        clock.at = MIDNIGHT
        for active in (False, True):
            async with working_in(database, centre) as session:
                await session.execute("UPDATE users SET active = :active WHERE role = 'verifier'", active=active)
            await queue_due(database, centre)
            await work(database, centre)
            assert await starts(centre, "refused") == ["2026-03-02"]
        clock.at = MIDNIGHT + timedelta(days=1)
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02", "2026-03-03"]


class TestFailures:
    async def test_a_draw_whose_job_fails_for_good_is_refused_with_the_reason(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        (committed, _) = sorted(await draws_in(centre, "committed"), key=lambda draw: str(draw["window"]["start_on"]))[
            :2
        ]
        for _ in range(2):
            async with working_in(database, centre) as session:
                await draws.note_failure(session, UUID(committed["id"]), "the attempt took longer than 1800 s")
        (refused,) = await draws_in(centre, "refused")
        assert (refused["id"], refused["refusal"]) == (committed["id"], "the attempt took longer than 1800 s")
        assert len(await events_of(database, centre, "draw.refused")) == 1
        await work(database, centre)

    async def test_a_locked_plan_keeps_neither_the_clock_nor_a_job_waiting(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        locked = await create_plan(centre)
        await create_plan(centre)
        clock.at = MIDNIGHT
        async with working_in(database, centre) as session:
            await lock_plan(session, UUID(locked["id"]))
            await queue_due(database, centre)
            await work(database, centre)
            assert await starts(centre, "drawn") == ["2026-03-02"]
        await queue_due(database, centre)
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02", "2026-03-02"]

    async def test_a_draw_does_not_wait_for_its_plan_but_is_tried_again(
        self, centre: Centre, database: Database, clock: FixedClock
    ) -> None:
        plan = await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        async with working_in(database, centre) as session:
            await lock_plan(session, UUID(plan["id"]))
            await work(database, centre)
            assert len(await queued(database, centre)) == 1
        await work(database, centre)
        assert await starts(centre, "drawn") == ["2026-03-02"]


class TestComputing:
    async def test_the_transaction_does_not_idle_while_python_computes(
        self, database: Database, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(execution, "KEEP_ALIVE_S", 0.1)
        async with database.begin(Tenant(centre.tenant_id)) as session:
            await session.execute("SET LOCAL idle_in_transaction_session_timeout = '300ms'")
            await execution._computed(session, time.sleep, 1.0)
            assert await session.fetch_value("SELECT 1") == 1


class TestLateCalls:
    @pytest.fixture
    async def drawn(self, centre: Centre, database: Database, clock: FixedClock) -> dict[str, Any]:
        await store_calls(database, centre, [a_call(centre) for _ in range(3)])
        plan = await create_plan(centre)
        clock.at = MIDNIGHT
        await queue_due(database, centre)
        await work(database, centre)
        return plan

    async def test_they_are_drawn_by_themselves(
        self, centre: Centre, database: Database, drawn: dict[str, Any]
    ) -> None:
        await store_calls(database, centre, [a_call(centre) for _ in range(2)])
        await queue_late(database, centre)
        await work(database, centre)
        parts = [(draw["part"], draw["frame_size"]) for draw in await draws_in(centre, "drawn")]
        assert parts == [(0, 3), (1, 2)]
        await queue_late(database, centre)
        assert await queued(database, centre) == []

    async def test_without_any_nothing_is_queued(
        self, centre: Centre, database: Database, drawn: dict[str, Any]
    ) -> None:
        async with working_in(database, centre) as session:
            await session.execute("UPDATE calls SET csat = 3, updated_at = now()")
        await queue_late(database, centre)
        assert await queued(database, centre) == []

    async def test_calls_that_come_after_months_are_left_out(
        self, centre: Centre, database: Database, clock: FixedClock, drawn: dict[str, Any]
    ) -> None:
        await store_calls(database, centre, [a_call(centre)])
        clock.at = MIDNIGHT + timedelta(days=61)
        await queue_late(database, centre)
        assert await queued(database, centre) == []
        assert [draw["part"] for draw in await draws_in(centre, "void")] == [1]

    async def test_who_asks_for_them_after_months_gets_them_drawn(
        self, centre: Centre, database: Database, clock: FixedClock, drawn: dict[str, Any]
    ) -> None:
        clock.at = MIDNIGHT + timedelta(days=61)
        await queue_late(database, centre)
        await store_calls(database, centre, [a_call(centre)])
        late = await draw(centre, drawn, supplementary=True)
        assert (late["part"], late["frame_size"], late["committed"]) == (1, 1, "after_window")

    async def test_the_seed_of_the_next_part_is_committed_to_with_the_draw_of_the_one_before(
        self, centre: Centre, drawn: dict[str, Any]
    ) -> None:
        parts = [(d["part"], d["window"]["start_on"]) for d in await draws_in(centre, "committed") if d["part"]]
        assert parts == [(1, "2026-03-02")]


async def test_what_was_committed_to_cannot_be_changed_in_the_database(
    centre: Centre, database: Database, clock: FixedClock
) -> None:
    await create_plan(centre)
    for change_to in (
        "seed = decode(repeat('00', 32), 'hex')",
        f"starts_at = '{date(2026, 1, 1)}'",
        "supplement_no = 7",
    ):
        with pytest.raises(Exception, match="neither a draw nor what was committed to ever changes"):
            async with working_in(database, centre) as session:
                await session.execute(f"UPDATE draws SET {change_to}")
    with pytest.raises(Exception, match=r"permission denied|append-only"):
        async with working_in(database, centre) as session:
            await session.execute("DELETE FROM draws")
