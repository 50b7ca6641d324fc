"""Assignments over HTTP: how they are shared out, and the queue."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

import pytest
from sqlalchemy import update

from app.identity.models import AgentModel
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.ids import new_id
from app.platform.pagination import encode_cursor
from tests.assignments.factories import URL, both_verifiers, doubled, drawn, evaluate, supervise
from tests.calls.factories import store_recording
from tests.people import Centre
from tests.queries import QueryRecorder, run
from tests.sampling.tenant_factories import a_call, calls_of, create_plan, draw, items_of, store_calls, working_in


class TestSharingOut:
    async def test_verifiers_have_as_many_to_do_to_within_one(self, centre: Centre, database: Database) -> None:
        await calls_of(database, centre, [centre.agent_ids[0]], 15)
        made = await draw(centre, await create_plan(centre))
        loads = Counter(a["verifier_id"] for a in await items_of(centre.leader, URL, draw_id=made["id"]))
        assert sorted(loads.values()) == [7, 8]

    async def test_a_supervisor_does_not_score_their_own_agents(self, centre: Centre, database: Database) -> None:
        first, second = centre.agent_ids
        await supervise(database, centre, first, centre.user_ids["verifier"])
        await calls_of(database, centre, [first, second], 10)
        await draw(centre, await create_plan(centre))
        agents = {a["call"]["agent_id"] for a in await items_of(centre.verifier, URL)}
        assert agents == {str(second)}

    async def test_a_verifier_who_is_the_agent_does_not_score_their_own_calls(
        self, centre: Centre, database: Database
    ) -> None:
        first, second = centre.agent_ids
        async with working_in(database, centre) as session:
            user_id = centre.user_ids["second_verifier"]
            await run(session, update(AgentModel).where(AgentModel.id == second).values(user_id=user_id))
        await calls_of(database, centre, [first, second], 10)
        await draw(centre, await create_plan(centre))
        agents = {a["call"]["agent_id"] for a in await items_of(centre.second_verifier, URL)}
        assert agents == {str(first)}

    async def test_a_call_that_nobody_of_the_plan_may_score_waits_in_the_pool(
        self, centre: Centre, database: Database
    ) -> None:
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["verifier"])
        made = await drawn(centre, database)
        (selection,) = await items_of(centre.leader, f"/v1/draws/{made['id']}/selections")
        (waiting,) = await items_of(centre.leader, URL, verifier_id="none")
        assert (selection["assignment_ids"], waiting["verifier_id"]) == ([waiting["id"]], None)

    async def test_a_doubled_call_has_two_verifiers(self, centre: Centre, database: Database) -> None:
        first, second = await doubled(centre, database)
        assert (first["place"], second["place"]) == (1, 2)
        assert first["call"]["id"] == second["call"]["id"]
        assert first["verifier_id"] != second["verifier_id"]


class TestQueue:
    async def test_it_shows_all_that_is_needed_to_begin(self, centre: Centre, database: Database) -> None:
        row = a_call(centre, complaint=True, language="ru")
        (call_id,) = await store_calls(database, centre, [row])
        await store_recording(centre.admin, call_id)
        plan = await create_plan(centre, size={"complaint": 4}, verifier_ids=[str(centre.user_ids["verifier"])])
        made = await draw(centre, plan)
        (assignment,) = await items_of(centre.verifier, URL, state="open", verifier_id="me")
        assert assignment["call"] == {
            "id": call_id,
            "source": row["source"],
            "external_id": row["external_id"],
            "started_at": "2026-03-02T09:00:00Z",
            "duration_s": 120.0,
            "direction": "inbound",
            "language": "ru",
            "agent_id": str(centre.agent_ids[0]),
            "agent_name": "Agent a-1",
            "has_recording": True,
            "transcript_status": assignment["call"]["transcript_status"],
        }
        assert assignment["call"]["transcript_status"] in {"none", "queued"}
        assert assignment["signals"] == [{"name": "complaint", "multiplier": 4.0, "explanation": "complaint ×4"}]
        assert (assignment["state"], assignment["draw_id"]) == ("open", made["id"])
        assert (assignment["scorecard_id"], assignment["scorecard_version"]) == (plan["scorecard_id"], 1)
        assert assignment["scorecard_name"]
        assert (assignment["plan_id"], assignment["plan_name"]) == (plan["id"], plan["name"])
        assert (assignment["project_id"], assignment["project_name"]) == (plan["project_id"], "Cards")
        assert (assignment["overdue"], assignment["claimed_at"]) == (False, None)
        assert (await centre.verifier.get(f"{URL}/{assignment['id']}")).json() == assignment

    async def test_it_follows_the_random_order_of_the_sample(self, centre: Centre, database: Database) -> None:
        made = await drawn(centre, database, calls=12, double_score_rate=0.5, **both_verifiers(centre))
        selections = await items_of(centre.leader, f"/v1/draws/{made['id']}/selections")
        order = {selection["call_id"]: selection["order"] for selection in selections}
        queue = [order[a["call"]["id"]] for a in await items_of(centre.verifier, URL)]
        assert queue == sorted(queue)

    async def test_a_verifier_sees_only_their_own(self, centre: Centre, database: Database) -> None:
        first, second = await doubled(centre, database)
        for client in (centre.verifier, centre.second_verifier):
            (own,) = await items_of(client, URL)
            (other,) = [a for a in (first, second) if a["id"] != own["id"]]
            assert (await client.get(f"{URL}/{other['id']}")).status_code == 404
            assert await items_of(client, URL, verifier_id=other["verifier_id"]) == []

    async def test_nothing_tells_a_verifier_that_a_call_is_scored_twice(
        self, centre: Centre, database: Database
    ) -> None:
        await doubled(centre, database)
        for client in (centre.verifier, centre.second_verifier):
            (own,) = await items_of(client, URL)
            assert own["place"] is None
            (selection,) = await items_of(client, f"/v1/draws/{own['draw_id']}/selections")
            assert selection["assignment_ids"] == [own["id"]]

    async def test_the_ids_of_a_queue_leave_no_gaps_for_the_assignments_of_others(
        self, centre: Centre, database: Database
    ) -> None:
        await drawn(centre, database, calls=12, double_score_rate=0.5, **both_verifiers(centre))
        by_id = [assignment["verifier_id"] for assignment in await items_of(centre.leader, URL)]
        assert (len(by_id), len(list(groupby(by_id)))) == (18, 2)

    async def test_leaders_see_all_and_filter(self, centre: Centre, database: Database) -> None:
        first, second = await doubled(centre, database)
        for wanted, found in (
            ({}, {first["id"], second["id"]}),
            ({"verifier_id": second["verifier_id"]}, {second["id"]}),
            ({"draw_id": first["draw_id"]}, {first["id"], second["id"]}),
            ({"draw_id": str(new_id())}, set()),
            ({"plan_id": first["plan_id"]}, {first["id"], second["id"]}),
            ({"plan_id": str(new_id())}, set()),
            ({"project_id": first["project_id"]}, {first["id"], second["id"]}),
            ({"project_id": str(new_id())}, set()),
            ({"agent_id": first["call"]["agent_id"]}, {first["id"], second["id"]}),
            ({"agent_id": str(centre.agent_ids[0])}, set()),
            ({"overdue": False}, {first["id"], second["id"]}),
            ({"overdue": True}, set()),
            ({"verifier_id": "none"}, set()),
            ({"state": "done"}, set()),
            ({"verifier_id": "me"}, set()),
        ):
            assert {a["id"] for a in await items_of(centre.leader, URL, **wanted)} == found

    @pytest.mark.parametrize(
        "wanted", [{"verifier_id": "you"}, {"state": "begun"}, {"draw_id": "7"}, {"overdue": "very"}], ids=str
    )
    async def test_a_filter_that_makes_no_sense_is_named(self, centre: Centre, wanted: dict[str, str]) -> None:
        refused = await centre.verifier.get(URL, params=wanted)
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == list(wanted)

    async def test_an_open_assignment_past_its_date_is_overdue(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=2, due_days=3)
        one, other = await items_of(centre.verifier, URL)
        due_at = datetime.fromisoformat(one["due_at"])
        assert due_at - datetime.fromisoformat(one["created_at"]) == timedelta(days=3)
        await evaluate(centre.verifier, other)
        with use_clock(FixedClock(due_at)):
            assert await items_of(centre.verifier, URL, overdue=True) == []
        with use_clock(FixedClock(due_at + timedelta(seconds=1))):
            (late,) = await items_of(centre.verifier, URL, overdue=True)
            (done,) = await items_of(centre.verifier, URL, overdue=False)
        assert (late["id"], late["overdue"], late["state"]) == (one["id"], True, "open")
        assert (done["id"], done["overdue"]) == (other["id"], False)

    async def test_what_is_due_first_comes_first_and_pages_follow(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=3, due_days=9)
        await drawn(centre, database, calls=2, due_days=2)
        queue = await items_of(centre.verifier, URL)
        assert [(a["due_at"], a["id"]) for a in queue] == sorted((a["due_at"], a["id"]) for a in queue)
        assert len({a["due_at"] for a in queue}) == 2
        walked: list[dict[str, Any]] = []
        cursor = None
        while not walked or cursor:
            page = (await centre.verifier.get(URL, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
            walked += page["items"]
            cursor = page["next_cursor"]
        assert walked == queue

    @pytest.mark.parametrize("moment", ["yesterday", "2026-03-02", "2026-03-02T10:00:00", "0001-01-01T00:00:00+14:00"])
    async def test_a_cursor_that_no_list_has_given_is_refused(self, centre: Centre, moment: str) -> None:
        refused = await centre.verifier.get(URL, params={"cursor": encode_cursor((moment, new_id()))})
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["cursor"]

    async def test_a_page_takes_one_statement(self, centre: Centre, database: Database, queries: QueryRecorder) -> None:
        await drawn(centre, database, calls=20)
        queries.clear()
        await items_of(centre.verifier, URL)
        assert sum("FROM assignment_status" in statement for statement in queries.statements) == 1

    async def test_pages_hold_every_assignment_once(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=5)
        first = (await centre.verifier.get(URL, params={"limit": 3})).json()
        second = (await centre.verifier.get(URL, params={"limit": 3, "cursor": first["next_cursor"]})).json()
        assert len({a["id"] for a in first["items"] + second["items"]}) == 5
        assert second["next_cursor"] is None

    async def test_agents_have_no_queue(self, centre: Centre) -> None:
        assert (await centre.agent_user.get(URL)).status_code == 403
