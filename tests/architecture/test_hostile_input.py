"""Bad input is refused, whatever it is: every field and parameter of the contract with values that break programs."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from tests.contract import JSON, Operation, operations
from tests.tenancy.building import World, make_world

DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
# Sent as Python writes them: NaN and Infinity as such, half a surrogate pair as an escape.
HOSTILE: dict[str, Any] = {
    "null": None,
    "NUL": "a\x00b",
    "half a pair": "\ud800",
    "blank": " ",
    "long text": "x" * 30_000,
    "above int4": 2**31,
    "below int8": -(2**63) - 1,
    "googol": 10**100,
    "huge": 1e308,
    "NaN": float("nan"),
    "many digits": 0.1234567890123456789,
    "last day": "9999-12-31",
    "first day": "0001-01-01",
    "before the years that are kept": "1969-12-31T23:59:59.999999Z",
    "after the years that are kept": "2200-01-01T00:00:00Z",
    "before the first moment": "0001-01-01T00:00:00+14:00",
    "after the last moment": "9999-12-31T23:59:59.999999-14:00",
    "list of null": [None],
    "object": {},
    "deep": DEEP,
}
# In an address everything is text.
HOSTILE_TEXT = (
    "",
    "a\x00b",
    "x" * 30_000,
    "9223372036854775808",
    "1e400",
    "NaN",
    "\u0661",
    "-1",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01",
    "1970-01-01",
    "1970-01-02T00:00:00Z",
    "2199-12-31T23:59:59-14:00",
)
UNREADABLE = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'"\xff"',
    "two values": b"{} {}",
    "a bottomless list": b"[" * 100_000,
    "an endless number": b"1" * 5_000,
    "a tiny exponent": b"1e-99999999999999999999",
}

WITH_BODY = [operation for operation in operations() if JSON in operation.content]
WITH_PARAMETERS = [operation for operation in operations() if operation.spec.get("parameters")]


@pytest.fixture(scope="module")
async def world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_world(app, context) as made:
        yield made


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_hostile_value_in_a_body_is_an_answer_of_the_contract(operation: Operation, world: World) -> None:
    for place, body in _spoilt(operation):
        await _send(operation, world, place, content=json.dumps(world.known(operation.id, body)).encode())


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_an_unreadable_body_is_a_fault(operation: Operation, world: World) -> None:
    for name, content in UNREADABLE.items():
        expected = 422 if content or operation.needs_body else 200
        assert (await _send(operation, world, name, content=content)).status_code == expected, name


@pytest.mark.parametrize("operation", WITH_PARAMETERS, ids=str)
async def test_a_hostile_parameter_is_an_answer_of_the_contract(operation: Operation, world: World) -> None:
    for parameter in operation.spec["parameters"]:
        name, where = parameter["name"], parameter["in"]
        for value in HOSTILE_TEXT:
            await _send(operation, world, f"{name}: {value}", parameters={where: {name: value}})


async def _send(
    operation: Operation,
    world: World,
    what: str,
    *,
    content: bytes = b"{}",
    parameters: Mapping[str, dict[str, str]] = MappingProxyType({}),
) -> httpx.Response:
    """The answer, which is a documented one."""
    client = world.client(operation)
    headers = {"Content-Type": JSON}
    if operation.needs_if_match:
        headers["If-Match"] = (await client.get(world.url(operation))).headers["ETag"]
    headers |= parameters.get("header", {})
    in_path = {name: quote(value, safe="") for name, value in parameters.get("path", {}).items()}
    answer = await client.request(
        operation.method,
        world.url(operation, **in_path),
        params=parameters.get("query"),
        headers={name.encode(): value.encode() for name, value in headers.items()},
        content=content,
    )
    assert operation.documents(answer), (what, answer.text)
    return answer


def _spoilt(operation: Operation) -> Iterator[tuple[str, Any]]:
    """The documented example with each of its fields, at any depth, replaced by each of the values."""
    body = operation.body["json"]
    for path in _paths(body):
        for name, value in HOSTILE.items():
            yield f"{path}: {name}", _replaced(body, path, value)


def _paths(value: Any) -> Iterator[tuple[str | int, ...]]:
    yield ()
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield from ((key, *path) for path in _paths(part))


def _replaced(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    copy = deepcopy(body)
    *outer, last = path
    target = copy
    for key in outer:
        target = target[key]
    target[last] = value
    return copy
