"""Signing in, and the limit of attempts."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from app import main
from app.identity import create_tenant
from app.platform.database import Database
from app.platform.database.scope import System, SystemUse
from app.platform.settings import Settings
from tests.conftest import client_of
from tests.identity.factories import (
    PASSWORD,
    ask_token,
    bearer,
    fresh_email,
    journal,
    patch,
    pointers,
    post_user,
    problem,
)
from tests.people import Centre
from tests.queries import QueryRecorder

WRONG = "a wrong password"
ATTEMPTS = 2


@pytest.fixture
async def email(centre: Centre) -> str:
    """The name of a verifier who can sign in."""
    return str((await post_user(centre.admin)).json()["email"])


@pytest.fixture
async def instances(settings: Settings) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    """Clients of two more instances on the same database, where two attempts may fail."""
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(2):
            application = main.create(settings.model_copy(update={"sign_in_attempts": ATTEMPTS}))
            await stack.enter_async_context(application.router.lifespan_context(application))
            clients.append(await stack.enter_async_context(client_of(application)))
        yield clients[0], clients[1]


@pytest.fixture
def strict(instances: tuple[httpx.AsyncClient, httpx.AsyncClient]) -> httpx.AsyncClient:
    return instances[0]


async def use_up(client: httpx.AsyncClient, email: str) -> None:
    for _ in range(ATTEMPTS):
        assert problem(await ask_token(client, email, WRONG)) == (401, "sign_in_refused")


async def test_the_right_password_gives_a_token_that_works(
    app: FastAPI, centre: Centre, stranger: httpx.AsyncClient, database: Database, email: str
) -> None:
    answer = await ask_token(stranger, f" {email.upper()} ")
    assert answer.status_code == 200
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 3600)
    async with bearer(app, answer.json()["access_token"]) as client:
        me = (await client.get("/v1/me")).json()
    assert (me["name"], me["role"], me["tenant_id"]) == ("Vera Quill", "verifier", str(centre.tenant_id))
    signed_in = (await journal(database, centre, me["id"]))[-1]
    assert (signed_in.type, str(signed_in.actor.id)) == ("user.signed_in", me["id"])


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(
    stranger: httpx.AsyncClient, email: str
) -> None:
    wrong, unknown = await ask_token(stranger, email, WRONG), await ask_token(stranger, fresh_email())
    assert problem(wrong) == problem(unknown) == (401, "sign_in_refused")
    assert wrong.json() == unknown.json()
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


async def test_a_wrong_password_and_an_unknown_name_cost_the_same_work(
    stranger: httpx.AsyncClient, queries: QueryRecorder, email: str
) -> None:
    async def cost_of(name: str) -> tuple[list[str], float]:
        queries.clear()
        started = time.process_time()
        assert (await ask_token(stranger, name, WRONG)).status_code == 401
        return list(queries.statements), time.process_time() - started

    known = [await cost_of(email) for _ in range(3)]
    unknown = [await cost_of(fresh_email()) for _ in range(3)]
    assert known[0][0] == unknown[0][0]
    # Nearly all of it is the password's hash, of which each takes one.
    assert 0.5 < min(cost for _, cost in unknown) / min(cost for _, cost in known) < 2


async def test_a_user_without_a_password_cannot_sign_in(centre: Centre, stranger: httpx.AsyncClient) -> None:
    slug = f"t-{centre.tenant_id.hex}"
    for password in ("there is no such user", "None", WRONG):
        assert problem(await ask_token(stranger, "admin@example.com", password, slug)) == (401, "sign_in_refused")


async def test_an_inactive_user_cannot_sign_in(centre: Centre, stranger: httpx.AsyncClient) -> None:
    user = (await post_user(centre.admin)).json()
    await patch(centre.admin, f"/v1/users/{user['id']}", active=False)
    assert problem(await ask_token(stranger, user["email"])) == (401, "sign_in_refused")


async def test_no_transaction_is_open_while_the_password_is_checked(
    stranger: httpx.AsyncClient, database: Database, email: str
) -> None:
    signing_in = asyncio.create_task(ask_token(stranger, email))
    connections = []
    while not signing_in.done():
        connections.append(database.connections()["in_use"])
        await asyncio.sleep(0.001)
    assert signing_in.result().status_code == 200
    # Most of the time goes into the hash.
    assert connections.count(0) > len(connections) / 2


async def test_failed_attempts_are_counted_across_instances(
    instances: tuple[httpx.AsyncClient, httpx.AsyncClient], settings: Settings, email: str
) -> None:
    for client in instances:
        assert problem(await ask_token(client, email, WRONG)) == (401, "sign_in_refused")
    for client in instances:
        paused = await ask_token(client, email)
        assert problem(paused) == (429, "too_many_requests")
        assert 1 <= int(paused.headers["Retry-After"]) <= settings.sign_in_window_s + 1


async def test_guesses_sent_at_once_get_no_further_than_guesses_sent_one_by_one(
    strict: httpx.AsyncClient, email: str
) -> None:
    answers = await asyncio.gather(*(ask_token(strict, email, WRONG) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * ATTEMPTS + [429] * (12 - ATTEMPTS)


async def test_an_unknown_name_is_paused_like_a_known_one(strict: httpx.AsyncClient) -> None:
    name = fresh_email()
    await use_up(strict, name)
    assert (await ask_token(strict, name, WRONG)).status_code == 429


async def test_other_names_and_tokens_in_hand_go_on_while_a_name_is_paused(
    app: FastAPI, strict: httpx.AsyncClient, centre: Centre, email: str
) -> None:
    token = (await ask_token(strict, email)).json()["access_token"]
    other = (await post_user(centre.admin)).json()["email"]
    await use_up(strict, email)
    assert (await ask_token(strict, email)).status_code == 429
    assert (await ask_token(strict, email, tenant_slug=f"t-{centre.tenant_id.hex}")).status_code == 429
    assert (await ask_token(strict, other)).status_code == 200
    async with bearer(app, token) as client:
        assert (await client.get("/v1/me")).status_code == 200


async def test_a_pause_ends_with_its_window_whatever_is_tried_meanwhile(
    strict: httpx.AsyncClient, settings: Settings, database: Database, email: str
) -> None:
    await use_up(strict, email)
    for _ in range(3):
        assert (await ask_token(strict, email, WRONG)).status_code == 429
    async with database.begin(System(SystemUse.SIGN_IN)) as session:
        age = "UPDATE sign_in_failures SET window_started_at = window_started_at - make_interval(secs => :secs)"
        await session.execute(age, secs=float(settings.sign_in_window_s))
    await use_up(strict, email)
    assert (await ask_token(strict, email)).status_code == 429


async def test_a_success_starts_the_count_anew(strict: httpx.AsyncClient, email: str) -> None:
    for _ in range(ATTEMPTS + 1):
        assert (await ask_token(strict, email, WRONG)).status_code == 401
        assert (await ask_token(strict, email)).status_code == 200


async def tenant(database: Database, email: str, password: str) -> tuple[str, str]:
    """A tenant whose administrator has that name and password: its slug and its id."""
    slug = f"s-{uuid4().hex}"
    async with database.begin(System(SystemUse.CREATE_TENANT)) as session:
        made = await create_tenant(session, slug=slug, name="A", admin_email=email, admin_password=password)
    return slug, str(made.tenant_id)


async def tenant_signed_into(client: httpx.AsyncClient, answer: httpx.Response) -> str:
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return str((await client.get("/v1/me", headers=headers)).json()["tenant_id"])


async def test_one_name_in_two_tenants_is_told_apart_by_its_passwords(
    stranger: httpx.AsyncClient, database: Database
) -> None:
    email = fresh_email()
    tenants = {password: (await tenant(database, email, password))[1] for password in (PASSWORD, "another password")}
    for password, tenant_id in tenants.items():
        assert await tenant_signed_into(stranger, await ask_token(stranger, email, password)) == tenant_id


async def test_one_name_and_password_in_two_tenants_needs_the_tenants_slug(
    stranger: httpx.AsyncClient, database: Database
) -> None:
    email = fresh_email()
    tenants = [await tenant(database, email, PASSWORD) for _ in range(2)]
    ambiguous = await ask_token(stranger, email)
    assert problem(ambiguous) == (401, "sign_in_refused")
    assert "client_id" in ambiguous.json()["detail"]
    for slug, tenant_id in tenants:
        assert await tenant_signed_into(stranger, await ask_token(stranger, email, tenant_slug=slug)) == tenant_id
    assert (await ask_token(stranger, email, tenant_slug="no-such-tenant")).status_code == 401


@pytest.mark.parametrize(
    ("form", "places"),
    [
        ({}, {"username", "password"}),
        ({"username": "a@example.com"}, {"password"}),
        ({"username": "nul\x00@example.com", "password": WRONG}, {"username"}),
        ({"username": "a" * 321, "password": WRONG}, {"username"}),
        ({"username": "a@example.com", "password": "x" * 1001}, {"password"}),
        ({"username": "a@example.com", "password": WRONG, "client_id": "\x00"}, {"client_id"}),
    ],
)
async def test_a_malformed_form_is_refused_by_name(
    stranger: httpx.AsyncClient, form: dict[str, str], places: set[str]
) -> None:
    refused = await stranger.post("/v1/auth/token", data=form)
    assert {pointer.removeprefix("/") for pointer in pointers(refused)} == places


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"username=%ff%fe&password=%00", "application/x-www-form-urlencoded"),
        (b"username=%ed%a0%80@example.com&password=%ed%a0%80", "application/x-www-form-urlencoded"),
        (b'{"username": "a@example.com", "password": "x"}', "application/json"),
        (b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\na', "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"\x00\xff" * 100, "text/plain"),
        (b"username=a@example.com&password=x", "application/x-www-form-urlencoded; charset=nonsense"),
    ],
)
async def test_a_malformed_body_is_a_problem_of_the_client(
    stranger: httpx.AsyncClient, content: bytes, content_type: str
) -> None:
    refused = await stranger.post("/v1/auth/token", content=content, headers={"Content-Type": content_type})
    assert 400 <= refused.status_code < 500
    assert refused.headers["Content-Type"] == "application/problem+json"


async def test_an_account_of_the_same_name_elsewhere_does_not_wipe_out_the_traces_of_guessing(
    strict: httpx.AsyncClient, database: Database, email: str
) -> None:
    await tenant(database, email, "the guesser's own")
    for _ in range(ATTEMPTS):
        assert (await ask_token(strict, email, "the guesser's own")).status_code == 200
    # Each was an attempt on the other account as well, which is paused by now: its right password is not looked at.
    assert problem(await ask_token(strict, email)) == (401, "sign_in_refused")
