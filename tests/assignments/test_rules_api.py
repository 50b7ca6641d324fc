"""The rules of who may score what: checked when a call is handed out, and again when it is scored."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert

from app import assignments
from app.assignments import AssignmentBatch, NewAssignment
from app.evaluations.models import EvaluationModel
from app.platform import clock
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.assignments.factories import (
    URL,
    code_of,
    doubled,
    evaluate,
    events_of,
    one_assignment,
    reassign,
    somebody_waits_for,
    supervise,
)
from tests.people import Centre
from tests.queries import run
from tests.sampling.tenant_factories import a_call, create_plan, draw, items_of, store_calls, working_in

CONFLICT = (409, "conflict_of_interest")


async def a_choice(centre: Centre, database: Database, **plan: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A plan, and a call that it has not drawn yet, as a subject of `evaluate`."""
    made = await create_plan(centre, **plan)
    (call_id,) = await store_calls(database, centre, [a_call(centre)])
    return made, {"id": None, "call": {"id": call_id}, "scorecard_id": made["scorecard_id"]}


class TestConflictOfInterest:
    @pytest.mark.parametrize("submit", [True, False])
    async def test_who_supervises_the_agent_meanwhile_does_not_score_the_assignment(
        self, centre: Centre, database: Database, submit: bool
    ) -> None:
        assignment = await one_assignment(centre, database)
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["verifier"])
        assert code_of(await evaluate(centre.verifier, assignment, submit=submit)) == CONFLICT

    async def test_who_supervises_the_agent_meanwhile_does_not_submit_their_draft(
        self, centre: Centre, database: Database
    ) -> None:
        assignment = await one_assignment(centre, database)
        draft = (await evaluate(centre.verifier, assignment, submit=False)).json()
        await supervise(database, centre, centre.agent_ids[1], centre.user_ids["verifier"])
        assert code_of(await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")) == CONFLICT

    @pytest.mark.parametrize("submit", [True, False])
    async def test_nobody_chooses_a_call_of_an_agent_whom_they_supervise(
        self, centre: Centre, database: Database, submit: bool
    ) -> None:
        _, choice = await a_choice(centre, database)
        await supervise(database, centre, centre.agent_ids[0], centre.user_ids["verifier"])
        assert code_of(await evaluate(centre.verifier, choice, submit=submit)) == CONFLICT
        assert (await evaluate(centre.second_verifier, choice, submit=submit)).status_code == 201

    async def test_a_draft_of_a_chosen_call_is_not_submitted_by_who_supervises_the_agent_meanwhile(
        self, centre: Centre, database: Database
    ) -> None:
        _, choice = await a_choice(centre, database)
        draft = (await evaluate(centre.verifier, choice, submit=False)).json()
        await supervise(database, centre, centre.agent_ids[0], centre.user_ids["verifier"])
        assert code_of(await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")) == CONFLICT


class TestTakingOver:
    async def begun_by_who_leaves(
        self, centre: Centre, database: Database, change: dict[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The assignment that the first verifier has begun before they change, and the draft."""
        assignment = await one_assignment(centre, database)
        draft = (await evaluate(centre.verifier, assignment, submit=False)).json()
        user = await centre.admin.get(f"/v1/users/{centre.user_ids['verifier']}")
        changed = await centre.admin.patch(
            f"/v1/users/{centre.user_ids['verifier']}", json=change, headers={"If-Match": user.headers["ETag"]}
        )
        assert changed.status_code == 200, changed.text
        return assignment, draft

    @pytest.mark.parametrize("change", [{"active": False}, {"role": "leader"}], ids=str)
    async def test_a_begun_assignment_of_somebody_who_left_is_scored_by_another(
        self, centre: Centre, database: Database, change: dict[str, Any]
    ) -> None:
        assignment, draft = await self.begun_by_who_leaves(centre, database, change)
        taken = await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert (taken.status_code, taken.json()["evaluation_id"]) == (200, None)
        kept = (await centre.leader.get(f"/v1/evaluations/{draft['id']}")).json()
        assert (kept["status"], len(kept["answers"])) == ("abandoned", 2)
        done = await evaluate(centre.second_verifier, assignment)
        assert (done.status_code, done.json()["assignment_id"]) == (201, assignment["id"])

    async def test_it_may_go_to_the_pool(self, centre: Centre, database: Database) -> None:
        assignment, _ = await self.begun_by_who_leaves(centre, database, {"active": False})
        assert (await reassign(centre.leader, assignment, None)).json()["verifier_id"] is None

    async def test_the_journal_knows_that_the_draft_was_abandoned(self, centre: Centre, database: Database) -> None:
        assignment, draft = await self.begun_by_who_leaves(centre, database, {"active": False})
        await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        _, abandoned = await events_of(centre, database, draft["id"])
        assert (abandoned.type, abandoned.after["status"]) == ("evaluation.abandoned", "abandoned")

    async def test_an_abandoned_draft_is_neither_changed_nor_submitted(
        self, centre: Centre, database: Database
    ) -> None:
        assignment, draft = await self.begun_by_who_leaves(centre, database, {"role": "leader"})
        await reassign(centre.leader, assignment, centre.user_ids["second_verifier"])
        assert code_of(await centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit")) == (409, "not_a_draft")

    async def test_who_comes_back_may_score_it_after_all(self, centre: Centre, database: Database) -> None:
        assignment, _ = await self.begun_by_who_leaves(centre, database, {"role": "leader"})
        await reassign(centre.leader, assignment, None)
        url = f"/v1/users/{centre.user_ids['verifier']}"
        etag = (await centre.admin.get(url)).headers["ETag"]
        await centre.admin.patch(url, json={"role": "verifier"}, headers={"If-Match": etag})
        assert (await reassign(centre.leader, assignment, centre.user_ids["verifier"])).status_code == 200
        assert (await evaluate(centre.verifier, assignment)).status_code == 201


class TestChoiceAndDrawAtTheSameTime:
    """A verifier submits an evaluation of their own choice while a draw assigns them the same call."""

    async def test_the_evaluation_completes_an_assignment_that_was_created_first(
        self, centre: Centre, database: Database
    ) -> None:
        plan, choice = await a_choice(centre, database)
        async with working_in(database, centre) as session:
            await assignments.lock_verifiers(session, [centre.user_ids["verifier"]])
            submitting = asyncio.create_task(evaluate(centre.verifier, choice))
            await somebody_waits_for(session)
            await self.assign(session, centre, plan, choice)
        submitted = await submitting
        assert submitted.status_code == 201, submitted.text
        (assignment,) = await items_of(centre.leader, URL)
        assert (assignment["state"], assignment["id"]) == ("done", submitted.json()["assignment_id"])

    async def test_a_draw_puts_the_scoring_into_the_pool_if_the_evaluation_was_submitted_first(
        self, centre: Centre, database: Database
    ) -> None:
        plan, choice = await a_choice(centre, database, verifier_ids=[str(centre.user_ids["verifier"])])
        async with working_in(database, centre) as session:
            await assignments.hold_hand_outs(session, centre.user_ids["verifier"])
            drawing = asyncio.create_task(draw(centre, plan))
            await somebody_waits_for(session)
            await self.store_submitted(session, centre, choice)
        await drawing
        (assignment,) = await items_of(centre.leader, URL)
        assert (assignment["state"], assignment["verifier_id"]) == ("open", None)

    async def test_a_draft_that_is_submitted_meanwhile_completes_the_assignment(
        self, centre: Centre, database: Database
    ) -> None:
        plan, choice = await a_choice(centre, database)
        draft = (await evaluate(centre.verifier, choice, submit=False)).json()
        async with working_in(database, centre) as session:
            await assignments.lock_verifiers(session, [centre.user_ids["verifier"]])
            submitting = asyncio.create_task(centre.verifier.post(f"/v1/evaluations/{draft['id']}/submit"))
            await somebody_waits_for(session)
            await self.assign(session, centre, plan, choice)
        assert (await submitting).status_code == 200
        (assignment,) = await items_of(centre.leader, URL)
        assert (assignment["state"], assignment["evaluation_id"]) == ("done", draft["id"])

    async def assign(self, session: Session, centre: Centre, plan: dict[str, Any], choice: dict[str, Any]) -> None:
        now, plan_id = clock.now(), UUID(plan["id"])
        batch = AssignmentBatch(
            id=new_id(),
            pool_id=plan_id,
            project_id=centre.project_id,
            scorecard_id=UUID(plan["scorecard_id"]),
            created_at=now,
            due_at=now,
        )
        call_id, verifier_id = UUID(choice["call"]["id"]), centre.user_ids["verifier"]
        created = NewAssignment(new_id(), call_id, centre.agent_ids[0], verifier_id, 1, 0)
        await assignments.create(session, batch, [created])

    async def store_submitted(self, session: Session, centre: Centre, choice: dict[str, Any]) -> None:
        scorecard_id = UUID(choice["scorecard_id"])
        version_id = await session.fetch_value(
            "SELECT id FROM published_versions WHERE scorecard_id = :scorecard_id", scorecard_id=scorecard_id
        )
        row = {
            "tenant_id": centre.tenant_id,
            "id": new_id(),
            "call_id": UUID(choice["call"]["id"]),
            "project_id": centre.project_id,
            "agent_id": centre.agent_ids[0],
            "scorecard_id": scorecard_id,
            "scorecard_version_id": version_id,
            "verifier_id": centre.user_ids["verifier"],
            "status": "submitted",
            "submitted_at": clock.now(),
        }
        await run(session, insert(EvaluationModel).values(row))


async def test_the_probability_of_a_second_scoring_is_kept(centre: Centre, database: Database) -> None:
    await doubled(centre, database)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        kept = await session.fetch_column("SELECT double_inclusion_prob_e12 FROM assignments")
    assert kept == [10**12, 10**12]


async def test_open_work_is_counted_by_whether_it_is_begun(centre: Centre, database: Database) -> None:
    plan = await create_plan(centre, verifier_ids=[str(centre.user_ids["verifier"])])
    await store_calls(database, centre, [a_call(centre) for _ in range(4)])
    await draw(centre, plan)
    first, second, *_ = await items_of(centre.verifier, URL)
    await evaluate(centre.verifier, first, submit=False)
    await evaluate(centre.verifier, second)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await assignments.open_work_of(session, centre.user_ids["verifier"]) == (2, 1)
        assert await assignments.open_work_of(session, centre.user_ids["second_verifier"]) == (0, 0)
