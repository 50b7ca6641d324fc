"""What every operation of the contract owes to strangers, to the wrong role and to another tenant."""

from collections.abc import AsyncIterator
from copy import deepcopy
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
from tests.tenancy.state import unchanged

# Accepted and not looked up: a version that was exported names its scorecard, and a preview weighs no evidence.
UNUSED = {("createScorecard", "scorecard_id"), ("previewScore", "answers.segment_id")}
# A field that excludes others: what the body has in their place.
INSTEAD: dict[tuple[str, str], dict[str, Any]] = {
    ("evaluate", "assignment_id"): {},
    ("createCalibrationSession", "from_draw"): {"call_ids": [], "count": 1, "reference_user_id": None},
    ("createCalibrationSession", "reference_evaluation_id"): {"reference_user_id": None},
    ("changeCalibrationSession", "reference_evaluation_id"): {"reference_user_id": None},
    ("addCalibrationParticipant", "user_id"): {"name": None, "email": None, "role": None, "timezone": None},
}
NOT_JSON = {"content": b"\xff{", "headers": {"Content-Type": "application/json"}}

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
    assert operation.documents(refused), refused.text
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
    async with unchanged(admin, world.centre), unchanged(admin, elsewhere.centre):
        refused = await send(elsewhere.client(operation), operation, world.url(operation), **arguments)
    assert refused.status_code == 404
    assert_problem(refused, operation, "not_found")


@pytest.mark.parametrize("operation", WITH_IDS_INSIDE, ids=str)
async def test_ids_of_another_tenant_inside_a_body_are_refused(
    operation: Operation, world: World, elsewhere: World, admin: asyncpg.Connection
) -> None:
    bodies = bodies_by_field(operation, world.ids_for(operation.id))
    foreign = elsewhere.ids_for(operation.id)
    async with unchanged(admin, world.centre), unchanged(admin, elsewhere.centre):
        for field in operation.id_fields:
            if (operation.id, field) in UNUSED:
                continue
            refused = await send_body(world, operation, put(bodies[field], field, foreign[own_name(field)]))
            assert refused.status_code in (404, 422), (field, refused.text)
            # It is this id that is refused, and nothing else.
            assert foreign[own_name(field)] in refused.text or last_name(field) in refused.text, (field, refused.text)
    for field, body in bodies.items():
        if field == operation.id_fields[0] or (operation.id, field) in INSTEAD:
            answer = await send_body(world, operation, body)
            assert answer.status_code not in (404, 412, 422), (field, answer.text)


async def send_body(world: World, operation: Operation, body: Any) -> httpx.Response:
    client, url = world.client(operation), world.url(operation)
    headers = {"If-Match": (await client.get(url)).headers["ETag"]} if operation.needs_if_match else {}
    return await send(client, operation, url, json=body, headers=headers)


def bodies_by_field(operation: Operation, ids: dict[str, str]) -> dict[str, Any]:
    """For each of the fields that hold ids a body with an own id in it: one body for most of them."""
    usual = operation.body["json"]
    for field in operation.id_fields:
        if (operation.id, field) not in INSTEAD:
            usual = put(usual, field, ids[own_name(field)])
    return {
        field: put(usual | INSTEAD.get((operation.id, field), {}), field, ids[own_name(field)])
        for field in operation.id_fields
    }


def own_name(field: str) -> str:
    """The name of one id: `project_id` for `project_ids`, `segment_id` for `answers.segment_id`."""
    return last_name(field).removesuffix("s")


def last_name(field: str) -> str:
    return field.rpartition(".")[2]


def put(body: dict[str, Any], field: str, value: str) -> dict[str, Any]:
    """A body with an id in a field, in a list of them, or in that field of an object or of the first of several."""
    changed = deepcopy(body)
    outer, _, inner = field.rpartition(".")
    holder = changed.setdefault(outer, {}) if outer else changed
    (holder[0] if isinstance(holder, list) else holder)[inner] = [value] if inner.endswith("s") else value
    return changed


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
    own = await client.get(url, params={name: world.ids_for(operation.id)[name]})
    assert own.status_code == 200
    foreign = await client.get(url, params={name: elsewhere.ids_for(operation.id)[name]})
    if foreign.status_code != 404:
        assert own.json()["items"]
        assert foreign.json()["items"] == []
