"""Assignments over HTTP: the queue, skipping, reassigning, and the evaluations that name them."""

import asyncio
from collections import Counter
from itertools import groupby
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from app.identity.models import AgentModel
from app.platform.ids import new_id
from app.platform.scope import Tenant
from app.platform.sql import driver_sql
from app.platform.uow import Database
from tests.calls.building import store_recording
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.sampling.building import a_call, calls_of, create_plan, draw, items_of, published, store_calls, working_in

URL = "/v1/assignments"
REASON = {"reason": "The recording is silent"}


async def drawn(centre: Centre, database: Database, calls: int = 1, **plan: Any) -> dict[str, Any]:
    """A draw of every call; with one verifier unless the plan says otherwise."""
    await calls_of(database, centre, [centre.agent_ids[1]], calls)
    verifiers = {"verifier_ids": [str(centre.user_ids["verifier"])]}
    return await draw(centre, await create_plan(centre, **verifiers | plan))


async def one_assignment(centre: Centre, database: Database) -> dict[str, Any]:
    """The only assignment, which is the first verifier's."""
    await drawn(centre, database)
    (assignment,) = await items_of(centre.verifier, URL)
    return assignment


async def doubled(centre: Centre, database: Database) -> list[dict[str, Any]]:
    """The two assignments of a call that is scored twice, the scoring of record first."""
    both: dict[str, Any] = {"verifier_ids": [str(centre.user_ids[name]) for name in ("verifier", "second_verifier")]}
    await drawn(centre, database, double_score_rate=1, **both)
    return sorted(await items_of(centre.leader, URL), key=lambda assignment: int(assignment["place"]))


async def evaluate(client: httpx.AsyncClient, assignment: dict[str, Any], **changes: Any) -> httpx.Response:
    body = {
        "call_id": assignment["call"]["id"],
        "scorecard_id": assignment["scorecard_id"],
        "assignment_id": assignment["id"],
        "answers": [{"item": "greeting", "value": "good"}, {"item": "solution", "value": "good"}],
        "submit": True,
    }
    return await client.post("/v1/evaluations", json=body | changes)


async def reassign(client: httpx.AsyncClient, assignment: dict[str, Any], user_id: UUID) -> httpx.Response:
    body = {"verifier_id": str(user_id), "reason": "On holiday"}
    return await client.post(f"{URL}/{assignment['id']}/reassign", json=body)


