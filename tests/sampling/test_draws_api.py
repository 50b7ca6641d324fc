"""Previews and draws over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.assignments.allocation import allocate_scorings
from app.assignments.types import Panel, ScoringTask
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from app.platform.pagination import encode_cursor
from app.sampling.draws.repository.draws import read_signals
from app.sampling.types import seed_commitment
from app.statistics.fixed_point import TRILLION
from tests.calls.factories import store_recording
from tests.evaluations.history import store_evaluated_call
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder
from tests.sampling.tenant_factories import (
    DAY,
    WINDOW,
    a_call,
    calls_of,
    create_plan,
    draw,
    hire,
    items_of,
    store_calls,
    working_in,
)

BIASED = {"complaint": 4, "low_csat": {"at_most": 2, "multiplier": 3}, "long_hold": {"over_s": 180, "multiplier": 1.5}}
THREE_PERCENT = {"rate": 0.03, "rate_override_reason": None}


@pytest.fixture
async def other_centre(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    async with make_centre(app, context) as made:
        yield made


async def preview(centre: Centre, plan: dict[str, Any], day: date = DAY) -> dict[str, Any]:
    answer = await centre.leader.post(
        f"/v1/sampling-plans/{plan['id']}/preview", json={"window_start": day.isoformat()}
    )
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def selections_of(centre: Centre, drawn: dict[str, Any]) -> list[dict[str, Any]]:
    return await items_of(centre.leader, f"/v1/draws/{drawn['id']}/selections")


async def row_of(database: Database, centre: Centre, sql: str, **values: Any) -> Any:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_one(sql, **values)


class TestPreview:
    async def test_it_tells_what_a_draw_would_be_like(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, centre.agent_ids, 50)
        plan = await create_plan(centre, **THREE_PERCENT, size={"complaint": 4})
        answer = await preview(centre, plan)
        assert answer["window"] == {
            "kind": "day",
            "timezone": "Europe/Moscow",
            "start_on": "2026-03-02",
            "end_on": "2026-03-03",
            "start": "2026-03-01T21:00:00Z",
            "end": "2026-03-02T21:00:00Z",
        }
        assert (answer["frame_size"], answer["agents"], answer["sample_size"]) == (100, 2, 3)
        assert (answer["feasible"], answer["needed_sample_size"], answer["needed_rate"]) == (True, 2, 0.02)
        assert (answer["calls_per_agent"], answer["smallest_window"]) == (50.0, "day")
        # Five of fifty calls have a complaint: 45 + 5 × 4.
        assert answer["strata"] == [
            {"agent_id": str(agent_id), "calls": 50, "size": 65.0, "expected": 1.5}
            for agent_id in sorted(centre.agent_ids)
        ]

    async def test_a_window_may_end_after_the_last_time_that_can_be_sent(self, centre: Centre) -> None:
        plan = await create_plan(centre, **THREE_PERCENT, window="week", timezone="UTC")
        assert (await preview(centre, plan, date(2199, 12, 31)))["window"]["end"].startswith("2200-01-0")

    async def test_it_counts_every_excluded_call_once_and_says_why(self, centre: Centre, database: Database) -> None:
        short = Decimal("19.999")
        ids = await store_calls(
            database,
            centre,
            [
                a_call(centre, duration_s=Decimal(20)),
                a_call(centre),
                a_call(centre, duration_s=short),
                a_call(centre, agent_id=None, duration_s=short),
                a_call(centre, agent_id=None),
            ],
        )
        await store_recording(centre.admin, ids[0])
        plan = await create_plan(centre, eligibility={"min_duration_s": 20, "require_recording": True})
        answer = await preview(centre, plan)
        assert answer["frame_size"] == 1
        assert answer["excluded"] == {"no_agent": 2, "too_short": 1, "no_recording": 1}
        assert [item["call_id"] for item in await selections_of(centre, await draw(centre, plan))] == [ids[0]]

    async def test_floors_that_do_not_fit_are_told_with_the_window_in_which_they_would(
        self, centre: Centre, database: Database
    ) -> None:
        await calls_of(database, centre, centre.agent_ids, 30)
        plan = await create_plan(centre, **THREE_PERCENT | {"rate": 0.02})
        answer = await preview(centre, plan)
        assert (answer["feasible"], answer["sample_size"], answer["needed_sample_size"]) == (False, 1, 2)
        assert (answer["needed_rate"], answer["smallest_window"]) == (0.0334, "week")
        assert [stratum["expected"] for stratum in answer["strata"]] == [None, None]

    async def test_a_window_that_is_not_over_can_be_previewed_and_nothing_is_stored(
        self, centre: Centre, database: Database
    ) -> None:
        plan = await create_plan(centre)
        assert (await preview(centre, plan, date(2199, 12, 31)))["frame_size"] == 0
        assert await items_of(centre.leader, "/v1/draws", plan_id=plan["id"]) == []

    @pytest.mark.parametrize("day", ["1999-12-31", "2200-01-01", "2026-02-30", None])
    async def test_a_date_that_is_none_is_the_fault(self, centre: Centre, day: str | None) -> None:
        url = f"/v1/sampling-plans/{(await create_plan(centre))['id']}/preview"
        refused = await centre.leader.post(url, json={"window_start": day})
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/window_start"]


class TestDraw:
    async def test_it_has_exactly_the_promised_size_and_is_read_back(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, centre.agent_ids, 150)
        plan = await create_plan(centre, **THREE_PERCENT, size=BIASED)
        drawn = await draw(centre, plan)
        assert (drawn["frame_size"], drawn["sample_size"], drawn["state"], drawn["part"]) == (300, 9, "drawn", 0)
        assert sum(stratum["selected"] for stratum in drawn["strata"]) == 9
        assert all(abs(stratum["selected"] - stratum["expected"]) < 1 for stratum in drawn["strata"])
        assert drawn["seed_commitment"] == seed_commitment(bytes.fromhex(drawn["seed"])).hex()
        assert (await centre.verifier.get(f"/v1/draws/{drawn['id']}")).json() == drawn
        summary = {name: value for name, value in drawn.items() if name != "strata"}
        assert await items_of(centre.leader, "/v1/draws", plan_id=plan["id"]) == [summary]

    async def test_every_selection_carries_its_probability_its_weight_and_why(
        self, centre: Centre, database: Database
    ) -> None:
        await calls_of(database, centre, centre.agent_ids, 100)
        selections = await selections_of(centre, await draw(centre, await create_plan(centre, rate=0.1, size=BIASED)))
        assert [selection["order"] for selection in selections] == list(range(1, 21))
        for selection in selections:
            product = 1.0
            for signal in selection["signals"]:
                product *= signal["multiplier"]
            assert selection["size"] == pytest.approx(product)
            assert selection["inclusion_probability"] == selection["inclusion_trillionths"] / TRILLION
            assert selection["weight"] == pytest.approx(1 / selection["inclusion_probability"], abs=1e-6)
            assert selection["stratum"] == selection["agent_id"]
            assert len(selection["assignment_ids"]) == 1

    async def test_the_assignments_follow_from_the_seed_that_is_kept_and_not_from_the_published_one(
        self, centre: Centre, database: Database
    ) -> None:
        await calls_of(database, centre, centre.agent_ids, 30)
        drawn = await draw(centre, await create_plan(centre, double_score_rate=0.2))
        draw_id = UUID(drawn["id"])
        async with database.begin(Tenant(centre.tenant_id)) as session:
            rows = await session.fetch_all("SELECT * FROM selections WHERE draw_id = :id", id=draw_id)
            of_draw = "SELECT a.* FROM assignments a WHERE a.batch_id = :id"
            stored = {(a.call_id, a.verifier_id, a.scoring_round) for a in await session.fetch_all(of_draw, id=draw_id)}
        sample = [ScoringTask(row.call_id, row.agent_id, row.position) for row in rows]
        panel = Panel((centre.user_ids["verifier"], centre.user_ids["second_verifier"]))

        def derived(seed: bytes) -> set[tuple[UUID, UUID | None, int]]:
            allocation = allocate_scorings(seed, sample, panel, Decimal("0.2"))
            return {(a.call_id, a.verifier_id, a.scoring_round) for a in allocation.scorings}

        kept = await row_of(database, centre, "SELECT assignment_seed FROM draws WHERE id = :id", id=draw_id)
        assert len(stored) == 72
        assert derived(kept.assignment_seed) == stored
        assert derived(bytes.fromhex(drawn["seed"])) != stored

    async def test_the_seed_of_the_assignments_is_not_given_out(self, centre: Centre, database: Database) -> None:
        plan = await create_plan(centre)
        drawn = await draw(centre, plan)
        kept = await row_of(
            database, centre, "SELECT assignment_seed AS seed FROM draws WHERE id = :id", id=UUID(drawn["id"])
        )
        event = await row_of(
            database,
            centre,
            "SELECT string_agg(after::text, '') AS after FROM events WHERE subject_id = :id",
            id=UUID(drawn["id"]),
        )
        read = (await centre.admin.get(f"/v1/draws/{drawn['id']}")).text
        listed = (await centre.admin.get("/v1/draws", params={"plan_id": plan["id"]})).text
        for told in (str(drawn), read, listed, event.after):
            assert drawn["seed_commitment"] in told
            assert kept.seed.hex() not in told

    async def test_an_empty_window_gives_an_empty_draw(self, centre: Centre) -> None:
        drawn = await draw(centre, await create_plan(centre))
        assert (drawn["frame_size"], drawn["sample_size"], drawn["strata"]) == (0, 0, [])
        assert drawn["frame_digest"] == sha256(b"").hexdigest()
        assert await selections_of(centre, drawn) == []

    async def test_a_quota_takes_its_number_from_every_agent_who_has_as_many(
        self, centre: Centre, database: Database
    ) -> None:
        first, second = centre.agent_ids
        await calls_of(database, centre, [first], 30)
        await calls_of(database, centre, [second], 4)
        plan = await create_plan(
            centre, mode="quota", window="month", rate=None, rate_override_reason=None, quota_per_agent=10
        )
        drawn = await draw(centre, plan, date(2026, 3, 1))
        assert {stratum["agent_id"]: stratum["selected"] for stratum in drawn["strata"]} == {
            str(first): 10,
            str(second): 4,
        }

    async def test_one_event_tells_what_was_drawn(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, centre.agent_ids, 10)
        drawn = await draw(centre, await create_plan(centre, double_score_rate=0.5))
        event = await row_of(
            database,
            centre,
            "SELECT after FROM events WHERE subject_id = :id AND type = 'draw.made'",
            id=UUID(drawn["id"]),
        )
        assert (
            event.after.items()
            >= {
                "frame_digest": drawn["frame_digest"],
                "seed_commitment": drawn["seed_commitment"],
                "frame_size": 20,
                "sample_size": 20,
                "agents": 2,
                "assignments": 30,
                "double_scored": 10,
                "unassigned": 0,
            }.items()
        )

    async def test_the_number_of_statements_does_not_grow_with_the_frame(
        self, centre: Centre, database: Database, queries: QueryRecorder
    ) -> None:
        counts = []
        for agents, each in ((1, 2), (20, 30)):
            await calls_of(database, centre, await hire(database, centre, agents), each)
            plan = await create_plan(centre, size=BIASED, double_score_rate=0.5)
            queries.clear()
            await draw(centre, plan)
            counts.append(len(queries))
        assert counts[0] == counts[1] <= 33

    async def test_a_page_of_selections_takes_two_statements(
        self, centre: Centre, database: Database, queries: QueryRecorder
    ) -> None:
        await calls_of(database, centre, centre.agent_ids, 20)
        drawn = await draw(centre, await create_plan(centre))
        queries.clear()
        await selections_of(centre, drawn)
        assert sum("draws d" in statement or "selections s" in statement for statement in queries.statements) == 2

    async def test_pages_of_selections_follow_their_order(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, centre.agent_ids, 5)
        drawn = await draw(centre, await create_plan(centre))
        url = f"/v1/draws/{drawn['id']}/selections"
        first = (await centre.leader.get(url, params={"limit": 6})).json()
        second = (await centre.leader.get(url, params={"limit": 6, "cursor": first["next_cursor"]})).json()
        assert [item["order"] for item in first["items"] + second["items"]] == list(range(1, 11))
        assert second["next_cursor"] is None

    async def test_a_cursor_of_ones_own_making_is_refused(self, centre: Centre) -> None:
        drawn = await draw(centre, await create_plan(centre))
        params = {"cursor": encode_cursor([2**31])}
        refused = await centre.leader.get(f"/v1/draws/{drawn['id']}/selections", params=params)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "cursor")


class TestWindows:
    @pytest.mark.parametrize(
        ("day", "first", "last"),
        [
            # Clocks go forward: a day of 23 hours. Clocks go back: one of 25.
            (date(2026, 3, 29), datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 22, tzinfo=UTC)),
            (date(2026, 10, 25), datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC)),
        ],
    )
    async def test_a_day_on_which_the_clock_changes_has_all_its_calls_and_no_others(
        self, centre: Centre, database: Database, day: date, first: datetime, last: datetime
    ) -> None:
        second = timedelta(seconds=1)
        moments = [first - second, first, last - second, last]
        ids = await store_calls(database, centre, [a_call(centre, started_at=moment) for moment in moments])
        drawn = await draw(centre, await create_plan(centre, timezone="Europe/Berlin"), day)
        assert {item["call_id"] for item in await selections_of(centre, drawn)} == set(ids[1:3])

    async def test_any_day_of_a_week_stands_for_the_week(self, centre: Centre) -> None:
        plan = await create_plan(centre, window="week")
        assert (await draw(centre, plan, DAY + timedelta(days=3)))["window"]["start_on"] == DAY.isoformat()

    async def test_the_same_window_cannot_be_drawn_twice(self, centre: Centre) -> None:
        plan = await create_plan(centre)
        drawn = await draw(centre, plan)
        again = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=WINDOW)
        assert (again.status_code, again.json()["code"]) == (409, "window_drawn")
        assert drawn["id"] in again.json()["detail"]

    async def test_a_longer_window_cannot_be_drawn_over_a_drawn_day(self, centre: Centre) -> None:
        plan = await create_plan(centre)
        drawn = await draw(centre, plan)
        url = f"/v1/sampling-plans/{plan['id']}"
        await centre.leader.patch(url, json={"window": "week"}, headers={"If-Match": '"1"'})
        overlapping = await centre.leader.post(f"{url}/draws", json=WINDOW)
        assert (overlapping.status_code, overlapping.json()["code"]) == (409, "window_drawn")
        # The earlier draw still says which window it was of.
        assert (await centre.leader.get(f"/v1/draws/{drawn['id']}")).json()["window"]["kind"] == "day"

    async def test_the_next_window_can_be_drawn(self, centre: Centre) -> None:
        plan = await create_plan(centre)
        await draw(centre, plan)
        await draw(centre, plan, DAY + timedelta(days=1))

    async def test_of_two_draws_at_the_same_time_one_is_made(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, centre.agent_ids, 10)
        plan = await create_plan(centre)
        url = f"/v1/sampling-plans/{plan['id']}/draws"
        answers = await asyncio.gather(*(centre.leader.post(url, json=WINDOW) for _ in range(2)))
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        counts = await row_of(
            database,
            centre,
            "SELECT (SELECT count(*) FROM draws WHERE drawn_at IS NOT NULL) AS draws,"
            " (SELECT count(*) FROM selections) AS selections, (SELECT count(*) FROM assignments) AS assignments",
        )
        assert tuple(counts) == (1, 20, 20)

    async def test_a_window_that_is_not_over_cannot_be_drawn(self, centre: Centre) -> None:
        url = f"/v1/sampling-plans/{(await create_plan(centre))['id']}/draws"
        refused = await centre.leader.post(url, json={"window_start": "2199-12-31"})
        assert (refused.status_code, refused.json()["code"]) == (409, "window_open")


class TestSignals:
    async def test_tenure_counts_from_the_hire_to_the_local_day_of_the_call(
        self, centre: Centre, database: Database
    ) -> None:
        (agent_id,) = await hire(database, centre, 1, hired_on=DAY - timedelta(days=12))
        after_midnight = datetime(2026, 3, 1, 21, 30, tzinfo=UTC)
        await store_calls(database, centre, [a_call(centre, agent_id=agent_id, started_at=after_midnight)])
        plan = await create_plan(centre, size={"new_agent": {"tenure_days": 40, "multiplier": 3}})
        (selection,) = await selections_of(centre, await draw(centre, plan))
        assert selection["signals"] == [
            {"name": "new_agent", "multiplier": 2.4, "explanation": "hired 12 days ago ×2.4"}
        ]
        assert selection["size"] == 2.4

    async def test_an_agent_without_a_hire_date_is_not_new(self, centre: Centre, database: Database) -> None:
        await store_calls(database, centre, [a_call(centre)])
        plan = await create_plan(centre, size={"new_agent": {"tenure_days": 40, "multiplier": 3}})
        (selection,) = await selections_of(centre, await draw(centre, plan))
        assert (selection["size"], selection["signals"]) == (1.0, [])

    async def test_a_hold_a_little_over_the_limit_is_long(self, centre: Centre, database: Database) -> None:
        holds = [Decimal(180), Decimal("180.001")]
        ids = await store_calls(database, centre, [a_call(centre, hold_s=hold) for hold in holds])
        plan = await create_plan(centre, size={"long_hold": {"over_s": 180, "multiplier": 1.5}})
        selections = await selections_of(centre, await draw(centre, plan))
        assert {selection["call_id"]: selection["size"] for selection in selections} == dict(
            zip(ids, [1.0, 1.5], strict=True)
        )

    @pytest.mark.parametrize(("days_ago", "erring"), [(0, False), (1, True), (30, True), (31, False)])
    async def test_errors_count_within_the_look_back_days_before_the_window(
        self, centre: Centre, database: Database, days_ago: int, erring: bool
    ) -> None:
        await self.store_errors(database, centre, DAY - timedelta(days=days_ago), errors=(300, 10))
        await store_calls(database, centre, [a_call(centre)])
        size = {"erring_agent": {"lookback_days": 30, "max_multiplier": 1.5}}
        plan = await create_plan(centre, size=size, eligibility={"min_duration_s": 20})
        (selection,) = await selections_of(centre, await draw(centre, plan))
        assert [signal["name"] for signal in selection["signals"]] == (["erring_agent"] if erring else [])
        assert selection["size"] == (1.5 if erring else 1.0)

    async def test_stored_signals_are_those_of_the_size(self, centre: Centre, database: Database) -> None:
        await store_calls(database, centre, [a_call(centre, complaint=True)])
        drawn = await draw(centre, await create_plan(centre, size={"complaint": 4}))
        row = await row_of(
            database, centre, "SELECT size_e6, signals FROM selections WHERE draw_id = :id", id=UUID(drawn["id"])
        )
        (signal,) = read_signals(row.signals)
        assert asdict(signal) == {"name": "complaint", "multiplier_e6": 4_000_000, "explanation": "complaint ×4"}
        assert row.size_e6 == signal.multiplier_e6

    async def store_errors(self, database: Database, centre: Centre, day: date, errors: tuple[int, int]) -> None:
        at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        async with working_in(database, centre) as session:
            for agent_id, count in zip(centre.agent_ids, errors, strict=True):
                await store_evaluated_call(session, centre, agent_id, at, errors=count, applicable=900)


class TestRefusals:
    async def test_floors_that_do_not_fit_are_refused_with_the_numbers(
        self, centre: Centre, database: Database
    ) -> None:
        await calls_of(database, centre, centre.agent_ids, 30)
        plan = await create_plan(centre, **THREE_PERCENT | {"rate": 0.02})
        refused = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=WINDOW)
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, "floor_exceeds_rate")
        for number in ("2 agents need 2 calls", "allows 1 of 60", "0.0334", "week"):
            assert number in problem["detail"]
        assert [fault["pointer"] for fault in problem["errors"]] == ["/floor_per_agent", "/rate", "/window"]
        assert await items_of(centre.leader, "/v1/draws") == []

    async def test_a_plan_whose_verifiers_have_all_left_cannot_draw(self, centre: Centre) -> None:
        plan = await create_plan(centre, verifier_ids=[str(centre.user_ids["verifier"])])
        url = f"/v1/users/{centre.user_ids['verifier']}"
        await centre.admin.patch(url, json={"active": False}, headers={"If-Match": '"1"'})
        refused = await centre.leader.post(f"/v1/sampling-plans/{plan['id']}/draws", json=WINDOW)
        assert (refused.status_code, refused.json()["code"]) == (409, "no_verifiers")

    async def test_a_repeated_request_with_its_key_is_answered_again(self, centre: Centre) -> None:
        url = f"/v1/sampling-plans/{(await create_plan(centre))['id']}/draws"
        headers = {"Idempotency-Key": str(uuid4())}
        first, again = [await centre.leader.post(url, json=WINDOW, headers=headers) for _ in range(2)]
        assert (again.status_code, again.json()) == (201, first.json())

    async def test_what_is_not_there_is_not_found(self, centre: Centre) -> None:
        missing = new_id()
        for url in (f"/v1/draws/{missing}", f"/v1/draws/{missing}/selections"):
            assert (await centre.leader.get(url)).status_code == 404
        for action in ("preview", "draws"):
            answer = await centre.leader.post(f"/v1/sampling-plans/{missing}/{action}", json=WINDOW)
            assert answer.status_code == 404

    async def test_another_tenants_draw_is_not_found(self, centre: Centre, other_centre: Centre) -> None:
        plan = await create_plan(centre)
        drawn = await draw(centre, plan)
        foreign = other_centre.admin
        assert (await foreign.get(f"/v1/draws/{drawn['id']}")).status_code == 404
        assert (await foreign.get(f"/v1/draws/{drawn['id']}/selections")).status_code == 404
        assert (await foreign.post(f"/v1/sampling-plans/{plan['id']}/draws", json=WINDOW)).status_code == 404
        assert await items_of(foreign, "/v1/draws", plan_id=plan["id"]) == []

    async def test_a_verifier_may_look_but_not_draw(self, centre: Centre) -> None:
        plan = await create_plan(centre)
        assert (await centre.verifier.post(f"/v1/sampling-plans/{plan['id']}/draws", json=WINDOW)).status_code == 403
        assert (await centre.verifier.post(f"/v1/sampling-plans/{plan['id']}/preview", json=WINDOW)).status_code == 200
        assert (await centre.agent_user.get("/v1/draws")).status_code == 403
