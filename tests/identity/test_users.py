"""Users over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from app.identity import LastAdmin, Role, change_user
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from tests.identity.factories import PASSWORD, ask_token, fresh_email, journal, patch, pointers, post_user, problem
from tests.people import Centre
from tests.queries import QueryRecorder


async def test_a_created_user_is_read_back_without_any_trace_of_the_password(centre: Centre) -> None:
    created = await post_user(centre.admin, email="Vera@Example.com")
    assert created.status_code == 201
    user = created.json()
    assert user == {
        "id": user["id"],
        "email": "vera@example.com",
        "full_name": "Vera Quill",
        "role": "verifier",
        "active": True,
        "timezone": None,
    }
    read = await centre.leader.get(f"/v1/users/{user['id']}")
    assert (read.json(), read.headers["ETag"]) == (user, '"1"')


async def test_the_password_is_stored_as_an_argon2_hash_and_not_in_the_journal(
    centre: Centre, database: Database
) -> None:
    user = (await post_user(centre.admin)).json()
    await patch(centre.admin, f"/v1/users/{user['id']}", password="another long password")
    async with database.begin(Tenant(centre.tenant_id)) as session:
        query = "SELECT password_hash FROM users WHERE id = :id"
        password_hash = await session.fetch_value(query, id=user["id"])
    assert password_hash.startswith("$argon2id$")
    written = await journal(database, centre, user["id"])
    assert [event.type for event in written] == ["user.created", "user.password_changed", "user.changed"]
    assert "password" not in str([(event.before, event.after) for event in written])


async def test_an_address_is_taken_however_it_is_spelt(centre: Centre) -> None:
    await post_user(centre.admin, email="jörg@example.com")
    refused = await post_user(centre.admin, email="JO\u0308RG@example.com")
    assert problem(refused) == (409, "email_taken")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "nobody"),
        ("email", "two@signs@example.com"),
        ("email", "a space@example.com"),
        ("email", "nul\x00@example.com"),
        ("email", "a" * 320 + "@example.com"),
        ("password", "eleven char"),
        ("password", "x" * 1001),
        ("role", "client"),
        ("full_name", "  "),
        ("full_name", None),
        ("hash", "x"),
    ],
)
async def test_an_error_of_a_new_user_is_named(centre: Centre, field: str, value: object) -> None:
    assert pointers(await post_user(centre.admin, **{field: value})) == [f"/{field}"]


async def test_an_address_inside_a_company_is_good_enough_to_sign_in(centre: Centre) -> None:
    assert (await post_user(centre.admin, email="vera@corp.local")).status_code == 201


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_only_an_admin_creates_and_changes_users(centre: Centre, role: str) -> None:
    client = centre.client(role)
    assert (await post_user(client)).status_code == 403
    assert (await patch(client, f"/v1/users/{centre.user_ids[role]}", role="admin")).status_code == 403


async def test_users_are_listed_by_role_and_activity(centre: Centre) -> None:
    gone = (await post_user(centre.admin, full_name="Gone")).json()
    await patch(centre.admin, f"/v1/users/{gone['id']}", active=False)

    async def names(**filters: object) -> list[str]:
        listed = await centre.leader.get("/v1/users", params={key: str(value) for key, value in filters.items()})
        return [user["full_name"] for user in listed.json()["items"]]

    assert await names() == ["Admin", "Leader", "Verifier", "Second Verifier", "Agent", "Gone"]
    assert await names(role="verifier") == ["Verifier", "Second Verifier", "Gone"]
    assert await names(role="verifier", active=True) == ["Verifier", "Second Verifier"]
    assert await names(active=False) == ["Gone"]


async def test_a_list_takes_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    assert (await centre.leader.get("/v1/users")).status_code == 200
    scope, authentication, listing = queries.statements
    assert "set_config" in scope
    assert "FROM users WHERE tenant_id = $1 AND id = $2 AND active" in authentication
    assert "FROM users WHERE (tenant_id = $1) ORDER BY id" in listing


async def test_a_change_needs_the_etag_that_was_read(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['verifier']}"
    assert (await centre.admin.patch(url, json={"full_name": "V"})).status_code == 428
    changed = await patch(centre.admin, url, full_name="V")
    assert (changed.json()["full_name"], changed.headers["ETag"]) == ("V", '"2"')
    assert problem(await patch(centre.admin, url, full_name="W")) == (412, "stale_version")


async def test_a_missing_user_is_not_found(centre: Centre) -> None:
    url = f"/v1/users/{new_id()}"
    assert problem(await centre.admin.get(url)) == (404, "not_found")
    assert problem(await patch(centre.admin, url, active=False)) == (404, "not_found")


async def test_a_required_field_cannot_be_changed_to_null(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['verifier']}"
    assert pointers(await patch(centre.admin, url, password=None)) == ["/password"]


async def test_a_change_to_a_taken_address_is_a_conflict(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['verifier']}"
    assert problem(await patch(centre.admin, url, email="LEADER@example.com")) == (409, "email_taken")


async def test_a_deactivated_user_is_refused_at_once_and_may_come_back(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['verifier']}"
    assert (await centre.verifier.get("/v1/me")).status_code == 200
    await patch(centre.admin, url, active=False)
    assert problem(await centre.verifier.get("/v1/me")) == (401, "unauthenticated")
    await patch(centre.admin, url, version=2, active=True)
    assert (await centre.verifier.get("/v1/me")).status_code == 200


async def test_a_changed_role_holds_from_the_next_request_on(centre: Centre) -> None:
    await patch(centre.admin, f"/v1/users/{centre.user_ids['verifier']}", role="admin")
    assert (await post_user(centre.verifier)).status_code == 201


async def test_a_new_password_replaces_the_old_one(centre: Centre, stranger: httpx.AsyncClient) -> None:
    user = (await post_user(centre.admin)).json()
    await patch(centre.admin, f"/v1/users/{user['id']}", password="another long password")
    assert (await ask_token(stranger, user["email"])).status_code == 401
    assert (await ask_token(stranger, user["email"], "another long password")).status_code == 200


async def test_a_user_signs_in_by_a_changed_address(centre: Centre, stranger: httpx.AsyncClient) -> None:
    user, email = (await post_user(centre.admin)).json(), fresh_email()
    await patch(centre.admin, f"/v1/users/{user['id']}", email=email.upper())
    assert (await ask_token(stranger, email, PASSWORD)).status_code == 200


@pytest.mark.parametrize("change", [{"active": False}, {"role": "leader"}])
async def test_the_last_active_admin_stays(centre: Centre, change: dict[str, Any]) -> None:
    url = f"/v1/users/{centre.user_ids['admin']}"
    gone = (await post_user(centre.admin, role="admin")).json()
    await patch(centre.admin, f"/v1/users/{gone['id']}", active=False)
    assert problem(await patch(centre.admin, url, **change)) == (409, "last_admin")
    await patch(centre.admin, f"/v1/users/{gone['id']}", version=2, active=True)
    assert (await patch(centre.admin, url, **change)).status_code == 200


async def test_two_admins_cannot_remove_each_other_at_the_same_time(centre: Centre, database: Database) -> None:
    first = centre.user_ids["admin"]
    second = (await post_user(centre.admin, role="admin")).json()["id"]

    async def remove_first() -> None:
        async with database.begin(Tenant(centre.tenant_id)) as session:
            act_as(session, Actor("system", None))
            await change_user(session, first, 1, {"active": False})

    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        await change_user(session, second, 1, {"role": Role.VERIFIER})
        other = asyncio.create_task(remove_first())
        # The other one has to be under way, and waiting for this one, before this one ends.
        await asyncio.wait([other], timeout=0.3)
        assert not other.done()
    with pytest.raises(LastAdmin):
        await other


async def test_the_user_of_an_agent_keeps_the_role_agent(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['agent']}"
    assert problem(await patch(centre.admin, url, role="verifier")) == (409, "role_in_use")


async def test_the_leader_of_a_team_keeps_a_role_that_may_lead(centre: Centre) -> None:
    url = f"/v1/users/{centre.user_ids['leader']}"
    assert problem(await patch(centre.admin, url, role="verifier")) == (409, "role_in_use")
    assert (await patch(centre.admin, url, role="admin")).status_code == 200
