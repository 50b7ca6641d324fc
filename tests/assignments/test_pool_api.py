"""What nobody has room for waits in a pool, from which verifiers claim; nobody picks a call."""

import asyncio
from collections import Counter
from uuid import uuid4

import httpx

from app.platform.database import Database
from app.platform.ids import new_id
from tests.assignments.factories import (
    URL,
    both_verifiers,
    claim,
    code_of,
    drawn,
    evaluate,
    events_of,
    pooled,
    pooled_doubles,
    reassign,
    skip,
    supervise,
)
from tests.people import Centre
from tests.sampling.tenant_factories import items_of

NOTHING = (409, "nothing_to_claim")


async def claim_all(client: httpx.AsyncClient) -> list[str]:
    """The calls that a verifier gets by claiming until there is nothing left."""
    calls = []
    while (claimed := await claim(client)).status_code == 200:
        calls.append(claimed.json()["call_id"])
    assert code_of(claimed) == NOTHING
    return calls


class TestPool:
    async def test_what_exceeds_capacity_waits_without_a_verifier(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database, calls=7, verifier_daily_capacity=2, **both_verifiers(centre))
        found = Counter(a["verifier_id"] for a in await items_of(centre.leader, URL, state="open"))
        assert sorted(found.values()) == [2, 2, 3]
        assert found[None] == 3

    async def test_verifiers_see_nothing_of_it(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        assert await items_of(centre.verifier, URL, verifier_id="none") == []
        assert len(await items_of(centre.verifier, URL)) == 1
        assert (await centre.verifier.get(f"{URL}/{waiting[0]['id']}")).status_code == 404

    async def test_what_waits_cannot_be_scored(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        assert code_of(await evaluate(centre.verifier, waiting[0])) == (409, "assignment_of_another")

    async def test_an_evaluation_of_ones_own_accord_is_none_of_what_waits(
        self, centre: Centre, database: Database
    ) -> None:
        waiting = await pooled(centre, database)
        evaluation = (await evaluate(centre.verifier, waiting[0], assignment_id=None)).json()
        assert evaluation["assignment_id"] is None

    async def test_leaders_hand_out_what_waits(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        handed = await reassign(centre.leader, waiting[0], centre.user_ids["second_verifier"])
        assert handed.json()["verifier_id"] == str(centre.user_ids["second_verifier"])
        assert handed.json()["claimed_at"] is None

    async def test_leaders_put_back_what_a_verifier_has(self, centre: Centre, database: Database) -> None:
        await drawn(centre, database)
        (assignment,) = await items_of(centre.verifier, URL)
        back = await reassign(centre.leader, assignment, None)
        assert (back.status_code, back.json()["verifier_id"]) == (200, None)
        assert await items_of(centre.verifier, URL) == []
        assert (await claim(centre.verifier)).json()["id"] == assignment["id"]

    async def test_what_waits_is_not_put_back(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        assert code_of(await reassign(centre.leader, waiting[0], None)) == (409, "assignment_pooled")


class TestClaiming:
    async def test_the_next_one_is_the_verifiers(self, centre: Centre, database: Database) -> None:
        first, second = await pooled(centre, database)
        claimed = await claim(centre.verifier)
        assert claimed.status_code == 200
        assert claimed.json()["id"] == first["id"]
        assert claimed.json()["verifier_id"] == str(centre.user_ids["verifier"])
        assert claimed.json()["claimed_at"] is not None
        assert claimed.json() in await items_of(centre.verifier, URL)
        assert [a["id"] for a in await items_of(centre.leader, URL, verifier_id="none")] == [second["id"]]
        assert (await evaluate(centre.verifier, claimed.json())).status_code == 201

    async def test_the_journal_knows_who_claimed(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database)
        claimed = (await claim(centre.verifier)).json()
        (event,) = await events_of(centre, database, claimed["id"])
        assert (event.type, event.before["verifier_id"]) == ("assignment.claimed", None)
        assert event.after["verifier_id"] == str(centre.user_ids["verifier"])

    async def test_one_may_take_more_than_ones_capacity_until_nothing_is_left(
        self, centre: Centre, database: Database
    ) -> None:
        await pooled(centre, database, calls=5)
        assert len(await claim_all(centre.verifier)) == 4

    async def test_nobody_names_a_call(self, centre: Centre, database: Database) -> None:
        waiting = await pooled(centre, database)
        refused = await centre.verifier.post(f"{URL}/claim", json={"call_id": waiting[1]["call_id"]})
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/call_id"]

    async def test_other_plans_verifiers_and_leaders_get_nothing(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database)
        for client in (centre.second_verifier, centre.leader, centre.admin):
            assert code_of(await claim(client)) == NOTHING

    async def test_from_the_pool_of_one_plan(self, centre: Centre, database: Database) -> None:
        first, *_ = await pooled(centre, database)
        others = [a for a in await pooled(centre, database) if a["plan_id"] != first["plan_id"]]
        assert (await claim(centre.verifier, others[0]["plan_id"])).json()["id"] == others[0]["id"]
        assert (await claim(centre.verifier)).json()["id"] == first["id"]

    async def test_an_unknown_plan_is_the_fault(self, centre: Centre) -> None:
        refused = await claim(centre.verifier, str(new_id()))
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/plan_id"]

    async def test_agents_claim_nothing(self, centre: Centre) -> None:
        assert (await claim(centre.agent_user)).status_code == 403

    async def test_nobody_gets_calls_of_agents_whom_they_supervise(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database)
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["verifier"])
        assert code_of(await claim(centre.verifier)) == NOTHING

    async def test_nobody_gets_a_call_that_they_have_scored(self, centre: Centre, database: Database) -> None:
        first, second = await pooled(centre, database)
        await evaluate(centre.verifier, first, assignment_id=None)
        assert (await claim(centre.verifier)).json()["id"] == second["id"]
        assert code_of(await claim(centre.verifier)) == NOTHING

    async def test_nobody_looks_for_a_call_that_pleases_by_skipping_the_others(
        self, centre: Centre, database: Database
    ) -> None:
        await drawn(centre, database, calls=9, verifier_daily_capacity=1)
        for _ in range(5):
            await skip(centre.verifier, (await claim(centre.verifier)).json())
        assert code_of(await claim(centre.verifier)) == (409, "too_many_given_up")

    async def test_a_draft_of_ones_own_accord_does_not_keep_a_call_off(
        self, centre: Centre, database: Database
    ) -> None:
        first, _ = await pooled(centre, database)
        await evaluate(centre.verifier, first, submit=False, assignment_id=None)
        assert (await claim(centre.verifier)).json()["id"] == first["id"]

    async def test_nobody_gets_both_scorings_of_a_call(self, centre: Centre, database: Database) -> None:
        await pooled_doubles(centre, database)
        own = [a["call_id"] for a in await items_of(centre.verifier, URL)] + await claim_all(centre.verifier)
        assert len(own) == len(set(own)) == 3
        assert len(await claim_all(centre.second_verifier)) == 2

    async def test_nothing_tells_that_a_claimed_call_is_scored_twice(self, centre: Centre, database: Database) -> None:
        await pooled_doubles(centre, database)
        claimed = (await claim(centre.verifier)).json()
        assert claimed["place"] is None
        selections = await items_of(centre.verifier, f"/v1/draws/{claimed['draw_id']}/selections")
        (selection,) = [s for s in selections if s["call_id"] == claimed["call_id"]]
        assert selection["assignment_ids"] == [claimed["id"]]

    async def test_at_the_same_time_nobody_gets_what_another_gets(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database, calls=8, **both_verifiers(centre))
        answers = await asyncio.gather(*(claim(c) for c in (centre.verifier, centre.second_verifier) for _ in range(3)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.json()["id"] for answer in answers}) == 6

    async def test_at_the_same_time_nobody_gets_both_scorings_of_a_call(
        self, centre: Centre, database: Database
    ) -> None:
        await pooled_doubles(centre, database)
        answers = await asyncio.gather(*(claim(centre.verifier) for _ in range(4)))
        assert sorted(answer.status_code for answer in answers) == [200, 200, 409, 409]
        own = await items_of(centre.verifier, URL)
        assert len({a["call_id"] for a in own}) == len(own) == 3

    async def test_claiming_one_and_being_handed_the_other_scoring_at_the_same_time(
        self, centre: Centre, database: Database
    ) -> None:
        waiting = await pooled_doubles(centre, database)
        verifier_id = centre.user_ids["verifier"]
        answers = await asyncio.gather(
            *(reassign(centre.leader, a, verifier_id) for a in waiting), *(claim(centre.verifier) for _ in waiting)
        )
        assert {answer.status_code for answer in answers} == {200, 409}
        own = await items_of(centre.verifier, URL)
        assert len({a["call_id"] for a in own}) == len(own) == 3

    async def test_sent_again_a_claim_is_the_same_claim(self, centre: Centre, database: Database) -> None:
        await pooled(centre, database)
        key = {"Idempotency-Key": uuid4().hex}
        first, again = [await claim(centre.verifier, **key) for _ in range(2)]
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.json() == first.json()
        assert len(await items_of(centre.leader, URL, verifier_id="none")) == 1
