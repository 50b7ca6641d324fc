"""Agents: the people who answer calls. The company's other systems know them by an external id."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.errors import AgentExists, UserLinked
from app.identity.events import AgentChanged, AgentCreated
from app.identity.models import AgentModel
from app.identity.types import Agent, AgentFilter, Principal, Role
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.database.records import insert_record, map_integrity_errors, update_record
from app.platform.errors import FieldError, Forbidden, Invalid, require_found, require_version
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

# A link decides which evaluations a user reads and scores. An integration that pushes calls does not decide that.
_MAY_LINK = "admin:write"


async def create_agent(session: Session, **fields: Any) -> Agent:
    agent = Agent(new_id(), **fields)
    await repository.lock_external_id(session, agent.external_id)
    return await _insert(session, agent)


async def get_agent(session: Session, agent_id: UUID) -> Agent:
    return require_found(await repository.agent_by_id(session, agent_id), "agent", agent_id)


async def list_agents(session: Session, page: PageRequest, wanted: AgentFilter) -> Page[Agent]:
    return await repository.list_agents(session, page, wanted, today=clock.now().date())


async def change_agent(session: Session, agent_id: UUID, version: int, changes: dict[str, Any]) -> Agent:
    before = await get_agent(session, agent_id)
    require_version(before.version, version, "agent")
    return await _change(session, before, changes)


async def put_agent(
    session: Session, principal: Principal, external_id: str, changes: dict[str, Any]
) -> tuple[Agent, bool]:
    """The agent with that external id and the given fields, and whether it is new. Other fields stay."""
    before = await repository.lock_agent(session, external_id)
    if before is None:
        # Of several requests for the same new agent the first one inserts it, and the others then find it.
        await repository.lock_external_id(session, external_id)
        before = await repository.lock_agent(session, external_id)
    _check_links(principal, before, changes)
    if before is None:
        return await _insert(session, Agent(new_id(), external_id, **changes)), True
    return await _change(session, before, changes), False


def _check_links(principal: Principal, before: Agent | None, changes: dict[str, Any]) -> None:
    for field in ("user_id", "supervisor_id"):
        linked_to = getattr(before, field, None)
        if changes.get(field, linked_to) != linked_to and not principal.may(_MAY_LINK):
            raise Forbidden(f"changing {field} of an agent needs the permission {_MAY_LINK}")


async def _insert(session: Session, wanted: Agent) -> Agent:
    await _check(session, wanted)
    agent = _normalized(wanted)
    with _unique_agent(agent):
        await insert_record(session, AgentModel, agent)
    if agent.project_ids:
        await repository.set_projects(session, agent.id, agent.project_ids)
    await events.record(session, AgentCreated(subject_id=agent.id, after=agent))
    return agent


async def _change(session: Session, before: Agent, changes: dict[str, Any]) -> Agent:
    wanted = replace(before, **changes)
    if _normalized(wanted) == before:
        return before
    await _check(session, wanted)
    after = replace(_normalized(wanted), version=before.version + 1)
    with _unique_agent(after):
        await update_record(session, AgentModel, after, expected=before.version)
    if after.project_ids != before.project_ids:
        await repository.set_projects(session, after.id, after.project_ids)
    await events.record(session, AgentChanged(subject_id=after.id, before=before, after=after))
    return after


def _normalized(agent: Agent) -> Agent:
    """The agent with its projects as a set: in the order of their ids, each once."""
    return replace(agent, project_ids=tuple(sorted(set(agent.project_ids))))


def _unique_agent(agent: Agent) -> AbstractContextManager[None]:
    return map_integrity_errors(
        uq_agents_tenant_id_external_id=AgentExists(f"there is already an agent {agent.external_id!r}"),
        uq_agents_tenant_id_user_id=UserLinked(f"the user {agent.user_id} is linked to another agent"),
    )


async def _check(session: Session, agent: Agent) -> None:
    references = await repository.references_of_agent(session, agent)
    errors = tuple(_field_errors(agent, references))
    if errors:
        raise Invalid("; ".join(error.detail for error in errors), field_errors=errors)


def _field_errors(agent: Agent, found: Row) -> Iterator[FieldError]:
    if agent.hired_on and agent.left_on and agent.left_on < agent.hired_on:
        yield FieldError("/left_on", "must not be before hired_on")
    if agent.team_id and not found.team:
        yield FieldError("/team_id", f"there is no team {agent.team_id}")
    if agent.supervisor_id and not found.supervisor:
        yield FieldError("/supervisor_id", f"there is no user {agent.supervisor_id}")
    if agent.user_id and found.user_role != Role.AGENT:
        what = f"this user is a {found.user_role}" if found.user_role else f"there is no user {agent.user_id}"
        yield FieldError("/user_id", f"an agent is linked to a user with the role agent; {what}")
    for index, project_id in enumerate(agent.project_ids):
        if project_id not in found.projects:
            yield FieldError(f"/project_ids/{index}", f"there is no project {project_id}")