async def skip(client: httpx.AsyncClient, assignment: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{URL}/{assignment['id']}/skip", json=REASON)


async def hire_verifier(centre: Centre) -> UUID:
    body = {"email": f"{uuid4().hex}@example.com", "full_name": "Third", "role": "verifier", "password": uuid4().hex}
    created = await centre.admin.post("/v1/users", json=body)
    assert created.status_code == 201, created.text
    return UUID(created.json()["id"])


async def supervise(database: Database, centre: Centre, agent_id: UUID, user_id: UUID) -> None:
    async with working_in(database, centre) as session:
        await session.execute(update(AgentModel).where(AgentModel.id == agent_id).values(supervisor_id=user_id))


async def hand_on_and_begin(session: AsyncSession, assignment_id: str, user_id: UUID) -> None:
    """Rows and no more: the draft of an assignment's new verifier."""
    await driver_sql(session, "UPDATE assignments SET verifier_id = $2 WHERE id = $1", UUID(assignment_id), user_id)
    sql = """
    INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
                             assignment_id, verifier_id, status, version, created_at, draft)
    SELECT a.tenant_id, $2, c.id, c.project_id, c.agent_id, a.scorecard_id, v.id, a.id, a.verifier_id, 'draft', 1,
           now(), '{"answers": [], "comment": null}'
    FROM assignments a JOIN calls c ON c.id = a.call_id JOIN scorecard_versions v ON v.scorecard_id = a.scorecard_id
    WHERE a.id = $1
    """
    await driver_sql(session, sql, UUID(assignment_id), new_id())


async def somebody_waits_for(session: AsyncSession) -> None:
    """Until another transaction is held up by this one."""
    # Not pg_stat_activity, which stays as it was when the transaction first looked.
    sql = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(500):
        if (await driver_sql(session, sql)).rowcount:
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waited")


async def events_of(centre: Centre, database: Database, subject_id: str) -> list[Any]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT type, before, after FROM events WHERE subject_id = $1 ORDER BY id"
        return list((await driver_sql(session, sql, UUID(subject_id))).all())


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


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
            await session.execute(update(AgentModel).where(AgentModel.id == second).values(user_id=user_id))
        await calls_of(database, centre, [first, second], 10)
        await draw(centre, await create_plan(centre))
        agents = {a["call"]["agent_id"] for a in await items_of(centre.second_verifier, URL)}
        assert agents == {str(first)}

    async def test_a_call_that_nobody_may_score_is_drawn_and_stays_unassigned(
        self, centre: Centre, database: Database
    ) -> None:
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["verifier"])
        made = await drawn(centre, database)
        (selection,) = await items_of(centre.leader, f"/v1/draws/{made['id']}/selections")
        assert selection["assignment_ids"] == []

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
        assert (await centre.verifier.get(f"{URL}/{assignment['id']}")).json() == assignment

    async def test_it_follows_the_random_order_of_the_sample(self, centre: Centre, database: Database) -> None:
        both = {"verifier_ids": [str(centre.user_ids[name]) for name in ("verifier", "second_verifier")]}
        made = await drawn(centre, database, calls=12, double_score_rate=0.5, **both)
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
        both = {"verifier_ids": [str(centre.user_ids[name]) for name in ("verifier", "second_verifier")]}
        await drawn(centre, database, calls=12, double_score_rate=0.5, **both)
        by_id = [assignment["verifier_id"] for assignment in await items_of(centre.leader, URL)]
        assert (len(by_id), len(list(groupby(by_id)))) == (18, 2)

    async def test_leaders_see_all_and_filter(self, centre: Centre, database: Database) -> None:
        first, second = await doubled(centre, database)
        for wanted, found in (
            ({}, {first["id"], second["id"]}),
            ({"verifier_id": second["verifier_id"]}, {second["id"]}),
            ({"draw_id": first["draw_id"]}, {first["id"], second["id"]}),
            ({"draw_id": str(new_id())}, set()),
            ({"state": "done"}, set()),
            ({"verifier_id": "me"}, set()),
        ):
            assert {a["id"] for a in await items_of(centre.leader, URL, **wanted)} == found

    @pytest.mark.parametrize("wanted", [{"verifier_id": "you"}, {"state": "begun"}, {"draw_id": "7"}], ids=str)
    async def test_a_filter_that_makes_no_sense_is_named(self, centre: Centre, wanted: dict[str, str]) -> None:
        refused = await centre.verifier.get(URL, params=wanted)
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == list(wanted)

    async def test_a_page_takes_one_statement(self, centre: Centre, database: Database, queries: QueryRecorder) -> None:
        await drawn(centre, database, calls=20)
        queries.clear()
        await items_of(centre.verifier, URL)
        assert sum("assignments" in statement for statement in queries.statements) == 1

    async def test_pages_hold_every_assignment_once(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=5)
        first = (await centre.verifier.get(URL, params={"limit": 3})).json()
        second = (await centre.verifier.get(URL, params={"limit": 3, "cursor": first["next_cursor"]})).json()
        assert len({a["id"] for a in first["items"] + second["items"]}) == 5
        assert second["next_cursor"] is None

    async def test_agents_have_no_queue(self, centre: Centre) -> None:
        assert (await centre.agent_user.get(URL)).status_code == 403


