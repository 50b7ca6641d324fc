"""Users, keys and clients for tests that need more than a centre has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from app import events
from app.events import RecordedEvent
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.pagination import PageRequest
from tests.people import Centre

PASSWORD = "a long enough password"


def fresh_email() -> str:
    return f"u-{uuid4().hex}@example.com"


async def post_user(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    user = {"email": fresh_email(), "full_name": "Vera Quill", "role": "verifier", "password": PASSWORD}
    return await client.post("/v1/users", json=user | changes)


async def post_agent(client: httpx.AsyncClient, **changes: object) -> httpx.Response:
    agent = {"external_id": f"x-{uuid4().hex}", "full_name": "Anna Bell"}
    return await client.post("/v1/agents", json=agent | changes)


async def post_key(client: httpx.AsyncClient, *scopes: str, **changes: object) -> httpx.Response:
    return await client.post("/v1/api-keys", json={"name": "CRM", "scopes": list(scopes)} | changes)


async def patch(client: httpx.AsyncClient, url: str, version: int = 1, **changes: Any) -> httpx.Response:
    return await client.patch(url, json=changes, headers={"If-Match": f'"{version}"'})


async def ask_token(
    client: httpx.AsyncClient, email: str, password: str = PASSWORD, tenant_slug: str | None = None
) -> httpx.Response:
    form = {"grant_type": "password", "username": email, "password": password}
    return await client.post("/v1/auth/token", data=form | ({"client_id": tenant_slug} if tenant_slug else {}))


@asynccontextmanager
async def bearer(app: FastAPI, credential: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that shows this credential."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {credential}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://qmt.test", headers=headers) as client:
        yield client


async def journal(database: Database, centre: Centre, subject_id: str | UUID) -> list[RecordedEvent]:
    """What the journal has about a subject, in order."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        page = await events.list_events(session, PageRequest(), event_type=None, subject_id=UUID(str(subject_id)))
    return page.items


def pointers(refused: httpx.Response) -> list[str]:
    assert refused.status_code == 422, refused.text
    return [error["pointer"] for error in refused.json()["errors"]]


def problem(refused: httpx.Response) -> tuple[int, str]:
    return refused.status_code, refused.json()["code"]
