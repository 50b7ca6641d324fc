"""Credentials of every kind, most of them bad."""

import base64
from datetime import timedelta
from uuid import UUID

import asyncpg
import httpx
import jwt
import pytest

from app.api.context import AppContext
from app.identity.secrets import make_key, make_token
from app.platform.database import Database, Tenant
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.identity.factories import post_key, problem
from tests.people import Centre
from tests.queries import QueryRecorder

HOUR = timedelta(hours=1)


async def ask(client: httpx.AsyncClient, authorization: str) -> httpx.Response:
    return await client.get("/v1/me", headers={b"Authorization": authorization.encode("latin-1")})


def token_of(centre: Centre, context: AppContext, lifetime: timedelta = HOUR, key: str | None = None) -> str:
    user_id = centre.user_ids["verifier"]
    return make_token(centre.tenant_id, user_id, key=key or context.settings.signing_key, lifetime=lifetime)


async def test_authentication_takes_one_statement(centre: Centre, queries: QueryRecorder) -> None:
    assert (await centre.verifier.get("/v1/me")).status_code == 200
    scope, authentication = queries.statements
    assert "set_config" in scope
    assert authentication == "SELECT role, full_name FROM users WHERE tenant_id = $1 AND id = $2 AND active"


async def test_authentication_of_a_key_takes_one_statement(
    centre: Centre, stranger: httpx.AsyncClient, queries: QueryRecorder
) -> None:
    key = (await post_key(centre.admin, "calls:read")).json()["key"]
    queries.clear()
    assert (await ask(stranger, f"Bearer {key}")).status_code == 200
    scope, authentication = queries.statements
    assert "set_config" in scope
    assert "FROM api_keys k JOIN users u" in authentication


async def test_a_user_reads_its_own_id_as_the_user_too(centre: Centre) -> None:
    me, user_id = (await centre.verifier.get("/v1/me")).json(), str(centre.user_ids["verifier"])
    assert (me["kind"], me["id"], me["user_id"]) == ("user", user_id, user_id)
    assert (me["role"], me["tenant_id"]) == ("verifier", str(centre.tenant_id))


async def test_a_key_reads_the_user_whom_it_acts_for(centre: Centre, stranger: httpx.AsyncClient) -> None:
    user_id = str(centre.user_ids["verifier"])
    key = (await post_key(centre.admin, "evaluations:read", user_id=user_id)).json()
    me = (await ask(stranger, f"Bearer {key['key']}")).json()
    assert (me["kind"], me["id"], me["user_id"]) == ("api_key", key["id"], user_id)
    assert me["permissions"] == ["directory:read", "evaluations:read", "inbox:read", "jobs:read", "self:read"]


MANY_USERS = """
INSERT INTO users (tenant_id, id, email, full_name, role, active, version)
SELECT $1, uuidv7(), 'user' || n || '@example.com', 'User ' || n, 'verifier', true, 1 FROM generate_series(1, 2000) AS n
"""


async def test_authentication_finds_its_row_by_the_primary_key(
    centre: Centre, database: Database, queries: QueryRecorder, urls: DatabaseUrls
) -> None:
    # Two policies apply to users, and neither would do as the condition of an index. With a handful of users, an index
    # that begins with the tenant is as cheap.
    admin = await asyncpg.connect(urls.admin)
    await admin.execute(MANY_USERS, centre.tenant_id)
    await admin.execute("ANALYZE users")
    await admin.close()
    await centre.verifier.get("/v1/me")
    authentication = queries.statements[-1]
    async with database.begin(Tenant(centre.tenant_id)) as session:
        await session.send("SET LOCAL enable_seqscan = off")
        ids = (centre.tenant_id, centre.user_ids["verifier"])
        plan = "\n".join(row[0] for row in await session.run_numbered(f"EXPLAIN {authentication}", *ids))
    assert "Index Scan using pk_users" in plan
    assert "Index Cond: ((tenant_id = " in plan


