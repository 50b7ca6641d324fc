"""Skipping, reassigning and extending assignments."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.ids import new_id
from tests.assignments.factories import (
    REASON,
    URL,
    claim,
    code_of,
    doubled,
    evaluate,
    events_of,
    extend,
    hire_verifier,
    one_assignment,
    pooled,
    reassign,
    skip,
    supervise,
)
from tests.people import Centre
from tests.sampling.tenant_factories import items_of

LATER = "2199-01-01T18:00:00Z"


class TestSkipping:
    async def test_a_skipped_selection_stays_in_the_draw(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        skipped = await skip(centre.verifier, assignment)
        assert skipped.status_code == 200
        assert (skipped.json()["state"], skipped.json()["skip_reason"]) == ("skipped", REASON["reason"])
        assert await items_of(centre.verifier, URL, state="skipped") == [skipped.json()]
        (selection,) = await items_of(centre.leader, f"/v1/draws/{assignment['draw_id']}/selections")
        assert selection["assignment_ids"] == [assignment["id"]]

    async def test_the_journal_knows_the_reason(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        (event,) = await events_of(centre, database, assignment["id"])
        assert (event.type, event.before["state"]) == ("assignment.skipped", "open")
        assert (event.after["state"], event.after["reason"]) == ("skipped", REASON["reason"])

    async def test_only_an_open_assignment_is_skipped(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        assert code_of(await skip(centre.verifier, assignment)) == (409, "assignment_not_open")

    async def test_a_done_assignment_is_not_skipped(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await evaluate(centre.verifier, assignment)
        assert code_of(await skip(centre.verifier, assignment)) == (409, "assignment_not_open")

    async def test_only_its_verifier_skips_an_assignment(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        assert (await skip(centre.second_verifier, assignment)).status_code == 404
        assert (await skip(centre.admin, assignment)).status_code == 403
        assert (await skip(centre.leader, assignment)).status_code == 403

    @pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": None}], ids=str)
    async def test_skipping_needs_a_reason(self, centre: Centre, body: dict[str, Any]) -> None:
        refused = await centre.verifier.post(f"{URL}/{new_id()}/skip", json=body)
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/reason"]


class TestReassigning:
    async def test_the_new_verifier_has_the_assignment_and_the_old_one_has_not(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        answer = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert answer.status_code == 200
        assert answer.json()["verifier_id"] == str(centre.user_ids["second_verifier"])
        assert [a["id"] for a in await items_of(centre.second_verifier, URL)] == [assignment["id"]]
        assert await items_of(centre.verifier, URL) == []
        (event,) = await events_of(centre, database, assignment["id"])
        assert (event.type, event.after["reason"]) == ("assignment.reassigned", "On holiday")
        assert event.before["verifier_id"] == assignment["verifier_id"]

    @pytest.mark.parametrize("name", ["leader", "agent"])
    async def test_it_goes_to_verifiers_only(self, centre: Centre, database: Database, name: str) -> None:
        refused = await reassign(centre.leader, await one_assignment(centre, database), centre.user_ids[name])
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/verifier_id")

    async def test_it_does_not_go_to_the_agents_supervisor(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["second_verifier"])
        refused = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert code_of(refused) == (409, "conflict_of_interest")

    async def test_two_scorings_stay_with_two_verifiers(self, centre: Centre, database: Database) -> None:
        first, second = await doubled(centre, database)
        refused = await reassign(centre.leader, second, UUID(first["verifier_id"]))
        assert code_of(refused) == (409, "already_scoring")

    async def test_two_scorings_reassigned_to_one_verifier_at_the_same_time_stay_with_two(
        self, centre: Centre, database: Database
    ) -> None:
        first, second = await doubled(centre, database)
        third = await hire_verifier(centre)
        answers = await asyncio.gather(*(reassign(centre.leader, a, third) for a in (first, second)))
        assert sorted(answer.status_code for answer in answers) == [200, 409]

    async def test_a_verifier_who_scored_the_call_of_their_own_accord_does_not_get_it(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        assert (await evaluate(centre.second_verifier, assignment, assignment_id=None)).status_code == 201
        refused = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert code_of(refused) == (409, "already_scoring")

    async def test_what_was_begun_stays(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await evaluate(centre.verifier, assignment, submit=False)
        refused = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert code_of(refused) == (409, "assignment_begun")

    async def test_what_was_skipped_stays(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        refused = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert code_of(refused) == (409, "assignment_not_open")

    async def test_what_was_claimed_is_so_no_more(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database)
        claimed = (await claim(centre.verifier)).json()
        handed = await reassign(centre.leader, claimed, centre.user_ids["second_verifier"])
        assert handed.json()["claimed_at"] is None

    async def test_verifiers_do_not_reassign(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        assert (await reassign(centre.verifier, assignment, centre.user_ids["second_verifier"])).status_code == 403

    async def test_what_is_not_there_is_not_found(self, centre: Centre) -> None:
        missing = {"id": str(new_id())}
        assert (await reassign(centre.leader, missing, centre.user_ids["verifier"])).status_code == 404
        assert (await skip(centre.verifier, missing)).status_code == 404
        assert (await centre.leader.get(f"{URL}/{missing['id']}")).status_code == 404


class TestExtending:
    async def test_the_assignment_is_due_later(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        extended = await extend(centre.leader, assignment, LATER)
        assert (extended.status_code, extended.json()["due_at"]) == (200, LATER)
        assert await items_of(centre.verifier, URL) == [extended.json() | {"place": None}]
        (event,) = await events_of(centre, database, assignment["id"])
        assert (event.type, event.after["reason"]) == ("assignment.extended", "On holiday")
        assert datetime.fromisoformat(event.before["due_at"]) == datetime.fromisoformat(assignment["due_at"])
        assert datetime.fromisoformat(event.after["due_at"]) == datetime.fromisoformat(LATER)

    async def test_what_waits_in_the_pool_may_be_extended(self, centre: Centre, database: Database) -> None:
        waiting, *_ = await pooled(centre, database)
        assert (await extend(centre.leader, waiting, LATER)).json()["due_at"] == LATER

    async def test_it_is_not_due_sooner(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        for due_at in (assignment["due_at"], assignment["created_at"]):
            refused = await extend(centre.leader, assignment, due_at)
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/due_at")

    async def test_it_is_not_due_in_the_past(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        due_at = datetime.fromisoformat(assignment["due_at"])
        with use_clock(FixedClock(due_at + timedelta(days=2))):
            refused = await extend(centre.leader, assignment, (due_at + timedelta(days=1)).isoformat())
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/due_at")

    async def test_what_was_skipped_has_no_more_time(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        assert code_of(await extend(centre.leader, assignment, LATER)) == (409, "assignment_not_open")

    @pytest.mark.parametrize(
        "change", [{"reason": " "}, {"due_at": "tomorrow"}, {"due_at": "2200-01-01T00:00:00"}], ids=str
    )
    async def test_a_bad_body_is_named(self, centre: Centre, change: dict[str, str]) -> None:
        body = {"due_at": LATER, "reason": "On holiday"} | change
        refused = await centre.leader.post(f"{URL}/{new_id()}/extend", json=body)
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [f"/{name}" for name in change]

    async def test_verifiers_give_themselves_no_time(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        assert (await extend(centre.verifier, assignment, LATER)).status_code == 403

    async def test_what_is_not_there_is_not_found(self, centre: Centre) -> None:
        assert (await extend(centre.leader, {"id": str(new_id())}, LATER)).status_code == 404
