"""Creates the users, teams, projects, agents and API keys of the demo."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from app.demo.client import Api
from app.demo.simulator import Centre
from app.demo.types import Agent, Project, Team
from app.identity import GRANTS, SCOPES, Role

DOMAIN = "demo.example"
# Calibration sessions are suggested where verifiers agree less than this.
AGREEMENT_THRESHOLD = 0.8


@dataclass(frozen=True)
class Account:
    role: Role
    email: str
    full_name: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(frozen=True)
class Directory:
    """Ids by the keys of the simulator, and the content of the credentials file."""

    admin_id: str
    users: dict[str, str]
    projects: dict[str, str]
    credentials: list[dict[str, str]]

    @property
    def leader_id(self) -> str:
        return self.users["leader"]


def accounts(centre: Centre) -> dict[str, Account]:
    """An account of every role, one for each verifier and supervisor, and one for the first agent."""
    people = {"leader": Account(Role.LEADER, f"leader@{DOMAIN}", "Maria Lind")}
    for number, verifier in enumerate(centre.verifiers, 1):
        people[verifier.key] = Account(Role.VERIFIER, f"verifier{number}@{DOMAIN}", verifier.full_name)
    for number, team in enumerate(centre.teams, 1):
        people[team.supervisor_key] = Account(Role.LEADER, f"supervisor{number}@{DOMAIN}", team.supervisor_name)
    first = centre.agents[0]
    people[first.external_id] = Account(Role.AGENT, f"agent@{DOMAIN}", first.full_name)
    return people


async def make_directory(api: Api, centre: Centre, admin_id: str, admin: Account) -> Directory:
    users, credentials = {}, [await _credentials(api, admin_id, admin_id, admin)]
    for key, account in accounts(centre).items():
        body = {
            "email": account.email,
            "full_name": account.full_name,
            "role": account.role,
            "password": account.password,
        }
        users[key] = (await api.post(admin_id, "/users", body))["id"]
        api.sign(users[key])
        credentials.append(await _credentials(api, admin_id, users[key], account))
    projects = {project.key: await _project(api, admin_id, project) for project in centre.projects}
    teams = {team.key: await _team(api, admin_id, team, users) for team in centre.teams}
    for agent in centre.agents:
        body = _agent_body(agent, users, teams[agent.team_key], projects[agent.project_key])
        await api.post(admin_id, "/agents", body)
    return Directory(admin_id, users, projects, credentials)


async def _credentials(api: Api, admin_id: str, user_id: str, account: Account) -> dict[str, str]:
    """How to sign in as this user: a password, and an API key with all permissions of the user."""
    scopes = sorted(SCOPES & GRANTS[account.role])
    body = {"name": f"Demo key of {account.full_name}", "scopes": scopes, "user_id": user_id}
    key = await api.post(admin_id, "/api-keys", body)
    return {
        "role": account.role,
        "email": account.email,
        "password": account.password,
        "api_key": key["key"],
        "full_name": account.full_name,
        "id": user_id,
    }


async def _project(api: Api, admin_id: str, project: Project) -> str:
    body = {
        "name": project.name,
        "client_name": project.client_name,
        "timezone": project.timezone,
        "language": project.language,
        "agreement_threshold": AGREEMENT_THRESHOLD,
    }
    return str((await api.post(admin_id, "/projects", body))["id"])


async def _team(api: Api, admin_id: str, team: Team, users: dict[str, str]) -> str:
    body = {"name": team.name, "leader_id": users[team.supervisor_key]}
    return str((await api.post(admin_id, "/teams", body))["id"])


def _agent_body(agent: Agent, users: dict[str, str], team_id: str, project_id: str) -> dict[str, Any]:
    return {
        "external_id": agent.external_id,
        "full_name": agent.full_name,
        "team_id": team_id,
        "project_ids": [project_id],
        "hired_on": agent.hired_on.isoformat(),
        "left_on": agent.left_on.isoformat() if agent.left_on else None,
        "supervisor_id": users[agent.supervisor_key],
        "user_id": users.get(agent.external_id),
    }