async def test_a_good_token_is_accepted_whatever_the_case_of_its_scheme(
    centre: Centre, context: AppContext, stranger: httpx.AsyncClient
) -> None:
    for scheme in ("Bearer", "bearer", "BEARER "):
        assert (await ask(stranger, f"{scheme} {token_of(centre, context)}")).status_code == 200


async def test_an_expired_token_is_refused(centre: Centre, context: AppContext, stranger: httpx.AsyncClient) -> None:
    refused = await ask(stranger, f"Bearer {token_of(centre, context, lifetime=-HOUR)}")
    assert problem(refused) == (401, "unauthenticated")
    assert "expired" in refused.json()["detail"]


async def test_a_token_signed_with_another_key_is_refused(
    centre: Centre, context: AppContext, stranger: httpx.AsyncClient
) -> None:
    token = token_of(centre, context, key="another key of at least thirty-two characters")
    assert problem(await ask(stranger, f"Bearer {token}")) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "payload",
    [
        {"sub": None},
        {"ten": None},
        {"exp": None},
        {"sub": "nobody"},
        {"ten": "nowhere"},
        {"ten": 7},
        {"sub": ["a"]},
        {"exp": "soon"},
    ],
)
async def test_a_signed_token_without_what_it_needs_is_refused(
    centre: Centre, context: AppContext, stranger: httpx.AsyncClient, payload: dict[str, object]
) -> None:
    claims = jwt.decode(token_of(centre, context), options={"verify_signature": False}) | payload
    claims = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode(claims, context.settings.signing_key, algorithm="HS256", sort_headers=True)
    assert problem(await ask(stranger, f"Bearer {token}")) == (401, "unauthenticated")


async def test_an_unsigned_token_is_refused(centre: Centre, context: AppContext, stranger: httpx.AsyncClient) -> None:
    claims = jwt.decode(token_of(centre, context), options={"verify_signature": False})
    assert problem(await ask(stranger, f"Bearer {jwt.encode(claims, None, algorithm='none')}"))[0] == 401


async def test_a_token_that_names_another_tenant_is_refused(
    centre: Centre, other_centre: Centre, context: AppContext, stranger: httpx.AsyncClient
) -> None:
    def token(tenant_id: UUID) -> str:
        return make_token(tenant_id, centre.user_ids["admin"], key=context.settings.signing_key, lifetime=HOUR)

    for tenant_id in (other_centre.tenant_id, new_id()):
        assert problem(await ask(stranger, f"Bearer {token(tenant_id)}")) == (401, "unauthenticated")


async def test_a_well_formed_key_that_nobody_made_is_refused(centre: Centre, stranger: httpx.AsyncClient) -> None:
    for tenant_id in (centre.tenant_id, new_id()):
        text, _ = make_key(tenant_id, new_id())
        assert problem(await ask(stranger, f"Bearer {text}")) == (401, "unauthenticated")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Bearer nonsense",
        "Bearer a.b.c",
        "Bearer ..",
        "Bearer " + "x" * 5000,
        "Bearer \xff\xfe",
        "Bearer qmt_",
        "Bearer qmt_!!!!",
        "Bearer qmt_é",
        "Bearer qmt_" + "A" * 85,
        "Bearer qmt_" + "A" * 87,
        "Bearer qmt_" + "=" * 86,
        "Bearer qmt_" + base64.urlsafe_b64encode(bytes(64)).decode(),
        "Bearer eyJhbGciOiJIUzI1NiJ9.W10.AAAA",
    ],
)
async def test_a_malformed_credential_is_refused(stranger: httpx.AsyncClient, authorization: str) -> None:
    refused = await ask(stranger, authorization)
    assert problem(refused) == (401, "unauthenticated")
    assert refused.headers["WWW-Authenticate"] == "Bearer"


async def test_a_missing_credential_is_refused(stranger: httpx.AsyncClient) -> None:
    assert problem(await stranger.get("/v1/me")) == (401, "unauthenticated")