class TestEvaluating:
    async def test_an_assignment_is_done_when_its_evaluation_is_submitted(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        draft = (await evaluate(centre.verifier, assignment, submit=False)).json()
        (begun,) = await items_of(centre.verifier, URL, state="open")
        assert begun["evaluation_id"] == draft["id"]
        submitted = await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")
        assert submitted.status_code == 200, submitted.text
        (done,) = await items_of(centre.verifier, URL, state="done")
        assert (done["state"], done["evaluation_id"]) == ("done", draft["id"])
        assert await items_of(centre.verifier, URL, state="open") == []

    async def test_an_unknown_assignment_is_the_fault(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        refused = await evaluate(centre.verifier, assignment, assignment_id=str(new_id()))
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/assignment_id"]

    @pytest.mark.parametrize("submit", [True, False])
    async def test_another_verifiers_assignment_cannot_be_scored(
        self, centre: Centre, database: Database, submit: bool
    ) -> None:
        assignment = await one_assignment(centre, database)
        refused = await evaluate(centre.second_verifier, assignment, submit=submit)
        assert code_of(refused) == (409, "assignment_of_another")
        assert await items_of(centre.leader, "/v1/evaluations") == []

    @pytest.mark.parametrize("submit", [True, False])
    async def test_a_former_verifier_is_not_told_whether_the_new_one_has_begun(
        self, centre: Centre, database: Database, submit: bool
    ) -> None:
        assignment = await one_assignment(centre, database)
        await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        before = await evaluate(centre.verifier, assignment)
        assert (await evaluate(centre.second_verifier, assignment, submit=submit)).status_code == 201
        after = await evaluate(centre.verifier, assignment)
        assert code_of(before) == (409, "assignment_of_another")
        assert (after.status_code, after.json()) == (before.status_code, before.json())
        assert "Location" not in after.headers

    async def test_what_is_handed_on_and_begun_in_the_same_moment_is_anothers(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        async with working_in(database, centre) as session:
            await hand_on_and_begin(session, assignment["id"], centre.user_ids["second_verifier"])
            evaluating = asyncio.create_task(evaluate(centre.verifier, assignment))
            await somebody_waits_for(session)
        assert code_of(await evaluating) == (409, "assignment_of_another")

    async def test_an_assignment_is_of_one_call(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        (other,) = await store_calls(database, centre, [a_call(centre)])
        refused = await evaluate(centre.verifier, assignment, call_id=other)
        assert code_of(refused) == (422, "assignment_mismatch")
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/call_id"]

    async def test_an_assignment_is_scored_with_its_scorecard(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        refused = await evaluate(centre.verifier, assignment, scorecard_id=await published(centre))
        assert code_of(refused) == (422, "assignment_mismatch")
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/scorecard_id"]

    async def test_a_skipped_assignment_cannot_be_scored(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        assert code_of(await evaluate(centre.verifier, assignment)) == (409, "assignment_skipped")

    async def test_a_draft_cannot_be_submitted_once_its_assignment_is_skipped(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        draft = (await evaluate(centre.verifier, assignment, submit=False)).json()
        await skip(centre.verifier, assignment)
        refused = await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")
        assert code_of(refused) == (409, "assignment_skipped")

    async def test_the_check_takes_one_statement_and_none_without_an_assignment(
        self, centre: Centre, database: Database, queries: QueryRecorder
    ) -> None:
        assignment = await one_assignment(centre, database)
        counts = []
        for named in (assignment["id"], None):
            (other,) = await store_calls(database, centre, [a_call(centre)])
            call_id = assignment["call"]["id"] if named else other
            queries.clear()
            answer = await evaluate(centre.verifier, assignment, assignment_id=named, call_id=call_id)
            assert answer.status_code == 201, answer.text
            counts.append(sum("FROM assignments WHERE id" in statement for statement in queries.statements))
        assert counts == [1, 0]

    async def test_an_assignment_that_is_not_named_is_found_and_done(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        evaluation = (await evaluate(centre.verifier, assignment, assignment_id=None)).json()
        assert evaluation["assignment_id"] == assignment["id"]
        assert (await centre.verifier.get(f"{URL}/{assignment['id']}")).json()["state"] == "done"

    async def test_a_skipped_assignment_is_not_found_again(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        await skip(centre.verifier, assignment)
        evaluation = (await evaluate(centre.verifier, assignment, assignment_id=None)).json()
        assert evaluation["assignment_id"] is None

    async def test_of_skipping_and_submitting_at_the_same_time_one_happens(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        skipped, submitted = await asyncio.gather(
            skip(centre.verifier, assignment), evaluate(centre.verifier, assignment)
        )
        assert (skipped.status_code, submitted.status_code) in {(200, 409), (409, 201)}


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

    async def test_verifiers_do_not_reassign(self, centre: Centre, database: Database) -> None:
        assignment = await one_assignment(centre, database)
        assert (await reassign(centre.verifier, assignment, centre.user_ids["second_verifier"])).status_code == 403

    async def test_what_is_not_there_is_not_found(self, centre: Centre) -> None:
        missing = {"id": str(new_id())}
        assert (await reassign(centre.leader, missing, centre.user_ids["verifier"])).status_code == 404
        assert (await skip(centre.verifier, missing)).status_code == 404
        assert (await centre.leader.get(f"{URL}/{missing['id']}")).status_code == 404
