"""API keys over HTTP."""

import asyncio
import hmac
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity import GRANTS, Principal, PrincipalKind, Role, create_api_key
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.errors import Forbidden
from app.platform.ids import new_id
from tests.identity.factories import bearer, journal, patch, pointers, post_key, post_user, problem
from tests.people import Centre
from tests.queries import QueryRecorder


async def test_a_key_is_shown_once_and_lists_by_its_prefix(centre: Centre) -> None:
    created = await post_key(centre.admin, "recordings:write", "calls:write", "calls:write")
    assert created.status_code == 201
    key = created.json()
    assert key.pop("key").startswith(key["prefix"])
    assert key["scopes"] == ["calls:write", "recordings:write"]
    assert key["created_by"] == str(centre.user_ids["admin"])
    assert (await centre.admin.get("/v1/api-keys")).json()["items"] == [key]


async def test_a_prefix_tells_keys_apart_and_nothing_of_the_secret(centre: Centre) -> None:
    first, second = [(await post_key(centre.admin, "calls:read")).json() for _ in range(2)]
    assert first["prefix"] != second["prefix"]
    # 64 bytes in base64, the last 32 of them secret: the 43rd character is the first to hold a bit of it.
    assert len(first["prefix"]) == len("qmt_") + 42


async def test_neither_table_nor_journal_holds_the_key(centre: Centre, database: Database) -> None:
    key = (await post_key(centre.admin, "calls:read")).json()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        row = await session.fetch_value("SELECT to_jsonb(k)::text FROM api_keys k WHERE id = :id", id=key["id"])
    written = await journal(database, centre, key["id"])
    assert [event.type for event in written] == ["api_key.created"]
    secret = key["key"].removeprefix(key["prefix"])
    assert secret not in f"{row} {written[0].after}"
    assert "hash" not in str(written[0].after)


async def test_a_key_does_what_its_scopes_say_and_no_more(app: FastAPI, centre: Centre) -> None:
    key = (await post_key(centre.admin, "admin:read")).json()["key"]
    async with bearer(app, key) as client:
        me = (await client.get("/v1/me")).json()
        assert (me["kind"], me["role"], me["name"]) == ("api_key", "admin", "CRM")
        assert (await client.get("/v1/api-keys")).status_code == 200
        assert problem(await post_user(client)) == (403, "forbidden")


async def test_a_key_cannot_make_keys(app: FastAPI, centre: Centre) -> None:
    key = (await post_key(centre.admin, "admin:write")).json()["key"]
    async with bearer(app, key) as client:
        assert problem(await post_key(client, "calls:read")) == (403, "forbidden")


async def test_a_key_cannot_do_more_than_its_user(centre: Centre, database: Database) -> None:
    leader = Principal(
        kind=PrincipalKind.USER,
        tenant_id=centre.tenant_id,
        id=centre.user_ids["leader"],
        name="Leader",
        role=Role.LEADER,
        permissions=GRANTS[Role.LEADER],
        user_id=centre.user_ids["leader"],
    )
    async with database.begin(Tenant(centre.tenant_id)) as session:
        scopes = ["webhooks:read", "reports:read", "admin:write"]
        with pytest.raises(Forbidden, match="admin:write, webhooks:read"):
            await create_api_key(session, leader, name="x", scopes=scopes, expires_at=None)


async def test_an_admin_makes_a_key_that_acts_for_a_verifier(app: FastAPI, centre: Centre) -> None:
    verifier_id = str(centre.user_ids["verifier"])
    created = await post_key(centre.admin, "evaluations:read", "evaluations:write", user_id=verifier_id)
    assert (created.json()["user_id"], created.json()["created_by"]) == (verifier_id, str(centre.user_ids["admin"]))
    async with bearer(app, created.json()["key"]) as client:
        assert (await client.get("/v1/me")).json()["role"] == "verifier"
        assert problem(await client.get("/v1/reports/quality", params={"by": "agent"})) == (403, "forbidden")


async def test_a_key_for_another_user_is_bounded_by_that_users_role(centre: Centre) -> None:
    refused = await post_key(centre.admin, "reports:read", user_id=str(centre.user_ids["verifier"]))
    assert problem(refused) == (403, "forbidden")


async def test_a_key_for_a_user_of_another_tenant_is_refused(centre: Centre, other_centre: Centre) -> None:
    refused = await post_key(centre.admin, "calls:read", user_id=str(other_centre.user_ids["admin"]))
    assert pointers(refused) == ["/user_id"]


async def test_a_key_ends_with_the_account_of_its_user(app: FastAPI, centre: Centre) -> None:
    verifier_id = str(centre.user_ids["verifier"])
    key = (await post_key(centre.admin, "evaluations:read", user_id=verifier_id)).json()["key"]
    assert (await patch(centre.admin, f"/v1/users/{verifier_id}", active=False)).status_code == 200
    async with bearer(app, key) as client:
        assert problem(await client.get("/v1/me")) == (401, "unauthenticated")


@pytest.mark.parametrize("role", ["leader", "verifier", "agent"])
async def test_only_an_admin_sees_and_makes_keys(centre: Centre, role: str) -> None:
    client = centre.client(role)
    assert (await client.get("/v1/api-keys")).status_code == 403
    assert (await post_key(client, "calls:read")).status_code == 403
    assert (await client.delete(f"/v1/api-keys/{new_id()}")).status_code == 403


