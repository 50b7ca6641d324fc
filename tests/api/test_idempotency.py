"""Requests with the same `Idempotency-Key` at the same time."""

import asyncio
import contextlib
from uuid import uuid4

import httpx

from app.platform import idempotency_store
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from tests.identity.factories import problem
from tests.people import Centre
from tests.queries import QueryRecorder

PROJECT = {"timezone": "UTC", "language": "en"}


def new_key() -> str:
    return str(uuid4())


async def post(centre: Centre, key: str, name: str = "Loans") -> httpx.Response:
    return await centre.admin.post("/v1/projects", json=PROJECT | {"name": name}, headers={"Idempotency-Key": key})


async def claim(session: Session, centre: Centre, key: str) -> bool:
    """What a request of the administrator with the key does first."""
    return await idempotency_store.claim(session, centre.user_ids["admin"], key, b"fingerprint")


async def test_a_key_in_use_is_refused_at_once_and_free_again_when_its_request_failed(
    centre: Centre, database: Database
) -> None:
    key = new_key()
    with contextlib.suppress(ConnectionAbortedError):
        async with database.begin(Tenant(centre.tenant_id)) as session:
            assert await claim(session, centre, key)
            refused = await asyncio.wait_for(post(centre, key), timeout=5)
            raise ConnectionAbortedError
    assert problem(refused) == (409, "idempotency_key_in_use")
    assert refused.headers["Retry-After"] == "1"
    assert (await post(centre, key)).status_code == 201


async def test_another_key_is_not_held_up(centre: Centre, database: Database) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await claim(session, centre, new_key())
        assert (await post(centre, new_key())).status_code == 201


async def test_the_same_key_of_another_principal_is_another_key(centre: Centre, database: Database) -> None:
    key = new_key()
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await idempotency_store.claim(session, centre.user_ids["leader"], key, b"fingerprint")
        assert (await post(centre, key)).status_code == 201


async def test_requests_at_once_do_the_work_once_and_those_refused_are_answered_when_sent_again(
    centre: Centre,
) -> None:
    key = new_key()
    at_once = await asyncio.gather(*(post(centre, key) for _ in range(8)))
    refused = [answer for answer in at_once if answer.status_code != 201]
    assert {problem(answer) for answer in refused} <= {(409, "idempotency_key_in_use")}
    again = [await post(centre, key) for _ in refused]
    answers = [answer for answer in [*at_once, *again] if answer.status_code == 201]
    assert len(answers) == 8
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


async def test_a_stored_answer_is_given_while_another_request_is_given_it(centre: Centre, database: Database) -> None:
    key = new_key()
    first = await post(centre, key)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert not await claim(session, centre, key)
        again = await post(centre, key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_key_costs_two_statements(centre: Centre, queries: QueryRecorder) -> None:
    assert (await centre.admin.post("/v1/projects", json=PROJECT | {"name": "Cards 2"})).status_code == 201
    without = len(queries)
    queries.clear()
    assert (await post(centre, new_key())).status_code == 201
    assert len(queries) == without + 2


async def test_the_contract_says_so_of_every_post_that_takes_a_key(stranger: httpx.AsyncClient) -> None:
    contract = (await stranger.get("/openapi.json")).json()
    posts = [path["post"] for path in contract["paths"].values() if "post" in path]
    taking = [one for one in posts if "x-permission" in one]
    assert taking
    for operation in taking:
        assert "Idempotency-Key" in {parameter["name"] for parameter in operation["parameters"]}
        assert "`idempotency_key_in_use`" in operation["responses"]["409"]["description"]
        assert "`idempotency_key_reused`" in operation["responses"]["422"]["description"]
