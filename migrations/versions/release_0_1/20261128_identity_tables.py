"""Tables of identity: tenants, users, teams, projects, agents, API keys and failed sign-ins.

Two of them are also used before the tenant is known: `qmt tenant create` inserts a tenant and its first user, a sign-in
finds a user by e-mail address, and a worker lists the tenants.
"""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BYTES,
    DAY,
    FLAG,
    ID,
    INTEGER,
    TEXT,
    TEXTS,
    TIME,
    check,
    create_table,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)
from migrations.tenancy import grant, protect

revision = "20261128_identity_tables"
down_revision = "20261128_queue_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenants()
    create_users()
    create_teams()
    create_projects()
    create_agents()
    create_agent_projects()
    create_api_keys()
    create_sign_in_failures()


def downgrade() -> None:
    drop_tables("sign_in_failures", "api_keys", "agent_projects", "agents", "projects", "teams", "users", "tenants")


def create_tenants() -> None:
    create_table(
        "tenants",
        required("id", ID),
        required("slug", TEXT),
        required("name", TEXT),
        time_of_insert("created_at"),
        sa.PrimaryKeyConstraint("id"),
        unique("slug"),
    )
    protect("tenants", system={"SELECT": ("sign_in", "list_tenants"), "INSERT": ("create_tenant",)}, column="id")


def create_users() -> None:
    create_tenant_table(
        "users",
        required("email", TEXT),
        required("full_name", TEXT),
        required("role", TEXT),
        optional("password_hash", TEXT),
        required("active", FLAG),
        required("version", INTEGER),
        time_of_insert("created_at"),
        unique("tenant_id", "email"),
        check("role", "role IN ('admin', 'leader', 'verifier', 'agent')"),
        check("email_lower", "email = lower(email)"),
        system={"SELECT": ("sign_in",), "INSERT": ("create_tenant",)},
    )
    op.create_index("ix_users_email", "users", ["email"])


def create_teams() -> None:
    create_tenant_table(
        "teams",
        required("name", TEXT),
        optional("leader_id", ID),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("leader_id", "users"),
        unique("tenant_id", "name"),
    )


def create_projects() -> None:
    create_tenant_table(
        "projects",
        required("name", TEXT),
        optional("client_name", TEXT),
        required("timezone", TEXT),
        required("language", TEXT),
        required("version", INTEGER),
        time_of_insert("created_at"),
        unique("tenant_id", "name"),
    )


def create_agents() -> None:
    create_tenant_table(
        "agents",
        required("external_id", TEXT),
        required("full_name", TEXT),
        optional("team_id", ID),
        optional("supervisor_id", ID),
        optional("user_id", ID),
        optional("hired_on", DAY),
        optional("left_on", DAY),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("team_id", "teams"),
        foreign_key("supervisor_id", "users"),
        foreign_key("user_id", "users"),
        unique("tenant_id", "external_id"),
    )
    op.create_index("uq_agents_tenant_id_user_id", "agents", ["tenant_id", "user_id"], unique=True)


def create_agent_projects() -> None:
    create_tenant_table(
        "agent_projects",
        required("agent_id", ID),
        required("project_id", ID),
        foreign_key("agent_id", "agents", ondelete="CASCADE"),
        foreign_key("project_id", "projects"),
        key=("agent_id", "project_id"),
    )


def create_api_keys() -> None:
    create_tenant_table(
        "api_keys",
        required("name", TEXT),
        required("key_hash", BYTES),
        required("scopes", TEXTS),
        required("user_id", ID),
        required("created_by", ID),
        time_of_insert("created_at"),
        optional("expires_at", TIME),
        optional("revoked_at", TIME),
        foreign_key("user_id", "users"),
        foreign_key("created_by", "users"),
    )


def create_sign_in_failures() -> None:
    """Counted by name: no tenant is known then, so there is none in the table."""
    create_table(
        "sign_in_failures",
        required("key", TEXT),
        required("failures", INTEGER),
        required("window_started_at", TIME),
        sa.PrimaryKeyConstraint("key"),
    )
    grant("sign_in_failures", "SELECT, INSERT, UPDATE, DELETE")
