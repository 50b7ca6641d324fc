"""A tenant to test with: its people, and an HTTP client for each of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from fastapi import FastAPI
from sqlalchemy import insert

from app import events
from app.api.context import AppContext
from app.identity import invite_guest
from app.identity.events import TenantCreated, TenantDocument
from app.identity.models import AgentModel, AgentProjectModel, ProjectModel, TeamModel, UserModel
from app.identity.secrets import make_token
from app.identity.types import Role
from app.platform import clock
from app.platform.actor import Actor
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.database.session import act_as
from app.platform.ids import new_id
from app.platform.models import TenantModel
from tests.queries import run


@dataclass(frozen=True, kw_only=True)
class DirectorySeeded(events.DomainEvent):
    """A test inserted a project, a team and agents."""

    name = "directory.seeded"
    subject_type = "project"


@dataclass(frozen=True)
class Centre:
    """One tenant. `admin`, `leader`, `verifier`, `second_verifier` and `agent_user` are clients signed in as such.

    `guest` is a client with the link of a guest who is invited to nothing that exists.
    """

    tenant_id: UUID
    user_ids: dict[str, UUID]
    project_id: UUID
    team_id: UUID
    agent_ids: tuple[UUID, ...]
    admin: httpx.AsyncClient
    leader: httpx.AsyncClient
    verifier: httpx.AsyncClient
    second_verifier: httpx.AsyncClient
    agent_user: httpx.AsyncClient
    guest: httpx.AsyncClient

    def client(self, role: str) -> httpx.AsyncClient:
        clients = {
            "admin": self.admin,
            "leader": self.leader,
            "verifier": self.verifier,
            "second_verifier": self.second_verifier,
            "agent": self.agent_user,
            "client": self.guest,
        }
        return clients[role]


PEOPLE = {
    "admin": Role.ADMIN,
    "leader": Role.LEADER,
    "verifier": Role.VERIFIER,
    "second_verifier": Role.VERIFIER,
    "agent": Role.AGENT,
}
# The external ids of the two agents; the first one has an account.
AGENTS = ("a-1", "a-2")


@asynccontextmanager
async def make_centre(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    tenant_id, project_id, team_id = new_id(), new_id(), new_id()
    slug = f"t-{tenant_id.hex}"
    user_ids = {name: new_id() for name in PEOPLE}
    agent_ids = (new_id(), new_id())
    async with context.database.begin(System(SystemUse.CREATE_TENANT)) as session:
        act_as(session, Actor("system", None))
        await run(session, insert(TenantModel).values(id=tenant_id, slug=slug, name="Test"))
        await run(session, insert(UserModel).values(_users(tenant_id, user_ids)))
        created = TenantCreated(subject_id=tenant_id, after=TenantDocument(slug, "Test", user_ids["admin"]))
        await events.record(session, created, tenant_id=tenant_id)
    await _directory(context, tenant_id, project_id, team_id, user_ids, agent_ids)
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(client_as(app, context, tenant_id, user_id))
            for name, user_id in user_ids.items()
        }
        yield Centre(
            tenant_id=tenant_id,
            user_ids=user_ids,
            project_id=project_id,
            team_id=team_id,
            agent_ids=agent_ids,
            admin=clients["admin"],
            leader=clients["leader"],
            verifier=clients["verifier"],
            second_verifier=clients["second_verifier"],
            agent_user=clients["agent"],
            guest=await stack.enter_async_context(bearer_client(app, await invited(context, tenant_id, new_id()))),
        )


def _users(tenant_id: UUID, user_ids: dict[str, UUID]) -> list[dict[str, object]]:
    return [
        {
            "tenant_id": tenant_id,
            "id": user_id,
            "email": f"{name}@example.com",
            "full_name": name.replace("_", " ").title(),
            "role": PEOPLE[name],
        }
        for name, user_id in user_ids.items()
    ]


async def _directory(
    context: AppContext,
    tenant_id: UUID,
    project_id: UUID,
    team_id: UUID,
    user_ids: dict[str, UUID],
    agent_ids: tuple[UUID, UUID],
) -> None:
    tenant = {"tenant_id": tenant_id}
    async with context.database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("system", None))
        project = {"id": project_id, "name": "Cards", "timezone": "Europe/Moscow", "language": "en"}
        await run(session, insert(ProjectModel).values(**tenant, **project))
        team = {"id": team_id, "name": "Team A", "leader_id": user_ids["leader"]}
        await run(session, insert(TeamModel).values(**tenant, **team))
        for agent_id, external_id, user_id in zip(agent_ids, AGENTS, (user_ids["agent"], None), strict=True):
            agent = {"id": agent_id, "external_id": external_id, "full_name": f"Agent {external_id}"}
            await run(session, insert(AgentModel).values(**tenant, **agent, team_id=team_id, user_id=user_id))
            await run(session, insert(AgentProjectModel).values(**tenant, agent_id=agent_id, project_id=project_id))
        await events.record(session, DirectorySeeded(subject_id=project_id))


@asynccontextmanager
async def client_as(
    app: FastAPI, context: AppContext, tenant_id: UUID, user_id: UUID
) -> AsyncIterator[httpx.AsyncClient]:
    token = make_token(tenant_id, user_id, key=context.settings.signing_key, lifetime=timedelta(hours=1))
    async with bearer_client(app, token) as client:
        yield client


async def invited(context: AppContext, tenant_id: UUID, invited_to: UUID) -> str:
    """The token of a new guest."""
    async with context.database.begin(Tenant(tenant_id)) as session:
        act_as(session, Actor("system", None))
        _, token = await invite_guest(
            session,
            invited_to=invited_to,
            name="Cleo Client",
            email="cleo@client.example",
            timezone=None,
            expires_at=clock.now() + timedelta(hours=1),
            key=context.settings.signing_key,
        )
        return token


@asynccontextmanager
async def bearer_client(app: FastAPI, token: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://qmt.test", headers=headers) as client:
        yield client
