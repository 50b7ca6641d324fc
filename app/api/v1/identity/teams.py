"""Routes of teams."""

from uuid import UUID

from fastapi import Response

from app import identity
from app.api.deps import IfMatchDep, PageDep, SessionDep, set_etag
from app.api.problems import problem_responses
from app.api.routing import private_router, requires_permission
from app.api.schemas.common import PageOf
from app.api.schemas.identity.teams import TeamIn, TeamOut, TeamPatch
from app.identity import TeamNameTaken
from app.platform.errors import NotFound, PreconditionRequired, StaleVersion

router = private_router("/teams", "teams")


@router.post(
    "",
    operation_id="createTeam",
    status_code=201,
    responses=problem_responses(TeamNameTaken),
    openapi_extra=requires_permission("admin:write"),
)
async def create_team(body: TeamIn, session: SessionDep, response: Response) -> TeamOut:
    """Create a team. Its leader, if named, is a user with the role leader or admin."""
    team = await identity.create_team(session, **body.model_dump())
    set_etag(response, team.version)
    return TeamOut.model_validate(team)


@router.get("", operation_id="listTeams", openapi_extra=requires_permission("directory:read"))
async def list_teams(session: SessionDep, page: PageDep) -> PageOf[TeamOut]:
    """The teams of the tenant."""
    found = (await identity.list_teams(session, page)).map(TeamOut.model_validate)
    return PageOf(items=found.items, next_cursor=found.next_cursor)


@router.get(
    "/{team_id}",
    operation_id="getTeam",
    responses=problem_responses(NotFound),
    openapi_extra=requires_permission("directory:read"),
)
async def get_team(team_id: UUID, session: SessionDep, response: Response) -> TeamOut:
    """One team."""
    team = await identity.get_team(session, team_id)
    set_etag(response, team.version)
    return TeamOut.model_validate(team)


@router.patch(
    "/{team_id}",
    operation_id="changeTeam",
    responses=problem_responses(NotFound, TeamNameTaken, StaleVersion, PreconditionRequired),
    openapi_extra=requires_permission("admin:write"),
)
async def change_team(
    team_id: UUID, body: TeamPatch, version: IfMatchDep, session: SessionDep, response: Response
) -> TeamOut:
    """Change the given fields of a team; the others stay."""
    team = await identity.change_team(session, team_id, version, body.model_dump(exclude_unset=True))
    set_etag(response, team.version)
    return TeamOut.model_validate(team)
