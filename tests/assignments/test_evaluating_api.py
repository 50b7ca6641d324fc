"""The evaluations that name an assignment."""

import asyncio

import pytest

from app.platform.database import Database
from app.platform.ids import new_id
from tests.assignments.factories import (
    URL,
    code_of,
    evaluate,
    hand_on_and_begin,
    one_assignment,
    reassign,
    skip,
    somebody_waits_for,
)
from tests.people import Centre
from tests.queries import QueryRecorder
from tests.sampling.tenant_factories import a_call, items_of, published, store_calls, working_in


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

    async def test_an_assignment_costs_one_statement_of_its_own(
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
            counts.append(sum(statement.startswith("UPDATE assignments") for statement in queries.statements))
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
