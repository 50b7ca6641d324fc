"""Tables of identity."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.identity.types import USER_ROLES
from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table

_ROLES = ", ".join(f"'{role}'" for role in USER_ROLES)


class UserModel(TenantRow, Base):
    __tablename__ = "users"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "email"),
        # Sign-in finds a user before it knows the tenant.
        Index("ix_users_email", "email"),
        CheckConstraint(f"role IN ({_ROLES})", name="role"),
        CheckConstraint("email = lower(email)", name="email_lower"),
    )

    email: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str | None] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    timezone: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class TeamModel(TenantRow, Base):
    __tablename__ = "teams"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "name"), foreign_key("leader_id", "users"))

    name: Mapped[str] = mapped_column(Text)
    leader_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProjectModel(TenantRow, Base):
    __tablename__ = "projects"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "name"),
        CheckConstraint("agreement_threshold BETWEEN 0 AND 1", name="agreement_threshold"),
    )

    name: Mapped[str] = mapped_column(Text)
    client_name: Mapped[str | None] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    agreement_threshold: Mapped[Decimal | None] = mapped_column(Numeric(4, 3))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentModel(TenantRow, Base):
    __tablename__ = "agents"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "external_id"),
        foreign_key("team_id", "teams"),
        foreign_key("supervisor_id", "users"),
        foreign_key("user_id", "users"),
        Index("uq_agents_tenant_id_user_id", "tenant_id", "user_id", unique=True),
    )

    external_id: Mapped[str] = mapped_column(Text)
    full_name: Mapped[str] = mapped_column(Text)
    team_id: Mapped[UUID | None]
    supervisor_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    hired_on: Mapped[date | None]
    left_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AgentProjectModel(Base):
    __tablename__ = "agent_projects"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "agent_id", "project_id"),
        tenant_key(),
        ForeignKeyConstraint(["tenant_id", "agent_id"], ["agents.tenant_id", "agents.id"], ondelete="CASCADE"),
        foreign_key("project_id", "projects"),
    )

    tenant_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    project_id: Mapped[UUID]


class ApiKeyModel(TenantRow, Base):
    __tablename__ = "api_keys"
    __table_args__ = tenant_table(foreign_key("created_by", "users"), foreign_key("user_id", "users"))

    name: Mapped[str] = mapped_column(Text)
    key_hash: Mapped[bytes]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # The user that the key acts for.
    user_id: Mapped[UUID]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class GuestModel(TenantRow, Base):
    """People without an account. `token_hash` is that of the latest link."""

    __tablename__ = "guests"
    __table_args__ = tenant_table(
        CheckConstraint("generation > 0", name="generation"),
        Index("ix_guests_invited_to", "tenant_id", "invited_to"),
    )

    invited_to: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str | None] = mapped_column(Text)
    generation: Mapped[int]
    token_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class SignInFailureModel(Base):
    """Failed sign-ins by name, counted before a tenant is known."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]
