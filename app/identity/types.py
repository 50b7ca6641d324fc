"""The records of identity: tenants, users, teams, projects, agents and keys; and the principal of a request."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.identity import secrets

MIN_PASSWORD_LENGTH = 12


class Role(StrEnum):
    ADMIN = "admin"
    LEADER = "leader"
    VERIFIER = "verifier"
    AGENT = "agent"
    # Of a guest, who has a link and no account.
    CLIENT = "client"


# The roles that a user can have.
USER_ROLES = tuple(role for role in Role if role is not Role.CLIENT)

# The roles that may lead a team.
MAY_LEAD = frozenset({Role.LEADER, Role.ADMIN})


class PrincipalKind(StrEnum):
    USER = "user"
    API_KEY = "api_key"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a token or a key says of itself. The database knows whether it is still valid."""

    kind: PrincipalKind
    tenant_id: UUID
    # The user's, the key's or the guest's.
    id: UUID
    # Of an API key or a guest token.
    secret_hash: bytes | None = None


@dataclass(frozen=True, slots=True)
class Principal:
    """The user who sends a request, the key, which acts for a user, or a guest.

    A key sees what its user sees. It may do what its scopes allow, as far as its user may do it. A guest sees the one
    thing that the guest is invited to.
    """

    kind: PrincipalKind
    tenant_id: UUID
    id: UUID
    name: str
    role: Role
    permissions: frozenset[str]
    # The user: the principal itself, or the one that the key acts for. For a guest its own id, which no user has.
    user_id: UUID
    # What a guest is invited to.
    invited_to: UUID | None = None

    def may(self, permission: str) -> bool:
        return permission in self.permissions


@dataclass(frozen=True, slots=True)
class AccessToken:
    """`expires_in`: seconds."""

    token: str
    expires_in: int
    tenant_id: UUID
    user_id: UUID


@dataclass(frozen=True, slots=True)
class NewTenant:
    tenant_id: UUID
    admin_id: UUID


@dataclass(frozen=True, slots=True)
class User:
    """Without the hash of the password, which belongs neither in an answer nor in the journal."""

    id: UUID
    email: str
    full_name: str
    role: str
    active: bool = True
    # In which the user reads times; None: in that of the project.
    timezone: str | None = None
    version: int = 1

    @property
    def administers(self) -> bool:
        return self.active and self.role == Role.ADMIN


@dataclass(frozen=True, slots=True)
class Team:
    id: UUID
    name: str
    leader_id: UUID | None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Project:
    """A line of business, or an outsourced customer."""

    id: UUID
    name: str
    client_name: str | None
    timezone: str
    language: str
    # Below this agreement of verifiers, 0…1, a calibration session is suggested; None: none is.
    agreement_threshold: Decimal | None = None
    version: int = 1


@dataclass(frozen=True, slots=True)
class Agent:
    """A person who answers calls. The projects are in the order of their ids."""

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
    """Which agents a list holds; None does not filter."""

    team_id: UUID | None = None
    project_id: UUID | None = None
    # True: the agents who have not left yet. False: those who have.
    active: bool | None = None
    # A part of the name or of the external id.
    q: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKey:
    tenant_id: UUID
    id: UUID
    name: str
    scopes: list[str]
    # The user that the key acts for.
    user_id: UUID
    created_by: UUID
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None = None

    @property
    def prefix(self) -> str:
        return secrets.key_prefix(self.tenant_id, self.id)


@dataclass(frozen=True, slots=True)
class Guest:
    """A person without an account who takes part in one thing through a link.

    `invited_to` is what the guest may take part in: its id is the inviter's, and opaque here. `generation` counts the
    links that the guest was given; only the latest one is valid.
    """

    id: UUID
    invited_to: UUID
    name: str
    email: str
    timezone: str | None
    generation: int
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
