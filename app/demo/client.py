"""Calls the service's own API in this process: the demo is made by the same requests that a customer sends."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from app.identity import make_token
from app.platform.settings import Settings

_TOKEN_LIFETIME = timedelta(hours=2)


@dataclass(frozen=True)
class Api:
    """Requests on behalf of users. A refused request ends the seeding with the answer of the service."""

    http: httpx.AsyncClient
    settings: Settings
    tenant_id: UUID
    # By user. Made at the real time: while the clock of the demo stands in the past, a new token would be expired.
    tokens: dict[str, str]

    def sign(self, user_id: str) -> None:
        self.tokens[user_id] = make_token(
            self.tenant_id, UUID(user_id), key=self.settings.signing_key, lifetime=_TOKEN_LIFETIME
        )

    async def call(self, user_id: str, method: str, path: str, **content: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[user_id]}"}
        answer = await self.http.request(method, f"/v1{path}", headers=headers, **content)
        if not answer.is_success:
            raise RuntimeError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    async def post(self, user_id: str, path: str, body: Any) -> Any:
        return await self.call(user_id, "POST", path, json=body)

    async def pages(self, user_id: str, path: str, **params: Any) -> list[Any]:
        """Every item of a list."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.call(user_id, "GET", path, params=params | ({"cursor": cursor} if cursor else {}))
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items


@asynccontextmanager
async def in_process(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://qmt.demo", timeout=120) as http,
    ):
        yield http
