"""Agents: the people on the line, known to the company's other systems by an external id."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.errors import AgentExists, UserLinked
from app.identity.models import AgentModel
from app.identity.types import Agent, AgentFilter, Principal, Role
from app.platform import clock
from app.platform.database import Row, Session
from app.platform.database.records import insert_record, map_integrity_errors, read_as, update_record
from app.platform.errors import FieldError, Forbidden, Invalid, NotFound, StaleVersion
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest, page_of

# A link decides whose evaluations somebody reads, which a key for pushing calls has no say in.
_MAY_LINK = "admin:write"


async def create_agent(session: Session, **fields: Any) -> Agent:
    agent = Agent(new_id(), **fields)
    await repository.lock_external_id(session, agent.external_id)
    return await _insert(session, agent)


async def get_agent(session: Session, agent_id: UUID) -> Agent:
    row = await repository.agent_by_id(session, agent_id)
    if row is None:
        raise NotFound(f"there is no agent {agent_id}")
    return _agent(row)


async def list_agents(session: Session, page: PageRequest, wanted: AgentFilter) -> Page[Agent]:
    rows = await repository.agents(session, page, wanted, today=clock.now().date())
    return page_of([_agent(row) for row in rows], page, lambda agent: (agent.id,))


async def change_agent(session: Session, agent_id: UUID, version: int, changes: dict[str, Any]) -> Agent:
    before = await get_agent(session, agent_id)
    if before.version != version:
        raise StaleVersion(f"the agent is now at version {before.version}")
    return await _change(session, before, changes)


async def put_agent(
    session: Session, principal: Principal, external_id: str, changes: dict[str, Any]
) -> tuple[Agent, bool]:
    """The agent of that external id with the given fields, and whether it is new; what is not given stays."""
    row = await repository.agent_to_change(session, external_id)
    if row is None:
        # Of several who make it known at the same time the first one inserts, and the others then see it.
        await repository.lock_external_id(session, external_id)
        row = await repository.agent_to_change(session, external_id)
    if row is None:
        _check_link(principal, None, changes)
        return await _insert(session, Agent(new_id(), external_id, **changes)), True
    before = _agent(row)
    _check_link(principal, before, changes)
    return await _change(session, before, changes), False


def _check_link(principal: Principal, before: Agent | None, changes: dict[str, Any]) -> None:
    """Whose evaluations somebody reads, and who may not score whom, is not for an integration to decide."""
    for field in ("user_id", "supervisor_id"):
        linked_to = getattr(before, field, None)
        if changes.get(field, linked_to) != linked_to and not principal.may(_MAY_LINK):
            raise Forbidden(f"changing {field} of an agent needs the permission {_MAY_LINK}")


async def _insert(session: Session, wanted: Agent) -> Agent:
    await _check(session, wanted)
    agent = _tidy(wanted)
    with _explaining(agent):
        await insert_record(session, AgentModel, agent)
    if agent.project_ids:
        await repository.set_projects(session, agent.id, agent.project_ids)
    await events.record(session, "agent.created", subject=("agent", agent.id), after=asdict(agent))
    return agent


async def _change(session: Session, before: Agent, changes: dict[str, Any]) -> Agent:
    wanted = replace(before, **changes)
    if _tidy(wanted) == before:
        return before
    await _check(session, wanted)
    after = replace(_tidy(wanted), version=before.version + 1)
    with _explaining(after):
        await update_record(session, AgentModel, after, expected=before.version)
    if after.project_ids != before.project_ids:
        await repository.set_projects(session, after.id, after.project_ids)
    await events.record(
        session, "agent.changed", subject=("agent", after.id), before=asdict(before), after=asdict(after)
    )
    return after


def _tidy(agent: Agent) -> Agent:
    """The projects are a set: in one order, each once."""
    return replace(agent, project_ids=tuple(sorted(set(agent.project_ids))))


def _agent(row: Row) -> Agent:
    agent = read_as(Agent, row)
    return replace(agent, project_ids=tuple(agent.project_ids))


def _explaining(agent: Agent) -> AbstractContextManager[None]:
    return map_integrity_errors(
        uq_agents_tenant_id_external_id=AgentExists(f"there is already an agent {agent.external_id!r}"),
        uq_agents_tenant_id_user_id=UserLinked(f"the user {agent.user_id} is linked to another agent"),
    )


async def _check(session: Session, agent: Agent) -> None:
    known = await repository.agent_references(session, agent)
    faults = tuple(_faults(agent, known))
    if faults:
        raise Invalid("; ".join(fault.detail for fault in faults), field_errors=faults)


def _faults(agent: Agent, known: Row) -> Iterator[FieldError]:
    if agent.hired_on and agent.left_on and agent.left_on < agent.hired_on:
        yield FieldError("/left_on", "nobody leaves before being hired")
    if agent.team_id and not known.team:
        yield FieldError("/team_id", f"there is no team {agent.team_id}")
    if agent.supervisor_id and not known.supervisor:
        yield FieldError("/supervisor_id", f"there is no user {agent.supervisor_id}")
    if agent.user_id and known.user_role != Role.AGENT:
        what = f"this user is a {known.user_role}" if known.user_role else f"there is no user {agent.user_id}"
        yield FieldError("/user_id", f"an agent is linked to a user with the role agent; {what}")
    for index, project_id in enumerate(agent.project_ids):
        if project_id not in known.projects:
            yield FieldError(f"/project_ids/{index}", f"there is no project {project_id}")
