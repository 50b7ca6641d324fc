"""Roles, the principal on whose behalf a request is served, and agents."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

MIN_PASSWORD_LENGTH = 12


class Role(StrEnum):
    ADMIN = "admin"
    LEADER = "leader"
    VERIFIER = "verifier"
    AGENT = "agent"


# Who may lead a team.
MAY_LEAD = frozenset({Role.LEADER, Role.ADMIN})


class PrincipalKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a user, or a key that acts for one. A key sees what its user sees and may do what its scopes say."""

    kind: PrincipalKind
    tenant_id: UUID
    id: UUID
    name: str
    role: Role
    permissions: frozenset[str]
    # The user who answers for what is done: the user, or the one who made the key.
    user_id: UUID

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class Agent:
    """The person on the line. The projects are in the order of their ids."""

    id: UUID
    external_id: str
    full_name: str
    team_id: UUID | None = None
    project_ids: tuple[UUID, ...] = ()
    supervisor_id: UUID | None = None
    user_id: UUID | None = None
    hired_on: date | None = None
    left_on: date | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """Which agents are asked for; None asks nothing."""

    team_id: UUID | None = None
    project_id: UUID | None = None
    # Those who have not left yet, or those who have.
    active: bool | None = None
    # A part of the name or of the external id.
    q: str | None = None
