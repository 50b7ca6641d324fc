"""Agents over HTTP: made by people, and pushed by integrations."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.identity import Agent, Principal, PrincipalKind, Role, put_agent
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from tests.identity.factories import bearer, journal, patch, pointers, post_agent, post_key, post_user, problem
from tests.people import Centre
from tests.queries import QueryRecorder


async def put(client: httpx.AsyncClient, known_as: str, /, **fields: object) -> httpx.Response:
    url = f"/v1/agents/by-external-id/{quote(known_as, safe='')}"
    return await client.put(url, json={"full_name": "Anna Bell"} | fields)


async def project(centre: Centre) -> str:
    body = {"name": f"P {uuid4()}", "timezone": "UTC", "language": "en"}
    return str((await centre.admin.post("/v1/projects", json=body)).json()["id"])


async def test_a_created_agent_is_read_back_with_its_links(centre: Centre) -> None:
    user = (await post_user(centre.admin, role="agent")).json()
    projects = sorted([await project(centre), str(centre.project_id)])
    agent = {
        "external_id": "a-17",
        "full_name": "Anna Bell",
        "team_id": str(centre.team_id),
        "project_ids": projects,
        "hired_on": "2026-03-02",
        "left_on": "2026-09-30",
        "supervisor_id": str(centre.user_ids["leader"]),
        "user_id": user["id"],
    }
    created = await post_agent(centre.admin, **agent | {"project_ids": [*reversed(projects), projects[0]]})
    assert created.status_code == 201
    assert created.json() == agent | {"id": created.json()["id"]}
    read = await centre.leader.get(f"/v1/agents/{created.json()['id']}")
    assert (read.json(), read.headers["ETag"]) == (created.json(), '"1"')


async def test_every_unknown_reference_is_named(centre: Centre) -> None:
    strange = {"team_id": str(new_id()), "supervisor_id": str(new_id()), "user_id": str(new_id())}
    refused = await post_agent(centre.admin, **strange, project_ids=[str(centre.project_id), str(new_id())])
    assert pointers(refused) == ["/team_id", "/supervisor_id", "/user_id", "/project_ids/1"]


async def test_references_are_looked_up_in_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    fields = {"team_id": str(centre.team_id), "supervisor_id": str(centre.user_ids["leader"])}
    await post_agent(centre.admin, **fields, project_ids=[str(centre.project_id)])
    what = [statement.split("(")[0].split(" AS ")[0] for statement in queries.statements]
    assert what == [
        "BEGIN; SELECT set_config",
        "SELECT role, full_name FROM users WHERE tenant_id = $1 AND id = $2 AND active",
        "SELECT pg_advisory_xact_lock",
        "SELECT EXISTS ",
        "INSERT INTO agents ",
        "WITH removed",
        "WITH recorded",
    ]


async def test_references_into_another_tenant_are_unknown(centre: Centre, other_centre: Centre) -> None:
    refused = await post_agent(centre.admin, team_id=str(other_centre.team_id))
    assert pointers(refused) == ["/team_id"]


async def test_nobody_leaves_before_being_hired(centre: Centre) -> None:
    refused = await post_agent(centre.admin, hired_on="2026-03-02", left_on="2026-03-01")
    assert pointers(refused) == ["/left_on"]
    agent = (await post_agent(centre.admin, hired_on="2026-03-02", left_on="2026-03-02")).json()
    assert pointers(await patch(centre.admin, f"/v1/agents/{agent['id']}", left_on="2026-03-01")) == ["/left_on"]


async def test_an_agent_is_linked_to_a_user_with_the_role_agent_only(centre: Centre) -> None:
    refused = await post_agent(centre.admin, user_id=str(centre.user_ids["verifier"]))
    assert pointers(refused) == ["/user_id"]


async def test_a_user_is_linked_to_one_agent(centre: Centre) -> None:
    linked = str(centre.user_ids["agent"])
    assert problem(await post_agent(centre.admin, user_id=linked)) == (409, "user_linked")
    refused = await patch(centre.admin, f"/v1/agents/{centre.agent_ids[1]}", user_id=linked)
    assert problem(refused) == (409, "user_linked")


async def test_an_external_id_is_an_agents_own(centre: Centre) -> None:
    assert problem(await post_agent(centre.admin, external_id="a-1")) == (409, "agent_exists")
    refused = await patch(centre.admin, f"/v1/agents/{centre.agent_ids[1]}", external_id="a-1")
    assert problem(refused) == (409, "agent_exists")


@pytest.mark.parametrize(
    ("field", "value"),
    [("external_id", ""), ("full_name", None), ("hired_on", "yesterday"), ("team_id", "7"), ("shoe_size", 43)],
)
async def test_an_error_of_a_new_agent_is_named(centre: Centre, field: str, value: object) -> None:
    assert pointers(await post_agent(centre.admin, **{field: value})) == [f"/{field}"]


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_only_an_admin_creates_and_changes_agents(centre: Centre, role: str) -> None:
    client = centre.client(role)
    assert (await post_agent(client)).status_code == 403
    assert (await patch(client, f"/v1/agents/{centre.agent_ids[0]}", full_name="X")).status_code == 403
    assert (await put(client, "a-1")).status_code == 403


async def test_a_change_leaves_the_other_fields_and_replaces_the_projects(centre: Centre, database: Database) -> None:
    url, added = f"/v1/agents/{centre.agent_ids[0]}", await project(centre)
    changed = await patch(centre.admin, url, project_ids=[added])
    assert changed.json()["project_ids"] == [added]
    assert changed.json()["team_id"] == str(centre.team_id)
    assert (await centre.admin.get(url)).json() == changed.json()
    assert (await patch(centre.admin, url, version=2, project_ids=[])).json()["project_ids"] == []
    assert problem(await patch(centre.admin, url, full_name="X")) == (412, "stale_version")
    written = await journal(database, centre, centre.agent_ids[0])
    assert [event.after and event.after["project_ids"] for event in written] == [[added], []]


async def test_a_missing_agent_is_not_found(centre: Centre) -> None:
    url = f"/v1/agents/{new_id()}"
    assert problem(await centre.admin.get(url)) == (404, "not_found")
    assert problem(await patch(centre.admin, url, full_name="X")) == (404, "not_found")


async def test_agents_are_found_by_team_project_activity_and_text(centre: Centre) -> None:
    today = datetime.now(UTC).date()
    where = {"project_ids": [await project(centre)]}
    await post_agent(centre.admin, external_id="b_1", full_name="Boris Past", left_on=str(today - timedelta(days=1)))
    await post_agent(centre.admin, external_id="b-2", full_name="Clara Leaving", left_on=str(today), **where)

    async def found(**filters: object) -> list[str]:
        listed = await centre.leader.get("/v1/agents", params={key: str(value) for key, value in filters.items()})
        return [agent["external_id"] for agent in listed.json()["items"]]

    assert await found() == ["a-1", "a-2", "b_1", "b-2"]
    assert await found(team_id=centre.team_id) == ["a-1", "a-2"]
    assert await found(project_id=where["project_ids"][0]) == ["b-2"]
    assert await found(active=True) == ["a-1", "a-2", "b-2"]
    assert await found(active=False) == ["b_1"]
    assert await found(q="clara") == ["b-2"]
    assert await found(q="B_") == ["b_1"]
    assert await found(q="%") == []
    assert await found(q="a-", team_id=new_id()) == []


async def test_pages_hold_every_agent_once(centre: Centre) -> None:
    await post_agent(centre.admin, external_id="a-3")
    first = (await centre.leader.get("/v1/agents", params={"limit": 2})).json()
    second = (await centre.leader.get("/v1/agents", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [agent["external_id"] for agent in first["items"] + second["items"]] == ["a-1", "a-2", "a-3"]
    assert second["next_cursor"] is None


async def test_a_list_takes_one_statement_however_many_projects(centre: Centre, queries: QueryRecorder) -> None:
    listed = await centre.leader.get("/v1/agents")
    assert [agent["project_ids"] for agent in listed.json()["items"]] == [[str(centre.project_id)]] * 2
    assert len(queries) == 3, queries.statements


async def test_an_integration_may_repeat_the_put_of_an_agent(app: FastAPI, centre: Centre, database: Database) -> None:
    key = (await post_key(centre.admin, "calls:write")).json()["key"]
    async with bearer(app, key) as crm:
        fields = {"project_ids": [str(centre.project_id)], "hired_on": "2026-03-02"}
        first = await put(crm, "ext/17 a", external_id="ext/17 a", **fields)
        again = await put(crm, "ext/17 a", **fields)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json(), first.headers["ETag"]) == (again.json(), again.headers["ETag"])
    assert first.json()["external_id"] == "ext/17 a"
    written = await journal(database, centre, first.json()["id"])
    assert [(event.type, event.actor.kind) for event in written] == [("agent.created", "api_key")]


async def test_a_put_leaves_what_people_have_added(centre: Centre) -> None:
    before = (await centre.admin.get(f"/v1/agents/{centre.agent_ids[0]}")).json()
    after = await put(centre.admin, "a-1", full_name="New Name", hired_on="2026-01-01")
    assert (after.status_code, after.headers["ETag"]) == (200, '"2"')
    assert after.json() == before | {"full_name": "New Name", "hired_on": "2026-01-01"}


async def test_an_integration_cannot_link_users_but_may_repeat_the_link_it_read(app: FastAPI, centre: Centre) -> None:
    key = (await post_key(centre.admin, "calls:write")).json()["key"]
    linked = str(centre.user_ids["agent"])
    async with bearer(app, key) as crm:
        assert (await put(crm, "a-1", user_id=linked)).status_code == 200
        assert problem(await put(crm, "a-1", user_id=None)) == (403, "forbidden")
        assert problem(await put(crm, "a-2", user_id=linked)) == (403, "forbidden")
        assert problem(await put(crm, "new", user_id=linked)) == (403, "forbidden")
        assert problem(await put(crm, "a-1", supervisor_id=str(centre.user_ids["leader"]))) == (403, "forbidden")
    assert (await put(centre.admin, "a-1", user_id=None)).json()["user_id"] is None


async def test_a_put_names_its_errors(centre: Centre) -> None:
    assert pointers(await put(centre.admin, "a-1", external_id="a-2")) == ["/external_id"]
    assert pointers(await put(centre.admin, "a-1", project_ids=[str(new_id())])) == ["/project_ids/0"]
    assert pointers(await put(centre.admin, "new", team_id=str(new_id()))) == ["/team_id"]
    assert pointers(await put(centre.admin, "nul\x00")) == ["external_id"]
    assert pointers(await put(centre.admin, "a" * 201)) == ["external_id"]


async def test_a_put_waits_for_the_agent_that_another_one_creates(centre: Centre, database: Database) -> None:
    crm = Principal(
        kind=PrincipalKind.API_KEY,
        tenant_id=centre.tenant_id,
        id=new_id(),
        name="CRM",
        role=Role.ADMIN,
        permissions=frozenset({"calls:write"}),
        user_id=centre.user_ids["admin"],
    )

    async def push() -> tuple[Agent, bool]:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("api_key", crm.id))
            return await put_agent(session, crm, "busy", {"full_name": "Anna Bell"})

    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("api_key", crm.id))
        made, new = await put_agent(session, crm, "busy", {"full_name": "Anna Bell"})
        assert new
        pushed = asyncio.create_task(push())
        posted = asyncio.create_task(post_agent(centre.admin, external_id="busy"))
        await asyncio.wait([pushed, posted], timeout=0.3)
        assert not pushed.done()
        assert not posted.done()
    assert await pushed == (made, False)
    assert problem(await posted) == (409, "agent_exists")


async def test_the_same_new_agent_pushed_many_times_at_once_is_created_once(centre: Centre) -> None:
    answers = await asyncio.gather(*(put(centre.admin, "busy") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_projects_pushed_at_once_are_those_of_the_last_one(centre: Centre) -> None:
    wanted = [[await project(centre)] for _ in range(4)]
    await asyncio.gather(*(put(centre.admin, "a-1", project_ids=projects) for projects in wanted))
    stored = (await centre.admin.get(f"/v1/agents/{centre.agent_ids[0]}")).json()
    assert stored["project_ids"] in wanted
