"""A guest of a real session: what the link opens, and that it opens nothing else of its tenant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity import Role
from app.identity.policies import GRANTS
from tests.conftest import DatabaseUrls
from tests.contract import Operation, operations
from tests.identity.factories import problem
from tests.people import bearer_client
from tests.tenancy.building import World, make_world
from tests.tenancy.sessions import ANSWERS, HeldSession, hold
from tests.tenancy.state import changed_tables, state, unchanged

PRIVATE = [operation for operation in operations() if operation.permission]
MAY = GRANTS[Role.CLIENT]
# They name nothing: who asks, and the own sessions.
ABOUT_ONESELF = {"getMe", "listCalibrationSessions"}
ON_SESSIONS = [operation for operation in PRIVATE if "session_id" in operation.path_ids]
ALLOWED = [operation for operation in ON_SESSIONS if operation.permission in MAY]
READING = [operation for operation in ALLOWED if operation.method in {"get", "head"}]
# Whoever follows a session is present in it, and the others learn of it.
WHILE_PRESENT = {"calibration_presence", "live_channels", "live_events"}
# An act of a participant: what it writes about itself, who is told, and the journal.
JOURNAL = {"events", "unsealed_events", "live_channels", "live_events"}


@dataclass(frozen=True)
class Visited:
    """A tenant, and the guest of one of its sessions; `ids` are those of the session and its call."""

    world: World
    session: HeldSession
    guest: httpx.AsyncClient

    @property
    def ids(self) -> dict[str, str]:
        return self.world.ids | self.session.ids


@pytest.fixture(scope="module")
async def visited(app: FastAPI, context: AppContext) -> AsyncIterator[Visited]:
    """The guest's session is revealed and the guest has scored: there is nothing in it that is not open yet."""
    async with make_world(app, context) as world:
        session = await hold(world.centre, world.ids, "open", "score")
        async with bearer_client(app, session.token) as guest:
            assert (await guest.put(score_url(session), json={"answers": ANSWERS})).status_code == 200
            await session.held.move("reveal")
            yield Visited(world, session, guest)


def score_url(session: HeldSession) -> str:
    return f"{session.held.url}/calls/{session.held.call_ids[0]}/score"


@pytest.fixture(scope="module")
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


async def send(client: httpx.AsyncClient, operation: Operation, url: str) -> httpx.Response:
    """The request that is documented, so that nothing but the right to make it can be missing."""
    arguments: dict[str, Any] = operation.body
    if operation.needs_if_match:
        arguments["headers"] = {"If-Match": '"1"'}
    return await client.request(operation.method, url, **arguments)


@pytest.mark.parametrize("operation", [one for one in PRIVATE if one.id not in ABOUT_ONESELF], ids=str)
async def test_a_guest_finds_nothing_else_of_the_tenant_and_changes_nothing(
    operation: Operation, visited: Visited, admin: asyncpg.Connection
) -> None:
    async with unchanged(admin, visited.world.centre):
        refused = await send(visited.guest, operation, visited.world.url(operation))
    assert refused.status_code == (404 if operation.permission in MAY else 403), refused.text


@pytest.mark.parametrize("operation", [one for one in ON_SESSIONS if one.permission not in MAY], ids=str)
async def test_a_guest_does_not_lead_the_own_session(
    operation: Operation, visited: Visited, admin: asyncpg.Connection
) -> None:
    async with unchanged(admin, visited.world.centre):
        refused = await send(visited.guest, operation, operation.url(visited.ids))
    assert problem(refused) == (403, "forbidden")


@pytest.mark.parametrize("operation", [one for one in ALLOWED if "call_id" in one.path_ids], ids=str)
async def test_the_own_session_opens_none_of_the_other_calls(
    operation: Operation, visited: Visited, admin: asyncpg.Connection
) -> None:
    elsewhere = (await visited.world.centre.leader.get("/v1/assignments")).json()["items"][0]["call_id"]
    async with unchanged(admin, visited.world.centre):
        refused = await send(visited.guest, operation, operation.url(visited.ids | {"call_id": elsewhere}))
    # A score is refused before the call is looked at: the session is revealed.
    assert refused.status_code == (409 if operation.id == "putOwnScore" else 404)


async def test_the_own_session_is_the_only_one_that_a_guest_sees(visited: Visited) -> None:
    me = (await visited.guest.get("/v1/me")).json()
    assert (me["kind"], me["role"], set(me["permissions"])) == ("guest", "client", set(MAY))
    listed = (await visited.guest.get("/v1/calibration-sessions")).json()["items"]
    assert [session["id"] for session in listed] == [visited.session.held.id]


@pytest.mark.parametrize("operation", READING, ids=str)
async def test_a_guest_reads_the_own_session_and_changes_nothing(
    operation: Operation, visited: Visited, admin: asyncpg.Connection
) -> None:
    before = await state(admin, visited.world.centre)
    assert (await send(visited.guest, operation, operation.url(visited.ids))).status_code == 200
    changed = changed_tables(before, await state(admin, visited.world.centre))
    assert changed <= (WHILE_PRESENT if operation.id == "followSession" else set())


async def test_what_a_guest_reads_does_not_say_whose_call_it_is(visited: Visited) -> None:
    agent = (await visited.world.centre.admin.get(f"/v1/agents/{visited.world.ids['agent_id']}")).json()
    for operation in READING:
        answer = await send(visited.guest, operation, operation.url(visited.ids))
        for secret in (agent["id"], agent["full_name"], str(visited.world.centre.team_id)):
            assert secret.encode() not in answer.content, operation


async def test_a_guest_writes_the_own_vote_scores_and_leave_and_nothing_else(
    app: FastAPI, visited: Visited, admin: asyncpg.Connection
) -> None:
    session = await hold(visited.world.centre, visited.world.ids)
    held = session.held
    async with bearer_client(app, session.token) as guest:
        vote = guest.put(f"{held.url}/time-options/{session.option_id}/vote", json={"answer": "yes"})
        assert await changed_by(vote, visited, admin) == JOURNAL | {"calibration_votes"}
        await held.move("open")
        saving = guest.put(score_url(session), json={"answers": ANSWERS})
        assert await changed_by(saving, visited, admin) == JOURNAL | {"calibration_scores"}
        for other in (await held.read())["participants"]:
            if other["id"] != session.participant_id:
                async with unchanged(admin, visited.world.centre):
                    refused = await guest.post(f"{held.url}/participants/{other['id']}/withdraw")
                assert problem(refused) == (403, "forbidden")
        leaving = guest.post(f"{held.url}/participants/{session.participant_id}/withdraw")
        # The calendar entry is cancelled by mail, as another version of it.
        told = {"calibration_sessions", "emails"}
        assert await changed_by(leaving, visited, admin) <= JOURNAL | told | {"calibration_participants", "guests"}
        assert (await guest.get(held.url)).status_code == 401


async def changed_by(request: Any, visited: Visited, admin: asyncpg.Connection) -> set[str]:
    """The tables in which a request, which is granted, changes rows of the tenant."""
    before = await state(admin, visited.world.centre)
    answer = await request
    assert answer.status_code == 200, answer.text
    return changed_tables(before, await state(admin, visited.world.centre))
