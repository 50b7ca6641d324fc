"""Teams over HTTP."""

import httpx
import pytest

from app.platform.database import Database
from app.platform.ids import new_id
from tests.identity.factories import journal, patch, pointers, problem
from tests.people import Centre
from tests.queries import QueryRecorder


async def create(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    return await client.post("/v1/teams", json={"name": "Night shift"} | changes)


@pytest.mark.parametrize("role", ["leader", "admin"])
async def test_a_team_is_led_by_a_leader_or_an_admin(centre: Centre, role: str) -> None:
    leader_id = str(centre.user_ids[role])
    created = await create(centre.admin, leader_id=leader_id)
    assert created.status_code == 201
    read = await centre.verifier.get(f"/v1/teams/{created.json()['id']}")
    assert read.json() == {"id": created.json()["id"], "name": "Night shift", "leader_id": leader_id}


@pytest.mark.parametrize("role", ["verifier", "agent"])
async def test_nobody_else_leads_a_team(centre: Centre, role: str) -> None:
    assert pointers(await create(centre.admin, leader_id=str(centre.user_ids[role]))) == ["/leader_id"]
    team = (await create(centre.admin)).json()
    refused = await patch(centre.admin, f"/v1/teams/{team['id']}", leader_id=str(centre.user_ids[role]))
    assert pointers(refused) == ["/leader_id"]


async def test_an_unknown_leader_is_named_as_the_error(centre: Centre) -> None:
    assert pointers(await create(centre.admin, leader_id=str(new_id()))) == ["/leader_id"]


async def test_the_name_of_a_team_is_its_own(centre: Centre) -> None:
    assert problem(await create(centre.admin, name="Team A")) == (409, "team_name_taken")
    team = (await create(centre.admin)).json()
    refused = await patch(centre.admin, f"/v1/teams/{team['id']}", name="Team A")
    assert problem(refused) == (409, "team_name_taken")


async def test_a_change_leaves_the_other_fields_and_is_journalled(centre: Centre, database: Database) -> None:
    url = f"/v1/teams/{centre.team_id}"
    renamed = await patch(centre.admin, url, name="Team B")
    assert (renamed.json()["name"], renamed.json()["leader_id"]) == ("Team B", str(centre.user_ids["leader"]))
    leaderless = await patch(centre.admin, url, version=2, leader_id=None)
    assert (leaderless.json()["leader_id"], leaderless.headers["ETag"]) == (None, '"3"')
    assert problem(await patch(centre.admin, url, name="C")) == (412, "stale_version")
    written = await journal(database, centre, centre.team_id)
    assert [(event.type, event.before and event.before["name"]) for event in written] == [
        ("team.changed", "Team A"),
        ("team.changed", "Team B"),
    ]


async def test_a_missing_team_is_not_found(centre: Centre) -> None:
    url = f"/v1/teams/{new_id()}"
    assert problem(await centre.admin.get(url)) == (404, "not_found")
    assert problem(await patch(centre.admin, url, name="C")) == (404, "not_found")


async def test_only_an_admin_creates_teams(centre: Centre) -> None:
    assert (await create(centre.leader)).status_code == 403


async def test_a_list_takes_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    listed = await centre.verifier.get("/v1/teams")
    assert [team["name"] for team in listed.json()["items"]] == ["Team A"]
    assert len(queries) == 3, queries.statements
