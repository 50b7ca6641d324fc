"""Assignments over HTTP: draws that create them, and the requests of their verifiers and leaders."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update

from app.identity.models import AgentModel
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from tests.people import Centre
from tests.queries import run
from tests.sampling.tenant_factories import calls_of, create_plan, draw, items_of, working_in

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
    await drawn(centre, database, double_score_rate=1, **both_verifiers(centre))
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


async def pooled(centre: Centre, database: Database, calls: int = 3, **plan: Any) -> list[dict[str, Any]]:
    """What waits in the pool of a plan whose verifiers, one unless the plan says otherwise, take a call each."""
    await drawn(centre, database, calls, verifier_daily_capacity=1, **plan)
    return await items_of(centre.leader, URL, verifier_id="none")


async def pooled_doubles(centre: Centre, database: Database) -> list[dict[str, Any]]:
    """What waits of three calls that are all scored twice, by two verifiers who take one each: four of six."""
    return await pooled(centre, database, double_score_rate=1, **both_verifiers(centre))


def both_verifiers(centre: Centre) -> dict[str, Any]:
    return {"verifier_ids": [str(centre.user_ids[name]) for name in ("verifier", "second_verifier")]}


async def claim(client: httpx.AsyncClient, plan_id: str | None = None, **headers: str) -> httpx.Response:
    return await client.post(f"{URL}/claim", json={"plan_id": plan_id}, headers=headers)


async def reassign(client: httpx.AsyncClient, assignment: dict[str, Any], user_id: UUID | None) -> httpx.Response:
    body = {"verifier_id": None if user_id is None else str(user_id), "reason": "On holiday"}
    return await client.post(f"{URL}/{assignment['id']}/reassign", json=body)


async def extend(client: httpx.AsyncClient, assignment: dict[str, Any], due_at: str) -> httpx.Response:
    body = {"due_at": due_at, "reason": "On holiday"}
    return await client.post(f"{URL}/{assignment['id']}/extend", json=body)


async def skip(client: httpx.AsyncClient, assignment: dict[str, Any]) -> httpx.Response:
    return await client.post(f"{URL}/{assignment['id']}/skip", json=REASON)


async def hire_verifier(centre: Centre) -> UUID:
    body = {"email": f"{uuid4().hex}@example.com", "full_name": "Third", "role": "verifier", "password": uuid4().hex}
    created = await centre.admin.post("/v1/users", json=body)
    assert created.status_code == 201, created.text
    return UUID(created.json()["id"])


async def supervise(database: Database, centre: Centre, agent_id: UUID, user_id: UUID) -> None:
    async with working_in(database, centre) as session:
        await run(session, update(AgentModel).where(AgentModel.id == agent_id).values(supervisor_id=user_id))


async def hand_on_and_begin(session: Session, assignment_id: str, user_id: UUID) -> None:
    """Store the draft of an assignment's new verifier."""
    evaluation_id = new_id()
    begin = """
    UPDATE assignments SET verifier_id = :user_id, begun_at = now(), scoring_id = :scoring_id WHERE id = :id
    """
    await session.execute(begin, id=UUID(assignment_id), user_id=user_id, scoring_id=evaluation_id)
    insert = """
    INSERT INTO evaluations (tenant_id, id, call_id, project_id, agent_id, scorecard_id, scorecard_version_id,
                             assignment_id, verifier_id, status, version, created_at, draft)
    SELECT a.tenant_id, :evaluation_id, c.id, c.project_id, c.agent_id, a.scorecard_id, v.id, a.id, a.verifier_id,
           'draft', 1, now(), '{"answers": [], "comment": null}'
    FROM assignments a JOIN calls c ON c.id = a.call_id JOIN scorecard_versions v ON v.scorecard_id = a.scorecard_id
    WHERE a.id = :id
    """
    await session.execute(insert, id=UUID(assignment_id), evaluation_id=evaluation_id)


async def somebody_waits_for(session: Session) -> None:
    """Return when another transaction waits for this one."""
    # Not pg_stat_activity, which stays as it was when the transaction first looked.
    sql = "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(500):
        if await session.fetch_all(sql):
            return
        await asyncio.sleep(0.01)
    pytest.fail("nobody waited")


async def events_of(centre: Centre, database: Database, subject_id: str) -> list[Any]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        sql = "SELECT type, before, after FROM events WHERE subject_id = :subject_id ORDER BY id"
        return await session.fetch_all(sql, subject_id=UUID(subject_id))


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]
