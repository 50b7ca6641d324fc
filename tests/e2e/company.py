"""A company that uses a running service: created on the command line, used over HTTP."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from app.platform.settings import Settings
from tests.processes import environment, qmt

PASSWORD = "correct horse battery staple"

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """A user with a client that is signed in."""

    id: str
    http: httpx.AsyncClient


@dataclass(frozen=True)
class Company:
    base_url: str
    slug: str
    stack: AsyncExitStack

    async def client(self, token: str | None = None) -> httpx.AsyncClient:
        """A client with this token or key, or without credentials."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        client = httpx.AsyncClient(base_url=f"{self.base_url}/v1", headers=headers, timeout=60)
        return await self.stack.enter_async_context(client)

    async def sign_in(self, name: str) -> Person:
        """Sign in with name and password, through the OAuth 2 form."""
        stranger = await self.client()
        form = {"grant_type": "password", "username": self.email(name), "password": PASSWORD, "client_id": self.slug}
        token = json_of(await stranger.post("/auth/token", data=form))
        http = await self.client(token["access_token"])
        return Person(json_of(await http.get("/me"))["id"], http)

    async def add_user(self, admin: Person, name: str, role: str) -> Person:
        body = {"email": self.email(name), "full_name": name.title(), "role": role, "password": PASSWORD}
        json_of(await admin.http.post("/users", json=body), 201)
        return await self.sign_in(name)

    def email(self, name: str) -> str:
        return f"{name}@{self.slug}.example"


@asynccontextmanager
async def create_company(base_url: str, settings: Settings) -> AsyncIterator[Company]:
    """A new tenant with an administrator `admin`."""
    slug = f"c-{uuid4().hex[:12]}"
    async with AsyncExitStack() as stack:
        company = Company(base_url, slug, stack)
        command = ("tenant", "create", slug, "--name", "Harbor Mobile", "--admin-email", company.email("admin"))
        made = await asyncio.to_thread(qmt, *command, env=environment(settings, QMT_ADMIN_PASSWORD=PASSWORD))
        assert made.returncode == 0, made.stderr
        assert made.stdout.startswith(f"Tenant {slug} has id ")
        yield company


def json_of(answer: httpx.Response, status: int = 200) -> Json:
    """The body of an answer with the expected status."""
    assert answer.status_code == status, f"{answer.request.method} {answer.request.url}: {answer.text}"
    body: Json = answer.json()
    return body


async def list_all(http: httpx.AsyncClient, path: str, **params: Any) -> list[Json]:
    """All items of a list."""
    items: list[Json] = []
    cursor: dict[str, str] = {}
    while True:
        page = json_of(await http.get(path, params={"limit": 500, **params, **cursor}))
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


async def wait_until(look: Callable[[], Awaitable[T]], is_enough: Callable[[T], bool], within_s: float = 90) -> T:
    """Repeat the look until its result is enough; that result."""
    deadline = time.monotonic() + within_s
    while not is_enough(seen := await look()):
        assert time.monotonic() < deadline, f"still {seen}"
        await asyncio.sleep(0.05)
    return seen