@pytest.mark.parametrize("unknown", ["calls:fly", "self:read", ""])
async def test_an_unknown_scope_is_named(centre: Centre, unknown: str) -> None:
    refused = await post_key(centre.admin, "calls:read", unknown)
    assert pointers(refused) == ["/scopes/1"]
    assert repr(unknown) in refused.json()["errors"][0]["detail"]


async def test_a_key_without_scopes_is_refused(centre: Centre) -> None:
    assert pointers(await post_key(centre.admin)) == ["/scopes"]


@pytest.mark.parametrize("expires_at", ["2020-01-01T00:00:00Z", "2999-01-01T00:00:00", "soon"])
async def test_a_key_must_expire_in_the_future_at_a_time_with_a_zone(centre: Centre, expires_at: str) -> None:
    assert pointers(await post_key(centre.admin, "calls:read", expires_at=expires_at)) == ["/expires_at"]


async def test_an_expired_key_is_refused(app: FastAPI, centre: Centre) -> None:
    expires_at = datetime.now(UTC) + timedelta(hours=1)
    key = (await post_key(centre.admin, "calls:read", expires_at=expires_at.isoformat())).json()["key"]
    async with bearer(app, key) as client:
        assert (await client.get("/v1/me")).status_code == 200
        with use_clock(FixedClock(expires_at)):
            refused = await client.get("/v1/me")
    assert problem(refused) == (401, "unauthenticated")
    assert "expired" in refused.json()["detail"]


async def test_a_revoked_key_is_refused_at_once_and_revoking_repeats(
    app: FastAPI, centre: Centre, database: Database
) -> None:
    key = (await post_key(centre.admin, "calls:read")).json()
    url = f"/v1/api-keys/{key['id']}"
    async with bearer(app, key["key"]) as client:
        assert (await client.get("/v1/me")).status_code == 200
        at_once = await asyncio.gather(*(centre.admin.delete(url) for _ in range(3)))
        assert [answer.status_code for answer in at_once] == [204] * 3
        refused = await client.get("/v1/me")
    assert problem(refused) == (401, "unauthenticated")
    assert "revoked" in refused.json()["detail"]
    listed = (await centre.admin.get("/v1/api-keys")).json()["items"]
    assert listed[0]["revoked_at"] is not None
    written = await journal(database, centre, key["id"])
    assert [event.type for event in written] == ["api_key.created", "api_key.revoked"]


async def test_a_missing_key_is_not_found(centre: Centre, other_centre: Centre) -> None:
    foreign = (await post_key(other_centre.admin, "calls:read")).json()
    for key_id in (new_id(), foreign["id"]):
        assert problem(await centre.admin.delete(f"/v1/api-keys/{key_id}")) == (404, "not_found")


async def test_a_list_takes_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    for _ in range(3):
        await post_key(centre.admin, "calls:read")
    queries.clear()
    assert len((await centre.admin.get("/v1/api-keys")).json()["items"]) == 3
    assert len(queries) == 3, queries.statements


async def kept_answers(database: Database, centre: Centre) -> list[bytes | None]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return await session.fetch_column("SELECT body FROM idempotency_keys ORDER BY created_at")


async def test_a_repeated_request_for_a_key_is_refused_and_its_answer_was_not_kept(
    centre: Centre, database: Database
) -> None:
    body, headers = {"name": "CRM", "scopes": ["calls:read"]}, {"Idempotency-Key": str(uuid4())}
    first = await centre.admin.post("/v1/api-keys", json=body, headers=headers)
    again = await centre.admin.post("/v1/api-keys", json=body, headers=headers)
    assert first.status_code == 201
    assert problem(again) == (409, "secret_shown_once")
    assert await kept_answers(database, centre) == [None]
    assert len((await centre.admin.get("/v1/api-keys")).json()["items"]) == 1
    other = await centre.admin.post("/v1/api-keys", json=body | {"name": "Other"}, headers=headers)
    assert problem(other) == (422, "idempotency_key_reused")


async def test_the_fingerprint_of_a_body_cannot_be_guessed_without_the_services_key(
    context: AppContext, centre: Centre, database: Database
) -> None:
    # A body may hold a password, and the rest of it is known to who can read the database.
    headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
    created = await centre.admin.post("/v1/projects", content=PROJECT, headers=headers)
    assert created.status_code == 201
    async with database.begin(Tenant(centre.tenant_id)) as session:
        kept = await session.fetch_value("SELECT fingerprint FROM idempotency_keys")
    request = b"POST /v1/projects?\n" + PROJECT
    assert bytes(kept) == hmac.digest(context.settings.signing_key.encode(), request, "sha256")


PROJECT = b'{"name": "Loans", "timezone": "UTC", "language": "en"}'


async def test_only_answers_with_secrets_are_marked_so_in_the_contract(app: FastAPI) -> None:
    marked = {
        operation["operationId"]
        for path in app.openapi()["paths"].values()
        for operation in path.values()
        if operation.get("x-secret-answer")
    }
    assert "createApiKey" in marked
    assert "createProject" not in marked


async def test_a_key_altered_in_any_part_is_refused(app: FastAPI, centre: Centre, stranger: httpx.AsyncClient) -> None:
    key = (await post_key(centre.admin, "calls:read")).json()["key"]
    for place in (10, 30, 60):
        altered = key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :]
        refused = await stranger.get("/v1/me", headers={"Authorization": f"Bearer {altered}"})
        assert problem(refused) == (401, "unauthenticated")
