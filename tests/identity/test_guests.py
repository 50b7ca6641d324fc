"""Links of guests: valid, expired, revoked, replaced, of another tenant, guessed."""

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from app.identity import Guest, guest_token, invite_guest, renew_guest, revoke_guest
from app.identity.secrets import GUEST_PREFIX
from app.platform import clock
from app.platform.actor import Actor
from app.platform.database import Database, Session, Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from tests.identity.factories import journal, problem
from tests.people import Centre, bearer_client

HOUR = timedelta(hours=1)


@asynccontextmanager
async def at_work(database: Database, centre: Centre) -> AsyncIterator[Session]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        act_as(session, Actor("system", None))
        yield session


async def invite(context: AppContext, centre: Centre, lifetime: timedelta = HOUR) -> tuple[Guest, str]:
    async with at_work(context.database, centre) as session:
        return await invite_guest(
            session,
            invited_to=new_id(),
            name="Cleo Client",
            email="cleo@client.example",
            timezone="Europe/Berlin",
            expires_at=clock.now() + lifetime,
            key=context.settings.signing_key,
        )


async def answer_to(app: FastAPI, token: str) -> httpx.Response:
    async with bearer_client(app, token) as client:
        return await client.get("/v1/me")


async def test_a_guest_may_take_part_and_nothing_else(app: FastAPI, context: AppContext, centre: Centre) -> None:
    guest, token = await invite(context, centre)
    assert (await answer_to(app, token)).json() == {
        "kind": "guest",
        "id": str(guest.id),
        "user_id": None,
        "tenant_id": str(centre.tenant_id),
        "name": "Cleo Client",
        "role": "client",
        "permissions": ["self:read", "session:read", "session:write"],
    }


async def test_the_token_is_stored_nowhere(context: AppContext, centre: Centre) -> None:
    guest, token = await invite(context, centre)
    secret = base64.urlsafe_b64decode(token.removeprefix(GUEST_PREFIX) + "==")[32:]
    async with at_work(context.database, centre) as session:
        row = await session.fetch_one("SELECT guests::text AS text FROM guests WHERE id = :id", id=guest.id)
    events = await journal(context.database, centre, guest.id)
    assert secret.hex() not in row.text
    assert token not in str(events)
    assert [event.type for event in events] == ["guest.invited"]


async def test_a_mail_can_be_written_with_the_token_of_the_latest_link(context: AppContext, centre: Centre) -> None:
    guest, _ = await invite(context, centre)
    key = context.settings.signing_key
    async with at_work(context.database, centre) as session:
        _, renewed = await renew_guest(session, guest.id, expires_at=clock.now() + HOUR, key=key)
        assert await guest_token(session, guest.id, key=key) == renewed


async def test_a_renewed_link_replaces_the_one_before(app: FastAPI, context: AppContext, centre: Centre) -> None:
    guest, first = await invite(context, centre)
    async with at_work(context.database, centre) as session:
        expires_at = clock.now() + HOUR
        after, second = await renew_guest(session, guest.id, expires_at=expires_at, key=context.settings.signing_key)
    assert after.generation == 2
    assert problem(await answer_to(app, first)) == (401, "unauthenticated")
    assert (await answer_to(app, second)).status_code == 200


async def test_a_revoked_link_is_refused_until_it_is_renewed(app: FastAPI, context: AppContext, centre: Centre) -> None:
    guest, token = await invite(context, centre)
    async with at_work(context.database, centre) as session:
        revoked = await revoke_guest(session, guest.id)
        assert await revoke_guest(session, guest.id) == revoked
    refused = await answer_to(app, token)
    assert problem(refused) == (401, "unauthenticated")
    assert "revoked" in refused.json()["detail"]
    async with at_work(context.database, centre) as session:
        expires_at = clock.now() + HOUR
        _, renewed = await renew_guest(session, guest.id, expires_at=expires_at, key=context.settings.signing_key)
    assert (await answer_to(app, renewed)).status_code == 200
    types = [event.type for event in await journal(context.database, centre, guest.id)]
    assert types == ["guest.invited", "guest.link_revoked", "guest.link_renewed"]


async def test_an_expired_link_is_refused(app: FastAPI, context: AppContext, centre: Centre) -> None:
    _, token = await invite(context, centre, lifetime=-HOUR)
    refused = await answer_to(app, token)
    assert problem(refused) == (401, "unauthenticated")
    assert "expired" in refused.json()["detail"]


def raw(token: str) -> bytes:
    return base64.urlsafe_b64decode(token.removeprefix(GUEST_PREFIX) + "==")


def written(raw: bytes) -> str:
    return GUEST_PREFIX + base64.urlsafe_b64encode(raw).decode().rstrip("=")


async def test_a_guessed_secret_and_another_tenant_are_refused(
    app: FastAPI, context: AppContext, centre: Centre, other_centre: Centre
) -> None:
    _, token = await invite(context, centre)
    guessed = written(raw(token)[:32] + bytes(32))
    elsewhere = written(other_centre.tenant_id.bytes + raw(token)[16:])
    for forged in (guessed, elsewhere):
        assert problem(await answer_to(app, forged)) == (401, "unauthenticated")


@pytest.mark.parametrize("token", ["qmtg_", "qmtg_%%%", "qmtg_" + "A" * 40, "qmtg_" + "A" * 400])
async def test_what_is_no_link_is_refused(app: FastAPI, token: str) -> None:
    assert problem(await answer_to(app, token)) == (401, "unauthenticated")
