"""Roles, permissions and the principal on whose behalf a request is served."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


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
    """Who asks. A key has no role: its scopes are its permissions."""

    kind: PrincipalKind
    tenant_id: UUID
    id: UUID
    name: str
    role: Role | None
    permissions: frozenset[str]
    # The user who answers for what is done: the user, or the one who made the key.
    user_id: UUID | None

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class AgentFilter:
    """Which agents are asked for; None asks nothing."""

    team_id: UUID | None = None
    project_id: UUID | None = None
    # Those who have not left yet, or those who have.
    active: bool | None = None
    # A part of the name or of the external id.
    q: str | None = None
