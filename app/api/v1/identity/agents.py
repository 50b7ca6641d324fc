"""Routes of agents."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Response

from app import identity
from app.api.deps import IfMatchDep, PageDep, PrincipalDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import Key, PageOf
from app.api.schemas.identity.agents import AgentIn, AgentOut, AgentPatch, AgentPut, ExternalId
from app.identity import AgentExists, AgentFilter, UserLinked
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion, invalid

router = private_router("/agents", "agents")


@router.post(
    "",
    operation_id="createAgent",
    status_code=201,
    responses=problem_responses(AgentExists, UserLinked),
    openapi_extra=requires_permission("admin:write"),
)
async def create_agent(body: AgentIn, session: SessionDep, response: Response) -> AgentOut:
    """Create an agent: a person who answers calls."""
    agent = await identity.create_agent(session, **body.model_dump())
    set_etag(response, agent.version)
    return AgentOut.model_validate(agent)


@router.get("", operation_id="listAgents", openapi_extra=requires_permission("directory:read"))
async def list_agents(
    *,
    session: SessionDep,
    page: PageDep,
    team_id: Annotated[UUID | None, Query(description="Only agents of this team.")] = None,
    project_id: Annotated[UUID | None, Query(description="Only agents who work on this project.")] = None,
    active: Annotated[bool | None, Query(description="Only those who have not left, or only those who have.")] = None,
    q: Annotated[Key | None, Query(description="A part of the name or of the external id.")] = None,
) -> PageOf[AgentOut]:
    """The agents of the tenant."""
    wanted = AgentFilter(team_id, project_id, active, q)
    found = (await identity.list_agents(session, page, wanted)).map(AgentOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.put(
    "/by-external-id/{external_id:path}",
    operation_id="putAgent",
    responses={
        200: {"description": "The agent was known."},
        201: {"description": "The agent is new.", "model": AgentOut},
        **problem_responses(UserLinked),
    },
    openapi_extra=requires_permission("calls:write"),
)
async def put_agent(
    external_id: Annotated[ExternalId, Path()],
    body: AgentPut,
    principal: PrincipalDep,
    session: SessionDep,
    response: Response,
) -> AgentOut:
    """Create or change the agent with that external id. An integration does this before it pushes calls.

    It needs `calls:write`, the scope of such an integration, and may be repeated: 201 for a new agent, 200 for a known
    one. Fields that are not given stay, so that nothing that people have added is lost. A link to a user (`user_id`,
    `supervisor_id`) decides who sees or scores whose evaluations; changing one needs `admin:write`.
    """
    changes = body.model_dump(exclude_unset=True)
    if changes.pop("external_id", external_id) != external_id:
        raise invalid("/external_id", "differs from the one in the address")
    agent, new = await identity.put_agent(session, principal, external_id, changes)
    response.status_code = 201 if new else 200
    set_etag(response, agent.version)
    return AgentOut.model_validate(agent)


@router.get(
    "/{agent_id}",
    operation_id="getAgent",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("directory:read"),
)
async def get_agent(agent_id: UUID, session: SessionDep, response: Response) -> AgentOut:
    """One agent."""
    agent = await identity.get_agent(session, agent_id)
    set_etag(response, agent.version)
    return AgentOut.model_validate(agent)


@router.patch(
    "/{agent_id}",
    operation_id="changeAgent",
    responses=problem_responses(NotFound, AgentExists, UserLinked, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("admin:write"),
)
async def change_agent(
    agent_id: UUID, body: AgentPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> AgentOut:
    """Change the given fields of an agent; the others stay."""
    agent = await identity.change_agent(session, agent_id, version, body.model_dump(exclude_unset=True))
    set_etag(response, agent.version)
    return AgentOut.model_validate(agent)
