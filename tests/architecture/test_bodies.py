"""One reader for every body: what it accepts and what it refuses is the same on every route of the contract."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from tests.calls.factories import call_body
from tests.contract import JSON, Operation, operations
from tests.people import Centre
from tests.tenancy.building import World, make_world

NDJSON = "application/x-ndjson"
WITH_BODY = [operation for operation in operations() if JSON in operation.content]
BOM = b"\xef\xbb\xbf"


@pytest.fixture(scope="module")
async def world(app: FastAPI, context: AppContext) -> AsyncIterator[World]:
    async with make_world(app, context) as made:
        yield made


async def send(operation: Operation, world: World, content: bytes, **headers: str) -> httpx.Response:
    client = world.client(operation)
    if operation.needs_if_match:
        headers["If-Match"] = (await client.get(world.url(operation))).headers["ETag"]
    answer = await client.request(
        operation.method, world.url(operation), content=content, headers={"Content-Type": JSON} | headers
    )
    assert operation.documents(answer), answer.text
    return answer


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_text_that_is_not_utf_8_json_is_refused_in_words(operation: Operation, world: World) -> None:
    text = json.dumps(world.known(operation.id, operation.body["json"]))
    in_cyrillic = text.replace("{", '{"ключ": 1, ', 1).encode("cp1251")
    refusals = [(text.encode(encoding), "UTF-16 or UTF-32") for encoding in ("utf-16", "utf-16-be", "utf-32-le")]
    for content, reason in [*refusals, (in_cyrillic, "Windows-1251"), (b'{"x": ', "not JSON")]:
        refused = await send(operation, world, content)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "")
        assert reason in refused.json()["detail"]


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_other_encodings_are_an_unsupported_media_type(operation: Operation, world: World) -> None:
    for headers, reason in (
        ({"Content-Type": "application/json; charset=windows-1251"}, "windows-1251"),
        ({"Content-Encoding": "br"}, "gzip"),
        ({"Content-Encoding": "gzip, gzip"}, "gzip"),
    ):
        refused = await send(operation, world, b"{}", **headers)
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")
        assert reason in refused.json()["detail"]


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_what_is_not_whole_gzip_is_refused(operation: Operation, world: World) -> None:
    for content in (b"{}", gzip.compress(b"{}")[:-4], zlib.compress(b"{}"), *([b""] if operation.needs_body else [])):
        assert (await send(operation, world, content, **{"Content-Encoding": "gzip"})).status_code == 422


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_gzip_body_may_not_grow_beyond_the_limit(operation: Operation, world: World) -> None:
    bomb = gzip.compress(b" " * (17 * 2**20), 9)
    refused = await send(operation, world, bomb, **{"Content-Encoding": "gzip"})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
async def test_a_byte_order_mark_and_gzip_change_nothing(operation: Operation, world: World) -> None:
    # A field that does not exist: the body is read to its end, and nothing is done.
    rows = operation.body["json"]
    body = [{"surprise": 1}] if isinstance(rows, list) else {"surprise": 1}
    content = json.dumps(body).encode()
    plain = await send(operation, world, content)
    assert plain.status_code == (200 if isinstance(rows, list) else 422)
    marked = await send(operation, world, BOM + content)
    packed = await send(operation, world, gzip.compress(content), **{"Content-Encoding": "gzip"})
    assert marked.text == packed.text == plain.text


ATTRIBUTES = [
    ('{"account": 40817810099910004312}', True),
    ('{"id": 18446744073709551615, "ratio": 0.1, "power": 1e20}', True),
    ('{"account": 1000000000000000000000000000000}', False),
    ('{"ratio": 3.33333333333333333333}', False),
    ('{"ratio": NaN}', False),
    ('{"ratio": -Infinity}', False),
    ('{"ratio": 1e400}', False),
    ('{"deep": ' + "[" * 101 + "]" * 101 + "}", False),
]


@pytest.mark.parametrize(("attributes", "kept"), ATTRIBUTES)
async def test_numbers_are_kept_exactly_or_refused_alike_on_every_route(
    centre: Centre, attributes: str, kept: bool
) -> None:
    results = [await push(centre, attributes) for push in (push_one, push_array, push_line)]
    if kept:
        wanted = json.loads(attributes)
        for call_id in results:
            answer = await centre.verifier.get(f"/v1/calls/{call_id}")
            assert json.loads(answer.text)["attributes"] == wanted
    else:
        assert results[0] == results[1] == results[2]
        assert [error["pointer"] for error in results[0]] == ["/attributes"]


def call_text(centre: Centre, attributes: str) -> str:
    return json.dumps(call_body(centre.project_id, attributes="here")).replace('"here"', attributes)


async def push_one(centre: Centre, attributes: str) -> Any:
    answer = await centre.admin.post("/v1/calls", content=call_text(centre, attributes), headers={"Content-Type": JSON})
    return answer.json()["id"] if answer.status_code == 201 else answer.json()["errors"]


async def push_array(centre: Centre, attributes: str) -> Any:
    return await push_batch(centre, f"[{call_text(centre, attributes)}]", JSON)


async def push_line(centre: Centre, attributes: str) -> Any:
    return await push_batch(centre, call_text(centre, attributes), NDJSON)


async def push_batch(centre: Centre, content: str, media_type: str) -> Any:
    answer = await centre.admin.post("/v1/calls/batch", content=content, headers={"Content-Type": media_type})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["results"]
    return row["id"] if "id" in row else row["errors"]


async def test_lines_after_a_byte_order_mark_are_all_read(centre: Centre) -> None:
    rows = [call_body(centre.project_id) for _ in range(2)]
    content = BOM + "\r\n".join(json.dumps(row) for row in rows).encode()
    for sent, headers in ((content, {}), (gzip.compress(content), {"Content-Encoding": "gzip"})):
        answer = await centre.admin.post("/v1/calls/batch", content=sent, headers={"Content-Type": NDJSON} | headers)
        assert answer.json()["accepted"] == 2


async def test_a_line_in_another_encoding_costs_no_other(centre: Centre) -> None:
    bad, good = call_body(centre.project_id, source="банк"), call_body(centre.project_id)
    content = json.dumps(bad, ensure_ascii=False).encode("cp1251") + b"\n" + json.dumps(good).encode()
    answer = await centre.admin.post("/v1/calls/batch", content=content, headers={"Content-Type": NDJSON})
    refused, kept = answer.json()["results"]
    assert (refused["status"], kept["status"]) == ("rejected", "created")
    assert "UTF-8" in refused["errors"][0]["detail"]


async def test_a_recording_is_not_decompressed(centre: Centre) -> None:
    call = (await centre.admin.post("/v1/calls", json=call_body(centre.project_id))).json()
    headers = {"Content-Encoding": "gzip"}
    refused = await centre.admin.put(f"/v1/calls/{call['id']}/recording", content=b"...", headers=headers)
    assert (refused.status_code, "without" in refused.json()["detail"]) == (415, True)
