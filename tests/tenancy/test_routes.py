"""What every operation of the contract owes to strangers, to the wrong role and to another tenant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity import SCOPES, Role
from app.identity.policies import GRANTS, IMPLIED, KEY_COMMON
from tests.conftest import DatabaseUrls
from tests.contract import Operation, operations
from tests.identity.factories import bearer, post_key, problem
from tests.tenancy.building import World, make_world
from tests.tenancy.test_catalogue import WITHOUT_TENANT

# Accepted and not looked up: a version that was exported names its scorecard, and a preview weighs no evidence.
UNUSED = {("createScorecard", "scorecard_id"), ("previewScore", "answers.segment_id")}
NOT_JSON = {"content": b"\xff{", "headers": {"Content-Type": "application/json"}}
# What one tenant's row looks like, whatever the table.
STATE = "SELECT count(*), md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) FROM {} t WHERE tenant_id = $1"

PRIVATE = [operation for operation in operations() if operation.permission]
WITH_IDS = [operation for operation in PRIVATE if operation.path_ids]
WITH_IDS_INSIDE = [operation for operation in PRIVATE if operation.id_fields]
FILTERED = [(operation, name) for operation in PRIVATE for name in operation.id_filters]

every_private_operation = pytest.mark.parametrize("operation", PRIVATE, ids=str)
every_operation_on_an_id = pytest.mark.parametrize("operation", WITH_IDS, ids=str)


@pytest.fixture(scope="module")
async def world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_world(app, context) as made:
        yield made


@pytest.fixture(scope="module")
async def elsewhere(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    """Another tenant."""
    async with make_world(app, context) as made:
        yield made


@pytest.fixture(scope="module")
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


async def send(client: httpx.AsyncClient, operation: Operation, url: str, **arguments: Any) -> httpx.Response:
    return await client.request(operation.method, url, **arguments)


@asynccontextmanager
async def unchanged(admin: asyncpg.Connection, world: World) -> AsyncIterator[None]:
    before = await state(admin, world)
    yield
    assert await state(admin, world) == before


async def state(admin: asyncpg.Connection, world: World) -> dict[str, tuple[int, str | None]]:
    """For every table how many rows the tenant has, and a digest of them."""
    tables = await admin.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
    )
    names = {row["relname"] for row in tables} - WITHOUT_TENANT
    return {name: tuple(await admin.fetchrow(STATE.format(name), world.centre.tenant_id)) for name in names}


@every_private_operation
async def test_a_stranger_is_asked_for_credentials_before_the_body_is_read(
    operation: Operation, world: World, stranger: httpx.AsyncClient
) -> None:
    refused = await send(stranger, operation, world.url(operation), **NOT_JSON)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert_problem(refused, operation, "unauthenticated")


@pytest.mark.parametrize(
    ("operation", "role"),
    [(operation, role) for operation in PRIVATE for role in Role if operation.permission not in GRANTS[role]],
    ids=str,
)
async def test_the_wrong_role_is_refused_before_the_body_is_read(
    operation: Operation, role: Role, world: World
) -> None:
    refused = await send(world.centre.client(role), operation, world.url(operation), **NOT_JSON)
    assert refused.status_code == 403
    assert_problem(refused, operation, "forbidden")


@pytest.mark.parametrize("operation", [one for one in PRIVATE if one.permission not in KEY_COMMON], ids=str)
async def test_a_key_without_the_scope_is_refused(operation: Operation, world: World, app: FastAPI) -> None:
    granting = {scope for scope in SCOPES if operation.permission in IMPLIED.get(scope, frozenset())}
    scopes = SCOPES - granting - {operation.permission, "admin:write"}
    key = (await post_key(world.centre.admin, *sorted(scopes))).json()["key"]
    async with bearer(app, key) as client:
        refused = await send(client, operation, world.url(operation), **NOT_JSON)
    assert refused.status_code == 403
    assert_problem(refused, operation, "forbidden")


def assert_problem(refused: httpx.Response, operation: Operation, code: str) -> None:
    if operation.method != "head":
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert problem(refused) == (refused.status_code, code)


def test_every_name_of_an_id_is_known_to_these_tests(world: World) -> None:
    in_paths = {name for operation in PRIVATE for name in operation.path_parameters}
    in_queries = {name for operation in PRIVATE for name in operation.id_filters}
    in_bodies = {own_name(field) for operation in PRIVATE for field in operation.id_fields}
    assert in_paths | in_queries | in_bodies == set(world.ids)


@pytest.mark.parametrize("operation", [one for one in WITH_IDS if one.method in {"get", "head"}], ids=str)
async def test_the_own_tenant_finds_what_it_asks_for(operation: Operation, world: World) -> None:
    assert (await send(world.client(operation), operation, world.url(operation))).status_code == 200


@every_operation_on_an_id
async def test_another_tenant_finds_nothing_and_changes_nothing(
    operation: Operation, world: World, elsewhere: World, admin: asyncpg.Connection
) -> None:
    arguments = operation.body
    if operation.needs_if_match:
        arguments["headers"] = {"If-Match": '"1"'}
    async with unchanged(admin, world), unchanged(admin, elsewhere):
        refused = await send(elsewhere.client(operation), operation, world.url(operation), **arguments)
    assert refused.status_code == 404
    assert_problem(refused, operation, "not_found")


@pytest.mark.parametrize("operation", WITH_IDS_INSIDE, ids=str)
async def test_ids_of_another_tenant_inside_a_body_are_refused(
    operation: Operation, world: World, elsewhere: World, admin: asyncpg.Connection
) -> None:
    url, client = world.url(operation), world.client(operation)
    headers = {"If-Match": (await client.get(url)).headers["ETag"]} if operation.needs_if_match else {}
    body = operation.body["json"]
    for field in operation.id_fields:
        put(body, field, world.ids[own_name(field)])
    async with unchanged(admin, world), unchanged(admin, elsewhere):
        # The assignment first and then none: whose it is is looked at before anything else.
        for field in sorted(operation.id_fields, key=lambda field: field != "assignment_id"):
            if (operation.id, field) in UNUSED:
                continue
            put(body, field, elsewhere.ids[own_name(field)])
            refused = await send(client, operation, url, json=body, headers=headers)
            assert refused.status_code in (404, 422), (field, refused.text)
            put(body, field, None if field == "assignment_id" else world.ids[own_name(field)])
    own = await send(client, operation, url, json=body, headers=headers)
    assert own.status_code not in (404, 422), own.text


def own_name(field: str) -> str:
    """The name of one id: `project_id` for `project_ids`, `segment_id` for `answers.segment_id`."""
    return field.rpartition(".")[2].removesuffix("s")


def put(body: dict[str, Any], field: str, value: str | None) -> None:
    """Put an id into a field, into a list of them, or into that field of the first of a list of objects."""
    outer, _, inner = field.rpartition(".")
    (body[outer][0] if outer else body)[inner] = [value] if inner.endswith("s") else value


async def test_a_row_with_an_id_of_another_tenant_is_rejected(world: World, elsewhere: World) -> None:
    (batch,) = (operation for operation in PRIVATE if operation.id == "putCalls")
    (row,) = batch.body["json"]
    rows = [row | {"project_id": elsewhere.ids["project_id"]}]
    answer = await world.centre.admin.post("/v1/calls/batch", json=rows)
    assert answer.json()["results"][0]["errors"][0]["pointer"] == "/project_id"
    assert answer.json()["accepted"] == 0


@pytest.mark.parametrize(("operation", "name"), FILTERED, ids=str)
async def test_a_filter_by_an_id_of_another_tenant_finds_nothing(
    operation: Operation, name: str, world: World, elsewhere: World
) -> None:
    client, url = world.client(operation), world.url(operation)
    own = await client.get(url, params={name: world.ids[name]})
    assert own.status_code == 200
    foreign = await client.get(url, params={name: elsewhere.ids[name]})
    if foreign.status_code != 404:
        assert own.json()["items"]
        assert foreign.json()["items"] == []
