"""Routes of projects."""

from uuid import UUID

from fastapi import Response

from app import identity
from app.api.deps import IfMatchDep, PageDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.identity.projects import ProjectIn, ProjectOut, ProjectPatch
from app.identity import ProjectNameTaken
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion

router = private_router("/projects", "projects")


@router.post(
    "",
    operation_id="createProject",
    status_code=201,
    responses=problem_responses(ProjectNameTaken),
    openapi_extra=requires_permission("admin:write"),
)
async def create_project(body: ProjectIn, session: SessionDep, response: Response) -> ProjectOut:
    """Create a project: a line of business, or an outsourced customer."""
    project = await identity.create_project(session, **body.model_dump())
    set_etag(response, project.version)
    return ProjectOut.model_validate(project)


@router.get("", operation_id="listProjects", openapi_extra=requires_permission("directory:read"))
async def list_projects(session: SessionDep, page: PageDep) -> PageOf[ProjectOut]:
    """The projects of the tenant."""
    found = (await identity.list_projects(session, page)).map(ProjectOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{project_id}",
    operation_id="getProject",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("directory:read"),
)
async def get_project(project_id: UUID, session: SessionDep, response: Response) -> ProjectOut:
    """One project."""
    project = await identity.get_project(session, project_id)
    set_etag(response, project.version)
    return ProjectOut.model_validate(project)


@router.patch(
    "/{project_id}",
    operation_id="changeProject",
    responses=problem_responses(NotFound, ProjectNameTaken, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("admin:write"),
)
async def change_project(
    project_id: UUID, body: ProjectPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> ProjectOut:
    """Change the given fields of a project; the others stay."""
    changes = body.model_dump(exclude_unset=True)
    project = await identity.change_project(session, project_id, version, changes)
    set_etag(response, project.version)
    return ProjectOut.model_validate(project)
