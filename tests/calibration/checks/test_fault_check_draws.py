"""The draw of fault checks: committed to before any evaluation, drawn with its probability, balanced, and revealed."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.calibration import FAULT_CHECKS
from app.calibration.checks.fault_check_draws import LIFETIME, on_scoring_ended
from app.events import RecordedEvent
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from tests.assignments.factories import both_verifiers, drawn, skip
from tests.calibration.checks.factories import (
    CHECKS,
    GREETING_BAD,
    SOLUTION_BAD,
    checked_plan,
    client_of,
    complete,
    hired,
    submitted,
    tend,
)
from tests.people import Centre
from tests.running import deliver_events, run_job
from tests.sampling.tenant_factories import create_plan, items_of, working_in


async def all_submitted(centre: Centre, database: Database, *errors: dict[str, Any]) -> list[str]:
    """The ids of the evaluations of all assignments, submitted with these errors, whose events are consumed."""
    assignments = await items_of(centre.leader, "/v1/assignments", state="open")
    evaluations = [await submitted(client_of(centre, one), one, *errors) for one in assignments]
    await deliver_events(database, centre.tenant_id)
    return [evaluation["id"] for evaluation in evaluations]


async def proof_of(centre: Centre, draw_id: str, role: str = "verifier") -> dict[str, Any]:
    answer = await centre.client(role).get(f"/v1/draws/{draw_id}/fault-check-proof", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    proof: dict[str, Any] = answer.json()
    return proof


async def complete_all(centre: Centre) -> None:
    for check in await items_of(centre.leader, CHECKS, state="open"):
        assert (
            await complete(client_of(centre, {"verifier_id": check["checker_id"]}), check, solution="agent")
        ).is_success


def second_opinion(proof: dict[str, Any]) -> bool:
    """Whether the proof is right, by nothing but its own text."""
    seed = bytes.fromhex(proof["seed"])
    if sha256(seed).hexdigest() != proof["seed_commitment"]:
        return False
    for item in proof["items"]:
        number = int.from_bytes(sha256(seed + UUID(item["evaluation_id"]).bytes).digest(), "big") % 10**12
        if item["drawn"] != (number < proof["inclusion_trillionths"]):
            return False
    return all(proof["committed_at"] < item["submitted_at"] < proof["revealed_at"] for item in proof["items"])


async def test_a_plan_has_the_rate_that_it_was_given_and_none_by_default(centre: Centre) -> None:
    assert (await create_plan(centre))["fault_check_rate"] == 0
    plan = await create_plan(centre, fault_check_rate=0.25)
    assert plan["fault_check_rate"] == 0.25
    url = f"/v1/sampling-plans/{plan['id']}"
    changed = await centre.leader.patch(url, json={"fault_check_rate": 1}, headers={"If-Match": '"1"'})
    assert changed.json()["fault_check_rate"] == 1
    for rate in (-0.1, 1.1, 0.1234567891, "much", None):
        refused = await centre.leader.patch(url, json={"fault_check_rate": rate}, headers={"If-Match": '"2"'})
        assert refused.status_code == 422, rate
        assert refused.json()["errors"][0]["pointer"] == "/fault_check_rate"


async def test_the_commitment_is_published_with_the_draw_before_any_evaluation(
    centre: Centre, database: Database
) -> None:
    made = await checked_plan(centre, database)
    assert len(made["fault_check_commitment"]) == 64
    proof = await proof_of(centre, made["id"])
    assert proof["seed_commitment"] == made["fault_check_commitment"]
    assert (proof["committed_at"], proof["seed"], proof["items"]) == (made["drawn_at"], None, [])
    await all_submitted(centre, database, SOLUTION_BAD)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT type, after FROM events WHERE type IN ('draw.made', 'evaluation.submitted') ORDER BY id"
        first, second = await session.fetch_all(sql)
        sealed = """
        SELECT s.number, x.position FROM event_seal_entries x JOIN event_seals s ON s.id = x.seal_id
        JOIN events e ON e.id = x.event_id
        WHERE e.type IN ('draw.made', 'evaluation.submitted') ORDER BY e.id
        """
        places = [tuple(row) for row in await session.fetch_all(sealed)]
    assert (first["type"], second["type"]) == ("draw.made", "evaluation.submitted")
    assert first["after"]["fault_check_commitment"] == made["fault_check_commitment"]
    assert places[0] < places[1]


async def test_a_draw_without_fault_checks_has_no_commitment(centre: Centre, database: Database) -> None:
    made = await drawn(centre, database, **both_verifiers(centre))
    assert made["fault_check_commitment"] is None
    await all_submitted(centre, database, SOLUTION_BAD)
    assert await items_of(centre.leader, CHECKS) == []
    proof = await proof_of(centre, made["id"])
    assert (proof["seed_commitment"], proof["inclusion_trillionths"], proof["items"]) == (None, 0, [])


async def test_no_commitment_can_be_added_or_changed_after_the_draw(centre: Centre, database: Database) -> None:
    made = await drawn(centre, database, **both_verifiers(centre))
    change = "UPDATE draws SET fault_check_seed = :seed, fault_check_commitment = :seed WHERE id = :id"
    with pytest.raises(Exception, match="neither a draw nor what was committed to ever changes"):
        async with working_in(database, centre) as session:
            await session.execute(change, seed=bytes(32), id=UUID(made["id"]))


async def test_only_evaluations_with_errors_of_assignments_are_drawn(centre: Centre, database: Database) -> None:
    await checked_plan(centre, database, calls=2)
    first, second = await items_of(centre.leader, "/v1/assignments")
    await submitted(client_of(centre, first), first)
    erring = await submitted(client_of(centre, second), second, GREETING_BAD)
    # By somebody's own choice: of no assignment.
    other = {"verifier": centre.second_verifier, "second_verifier": centre.verifier}
    names = {str(user_id): name for name, user_id in centre.user_ids.items()}
    unasked = {"call_id": first["call_id"], "scorecard_id": first["scorecard_id"], "submit": True}
    unasked["answers"] = [GREETING_BAD, {"item": "solution", "value": "good"}]
    answer = await other[names[first["verifier_id"]]].post("/v1/evaluations", json=unasked)
    assert answer.status_code == 201, answer.text
    await deliver_events(database, centre.tenant_id)
    assert [check["evaluation_id"] for check in await items_of(centre.leader, CHECKS)] == [erring["id"]]


async def test_what_is_drawn_follows_from_the_committed_seed(centre: Centre, database: Database) -> None:
    """Half of forty evaluations on average; the proof tells exactly which, and a second opinion agrees."""
    made = await checked_plan(centre, database, calls=40, fault_check_rate=0.5)
    ids = await all_submitted(centre, database, SOLUTION_BAD)
    checks = await items_of(centre.leader, CHECKS)
    assert 3 < len(checks) < 37
    await complete_all(centre)
    await tend(database, centre, made["id"])
    proof = await proof_of(centre, made["id"])
    assert second_opinion(proof)
    assert {item["evaluation_id"] for item in proof["items"]} == set(ids)
    drawn_ids = {item["evaluation_id"] for item in proof["items"] if item["drawn"]}
    assert drawn_ids == {check["evaluation_id"] for check in checks}
    forged = proof | {"items": [item | {"drawn": not item["drawn"]} for item in proof["items"]]}
    assert not second_opinion(forged)


async def test_an_event_that_is_heard_twice_draws_once(centre: Centre, database: Database) -> None:
    await checked_plan(centre, database)
    (evaluation_id,) = await all_submitted(centre, database, SOLUTION_BAD)
    before = await items_of(centre.leader, CHECKS)
    async with working_in(database, centre) as session:
        sql = "SELECT * FROM events WHERE subject_id = :id AND type = 'evaluation.submitted'"
        row = await session.fetch_one(sql, id=UUID(evaluation_id))
        event = RecordedEvent(
            id=row["id"],
            tenant_id=row.tenant_id,
            type=row.type,
            occurred_at=row.occurred_at,
            actor=session.actor,
            subject_type=row.subject_type,
            subject_id=row.subject_id,
            before=row.before,
            after=row.after,
        )
        await on_scoring_ended(session, event)
    assert await items_of(centre.leader, CHECKS) == before


async def test_checks_are_balanced_among_those_who_may_do_them(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    async with hired(app, context, centre) as (third_id, third):
        verifiers = [*both_verifiers(centre)["verifier_ids"], str(third_id)]
        clients = {str(third_id): third} | {str(centre.user_ids[name]): centre.client(name) for name in centre.user_ids}
        await checked_plan(centre, database, calls=18, verifier_ids=verifiers)
        scorers = {}
        for assignment in await items_of(centre.leader, "/v1/assignments"):
            evaluation = await submitted(clients[assignment["verifier_id"]], assignment, SOLUTION_BAD)
            scorers[evaluation["id"]] = assignment["verifier_id"]
        await deliver_events(database, centre.tenant_id)
        checks = await items_of(centre.leader, CHECKS)
        given = Counter(check["checker_id"] for check in checks)
        assert len(checks) == 18
        assert all(scorers[check["evaluation_id"]] != check["checker_id"] for check in checks)
        # Where the six calls of one scorer come last, the two others share them, whatever all have by then.
        assert max(given.values()) - min(given.values()) <= 3
        assert set(given) == set(verifiers)


async def test_no_scorer_of_the_call_is_its_checker(
    app: FastAPI, context: AppContext, centre: Centre, database: Database
) -> None:
    async with hired(app, context, centre) as (third_id, third):
        verifiers = [*both_verifiers(centre)["verifier_ids"], str(third_id)]
        clients = {str(third_id): third} | {str(centre.user_ids[name]): centre.client(name) for name in centre.user_ids}
        await checked_plan(centre, database, calls=4, double_score_rate=1, verifier_ids=verifiers)
        assignments = await items_of(centre.leader, "/v1/assignments")
        for assignment in assignments:
            await submitted(clients[assignment["verifier_id"]], assignment, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        checks = await items_of(centre.leader, CHECKS)
        assert len(checks) == 8
        for check in checks:
            scorers = {one["verifier_id"] for one in assignments if one["call_id"] == check["call"]["id"]}
            assert {check["checker_id"]} == set(verifiers) - scorers


class TestRevealing:
    async def test_the_seed_is_a_secret_while_work_is_open(self, centre: Centre, database: Database) -> None:
        made = await checked_plan(centre, database, calls=2)
        first, second = await items_of(centre.leader, "/v1/assignments")
        await submitted(client_of(centre, first), first, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        await complete_all(centre)
        await tend(database, centre, made["id"])
        assert (await proof_of(centre, made["id"]))["seed"] is None  # an assignment is open
        await submitted(client_of(centre, second), second, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        await tend(database, centre, made["id"])
        assert (await proof_of(centre, made["id"], "admin"))["seed"] is None  # a check is open
        await complete_all(centre)
        await tend(database, centre, made["id"])
        proof = await proof_of(centre, made["id"])
        assert second_opinion(proof)
        await tend(database, centre, made["id"])
        assert await proof_of(centre, made["id"]) == proof

    async def test_a_skipped_assignment_keeps_nothing_open(self, centre: Centre, database: Database) -> None:
        made = await checked_plan(centre, database)
        (assignment,) = await items_of(centre.leader, "/v1/assignments")
        assert (await skip(client_of(centre, assignment), assignment)).status_code == 200
        await tend(database, centre, made["id"])
        proof = await proof_of(centre, made["id"])
        assert second_opinion(proof)
        assert proof["items"] == []

    async def test_what_is_not_done_in_time_is_nonresponse(self, centre: Centre, database: Database) -> None:
        made = await checked_plan(centre, database, calls=2)
        first, second = await items_of(centre.leader, "/v1/assignments")
        await submitted(client_of(centre, first), first, SOLUTION_BAD)
        await deliver_events(database, centre.tenant_id)
        with use_clock(FixedClock(datetime.now(UTC) + LIFETIME)):
            await tend(database, centre, made["id"])
        assert second_opinion(await proof_of(centre, made["id"]))
        (check,) = await items_of(centre.leader, CHECKS, state="expired")
        refused = await complete(client_of(centre, {"verifier_id": check["checker_id"]}), check, solution="agent")
        assert (refused.status_code, refused.json()["code"]) == (409, "fault_check_closed")
        (counts,) = (await centre.leader.get(f"{CHECKS}/counts")).json()["items"]
        assert (counts["drawn"], counts["done"], counts["open"], counts["expired"]) == (1, 0, 0, 1)
        # The seed is public now, so that nothing is drawn by it any more.
        with use_clock(FixedClock(datetime.now(UTC) + LIFETIME + timedelta(hours=1))):
            await submitted(client_of(centre, second), second, SOLUTION_BAD)
            await deliver_events(database, centre.tenant_id)
        assert len(await items_of(centre.leader, CHECKS)) == 1
        assert len((await proof_of(centre, made["id"]))["items"]) == 1

    async def test_an_evaluation_whose_event_was_lost_is_drawn_before_the_reveal(
        self, centre: Centre, database: Database
    ) -> None:
        made = await checked_plan(centre, database)
        (assignment,) = await items_of(centre.leader, "/v1/assignments")
        await submitted(client_of(centre, assignment), assignment, SOLUTION_BAD)
        await tend(database, centre, made["id"])
        (check,) = await items_of(centre.leader, CHECKS)
        assert check["checker_id"] is not None
        assert (await proof_of(centre, made["id"]))["seed"] is None
        await deliver_events(database, centre.tenant_id)
        assert await items_of(centre.leader, CHECKS) == [check]

    async def test_the_job_of_the_clock_reveals_what_is_finished(
        self, centre: Centre, database: Database, context: AppContext
    ) -> None:
        made = await checked_plan(centre, database)
        await all_submitted(centre, database, SOLUTION_BAD)
        await complete_all(centre)
        await FAULT_CHECKS.enqueue_due(database)
        async with database.begin(Tenant(centre.tenant_id)) as session:
            (job_id,) = await session.fetch_column("SELECT id FROM jobs WHERE kind = :kind", kind=FAULT_CHECKS.name)
        await run_job(context, centre.tenant_id, job_id)
        assert second_opinion(await proof_of(centre, made["id"]))
        async with database.begin(Tenant(centre.tenant_id)) as session:
            sql = "SELECT after FROM events WHERE type = 'fault_check_seed.revealed'"
            (revealed,) = await session.fetch_column(sql)
        assert sha256(bytes.fromhex(revealed["seed"])).hexdigest() == revealed["commitment"]

    async def test_a_draw_of_another_tenant_and_an_unknown_one_have_no_proof(self, centre: Centre) -> None:
        missing = await centre.leader.get(f"/v1/draws/{centre.project_id}/fault-check-proof")
        assert missing.status_code == 404
