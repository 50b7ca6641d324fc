"""Tenants, which the operator of the service creates, and what each is divided into.

Teams are agents under one leader. Projects are lines of business, or outsourced customers.
"""

import re
from contextlib import AbstractContextManager
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.errors import ProjectNameTaken, TeamNameTaken, TenantExists
from app.identity.events import (
    ProjectChanged,
    ProjectCreated,
    TeamChanged,
    TeamCreated,
    TenantCreated,
    TenantDocument,
)
from app.identity.models import ProjectModel, TeamModel
from app.identity.secrets import hash_password
from app.identity.types import MAY_LEAD, MIN_PASSWORD_LENGTH, NewTenant, Project, Role, Team, User
from app.identity.users import canonical_email
from app.platform.actor import Actor
from app.platform.database import Session
from app.platform.database.records import (
    get_record,
    insert_record,
    map_integrity_errors,
    page_of_records,
    update_record,
)
from app.platform.database.session import act_as
from app.platform.errors import invalid, require_found, require_version
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


async def create_tenant(session: Session, *, slug: str, name: str, admin_email: str, admin_password: str) -> NewTenant:
    """A tenant with its first administrator. The session has the system scope."""
    if not _SLUG.fullmatch(slug):
        raise invalid("/slug", "a slug has 1 to 63 lower-case letters, digits and inner hyphens")
    if len(admin_password) < MIN_PASSWORD_LENGTH:
        raise invalid("/admin_password", f"a password has at least {MIN_PASSWORD_LENGTH} characters")
    act_as(session, Actor("system", None))
    tenant_id = new_id()
    admin = User(new_id(), canonical_email(admin_email), "Administrator", Role.ADMIN)
    with map_integrity_errors(uq_tenants_slug=TenantExists(f"there is already a tenant {slug!r}")):
        await repository.insert_tenant(session, tenant_id, slug, name)
    await repository.insert_user(session, tenant_id, admin, hash_password(admin_password))
    created = TenantCreated(subject_id=tenant_id, after=TenantDocument(slug, name, admin.id))
    await events.record(session, created, tenant_id=tenant_id)
    return NewTenant(tenant_id, admin.id)


async def tenant_slugs(session: Session) -> set[str]:
    """The slugs of all tenants. The session has the system scope."""
    return set(await repository.tenant_slugs(session))


async def create_team(session: Session, *, name: str, leader_id: UUID | None) -> Team:
    team = Team(new_id(), name, leader_id)
    await _check_leader(session, leader_id)
    with _unique_team(team):
        await insert_record(session, TeamModel, team)
    await events.record(session, TeamCreated(subject_id=team.id, after=team))
    return team


async def get_team(session: Session, team_id: UUID) -> Team:
    return require_found(await get_record(session, TeamModel, Team, team_id), "team", team_id)


async def list_teams(session: Session, page: PageRequest) -> Page[Team]:
    return await page_of_records(session, TeamModel, Team, page)


async def change_team(session: Session, team_id: UUID, version: int, changes: dict[str, Any]) -> Team:
    before = await get_team(session, team_id)
    require_version(before.version, version, "team")
    after = replace(before, **changes, version=version + 1)
    if after.leader_id != before.leader_id:
        await _check_leader(session, after.leader_id)
    with _unique_team(after):
        await update_record(session, TeamModel, after, expected=version)
    await events.record(session, TeamChanged(subject_id=team_id, before=before, after=after))
    return after


def _unique_team(team: Team) -> AbstractContextManager[None]:
    return map_integrity_errors(uq_teams_tenant_id_name=TeamNameTaken(f"there is already a team {team.name!r}"))


async def _check_leader(session: Session, leader_id: UUID | None) -> None:
    if leader_id is None:
        return
    role = await repository.role_of_user(session, leader_id)
    if role is None:
        raise invalid("/leader_id", f"there is no user {leader_id}")
    if role not in MAY_LEAD:
        raise invalid("/leader_id", f"a team is led by a leader or an admin, and this user is a {role}")


async def create_project(
    session: Session,
    *,
    name: str,
    client_name: str | None,
    timezone: str,
    language: str,
    agreement_threshold: Decimal | None = None,
) -> Project:
    project = Project(new_id(), name, client_name, timezone, language, agreement_threshold)
    with _unique_project(project):
        await insert_record(session, ProjectModel, project)
    await events.record(session, ProjectCreated(subject_id=project.id, after=project))
    return project


async def get_project(session: Session, project_id: UUID) -> Project:
    return require_found(await get_record(session, ProjectModel, Project, project_id), "project", project_id)


async def list_projects(session: Session, page: PageRequest) -> Page[Project]:
    return await page_of_records(session, ProjectModel, Project, page)


async def change_project(session: Session, project_id: UUID, version: int, changes: dict[str, Any]) -> Project:
    before = await get_project(session, project_id)
    require_version(before.version, version, "project")
    after = replace(before, **changes, version=version + 1)
    with _unique_project(after):
        await update_record(session, ProjectModel, after, expected=version)
    await events.record(session, ProjectChanged(subject_id=project_id, before=before, after=after))
    return after


def _unique_project(project: Project) -> AbstractContextManager[None]:
    return map_integrity_errors(
        uq_projects_tenant_id_name=ProjectNameTaken(f"there is already a project {project.name!r}")
    )
