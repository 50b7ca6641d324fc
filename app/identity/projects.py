"""Projects: lines of business or outsourced customers."""

from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app import events
from app.identity.models import ProjectModel
from app.platform.database import Session
from app.platform.database.records import (
    get_record,
    insert_record,
    map_integrity_errors,
    page_of_records,
    update_record,
)
from app.platform.errors import Conflict, NotFound, StaleVersion
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Project:
    id: UUID
    name: str
    client_name: str | None
    timezone: str
    language: str
    version: int = 1


class ProjectNameTaken(Conflict):
    code = "project_name_taken"
    title = "There is already a project of that name"


def _name_taken(project: Project) -> Any:
    return map_integrity_errors(
        uq_projects_tenant_id_name=ProjectNameTaken(f"there is already a project {project.name!r}")
    )


async def create_project(
    session: Session, *, name: str, client_name: str | None, timezone: str, language: str
) -> Project:
    project = Project(new_id(), name, client_name, timezone, language)
    with _name_taken(project):
        await insert_record(session, ProjectModel, project)
    await events.record(session, "project.created", subject=("project", project.id), after=asdict(project))
    return project


async def get_project(session: Session, project_id: UUID) -> Project:
    project = await get_record(session, ProjectModel, Project, project_id)
    if project is None:
        raise NotFound(f"there is no project {project_id}")
    return project


async def list_projects(session: Session, page: PageRequest) -> Page[Project]:
    return await page_of_records(session, ProjectModel, Project, page)


async def change_project(session: Session, project_id: UUID, version: int, changes: dict[str, Any]) -> Project:
    before = await get_project(session, project_id)
    if before.version != version:
        raise StaleVersion(f"the project is now at version {before.version}")
    after = replace(before, **changes, version=version + 1)
    with _name_taken(after):
        await update_record(session, ProjectModel, after, expected=version)
    await events.record(
        session, "project.changed", subject=("project", project_id), before=asdict(before), after=asdict(after)
    )
    return after
