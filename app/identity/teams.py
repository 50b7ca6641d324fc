"""Teams: agents under one leader."""

from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from app import events
from app.identity import repository
from app.identity.errors import TeamNameTaken
from app.identity.models import TeamModel
from app.identity.types import MAY_LEAD
from app.platform.database import Session
from app.platform.database.records import (
    get_record,
    insert_record,
    map_integrity_errors,
    page_of_records,
    update_record,
)
from app.platform.errors import NotFound, StaleVersion, invalid
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


@dataclass(frozen=True, slots=True)
class Team:
    id: UUID
    name: str
    leader_id: UUID | None
    version: int = 1


def _name_taken(team: Team) -> AbstractContextManager[None]:
    return map_integrity_errors(uq_teams_tenant_id_name=TeamNameTaken(f"there is already a team {team.name!r}"))


async def create_team(session: Session, *, name: str, leader_id: UUID | None) -> Team:
    team = Team(new_id(), name, leader_id)
    await _check_leader(session, leader_id)
    with _name_taken(team):
        await insert_record(session, TeamModel, team)
    await events.record(session, "team.created", subject=("team", team.id), after=asdict(team))
    return team


async def get_team(session: Session, team_id: UUID) -> Team:
    team = await get_record(session, TeamModel, Team, team_id)
    if team is None:
        raise NotFound(f"there is no team {team_id}")
    return team


async def list_teams(session: Session, page: PageRequest) -> Page[Team]:
    return await page_of_records(session, TeamModel, Team, page)


async def change_team(session: Session, team_id: UUID, version: int, changes: dict[str, Any]) -> Team:
    before = await get_team(session, team_id)
    if before.version != version:
        raise StaleVersion(f"the team is now at version {before.version}")
    after = replace(before, **changes, version=version + 1)
    if after.leader_id != before.leader_id:
        await _check_leader(session, after.leader_id)
    with _name_taken(after):
        await update_record(session, TeamModel, after, expected=version)
    await events.record(session, "team.changed", subject=("team", team_id), before=asdict(before), after=asdict(after))
    return after


async def _check_leader(session: Session, leader_id: UUID | None) -> None:
    if leader_id is None:
        return
    role = await repository.role_of_user(session, leader_id)
    if role is None:
        raise invalid("/leader_id", f"there is no user {leader_id}")
    if role not in MAY_LEAD:
        raise invalid("/leader_id", f"a team is led by a leader or an admin, and this user is a {role}")
