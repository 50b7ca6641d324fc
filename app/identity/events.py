"""The events of identity."""

from dataclasses import dataclass
from uuid import UUID

from app.events import DomainEvent
from app.identity.types import Agent, ApiKey, Guest, Project, Team, User


@dataclass(frozen=True, slots=True)
class TenantDocument:
    slug: str
    name: str
    admin_id: UUID


@dataclass(frozen=True, kw_only=True)
class TenantCreated(DomainEvent):
    """A tenant was created, with its first administrator."""

    name = "tenant.created"
    subject_type = "tenant"
    after: TenantDocument


@dataclass(frozen=True, kw_only=True)
class UserCreated(DomainEvent):
    """A user was created."""

    name = "user.created"
    subject_type = "user"
    after: User


@dataclass(frozen=True, kw_only=True)
class UserChanged(DomainEvent):
    """A user got another name, address or role, or was deactivated or activated."""

    name = "user.changed"
    subject_type = "user"
    before: User
    after: User


@dataclass(frozen=True, kw_only=True)
class UserPasswordChanged(DomainEvent):
    """A user got another password."""

    name = "user.password_changed"
    subject_type = "user"


@dataclass(frozen=True, kw_only=True)
class UserSignedIn(DomainEvent):
    """A user signed in with a password."""

    name = "user.signed_in"
    subject_type = "user"


@dataclass(frozen=True, kw_only=True)
class TeamCreated(DomainEvent):
    """A team was created."""

    name = "team.created"
    subject_type = "team"
    after: Team


@dataclass(frozen=True, kw_only=True)
class TeamChanged(DomainEvent):
    """A team got another name or leader."""

    name = "team.changed"
    subject_type = "team"
    before: Team
    after: Team


@dataclass(frozen=True, kw_only=True)
class ProjectCreated(DomainEvent):
    """A project was created."""

    name = "project.created"
    subject_type = "project"
    after: Project


@dataclass(frozen=True, kw_only=True)
class ProjectChanged(DomainEvent):
    """A project got another name, client, time zone or language."""

    name = "project.changed"
    subject_type = "project"
    before: Project
    after: Project


@dataclass(frozen=True, kw_only=True)
class AgentCreated(DomainEvent):
    """An agent was created, by a person or by an integration."""

    name = "agent.created"
    subject_type = "agent"
    after: Agent


@dataclass(frozen=True, kw_only=True)
class AgentChanged(DomainEvent):
    """A field of an agent changed."""

    name = "agent.changed"
    subject_type = "agent"
    before: Agent
    after: Agent


@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(DomainEvent):
    """An API key was created. The event does not hold the key."""

    name = "api_key.created"
    subject_type = "api_key"
    after: ApiKey


@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(DomainEvent):
    """An API key was revoked."""

    name = "api_key.revoked"
    subject_type = "api_key"


@dataclass(frozen=True, kw_only=True)
class GuestInvited(DomainEvent):
    """A guest was given a link. The event does not hold the link."""

    name = "guest.invited"
    subject_type = "guest"
    after: Guest


@dataclass(frozen=True, kw_only=True)
class GuestLinkRenewed(DomainEvent):
    """A guest was given another link; the one before is no longer valid."""

    name = "guest.link_renewed"
    subject_type = "guest"
    before: Guest
    after: Guest


@dataclass(frozen=True, kw_only=True)
class GuestLinkExtended(DomainEvent):
    """The link of a guest expires later; it stays the same link."""

    name = "guest.link_extended"
    subject_type = "guest"
    before: Guest
    after: Guest


@dataclass(frozen=True, kw_only=True)
class GuestLinkRevoked(DomainEvent):
    """The link of a guest was revoked."""

    name = "guest.link_revoked"
    subject_type = "guest"
    before: Guest
    after: Guest
