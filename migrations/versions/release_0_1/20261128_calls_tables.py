"""Tables of calls and their recordings."""

from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    FLAG,
    ID,
    INTEGER,
    JSON,
    SECONDS,
    SMALL,
    TEXT,
    TEXTS,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)

revision = "20261128_calls_tables"
down_revision = "20261128_events_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_calls()
    create_recordings()


def downgrade() -> None:
    drop_tables("recordings", "calls")


def create_calls() -> None:
    create_tenant_table(
        "calls",
        required("source", TEXT),
        required("external_id", TEXT),
        required("project_id", ID),
        optional("agent_id", ID),
        required("started_at", TIME),
        required("duration_s", SECONDS),
        required("direction", TEXT),
        optional("language", TEXT),
        optional("hold_s", SECONDS),
        optional("hold_count", INTEGER),
        optional("csat", SMALL),
        required("complaint", FLAG),
        optional("customer_ref", TEXT),
        required("tags", TEXTS),
        required("attributes", JSON),
        optional("recording_url", TEXT),
        optional("channel_roles", TEXTS),
        time_of_insert("created_at"),
        time_of_insert("updated_at"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        unique("tenant_id", "source", "external_id"),
        check("csat", "csat BETWEEN 1 AND 5"),
        check("direction", "direction IN ('inbound', 'outbound')"),
        check("duration", "duration_s >= 0"),
        check("hold", "hold_s >= 0"),
    )
    op.create_index("ix_calls_project_started", "calls", ["tenant_id", "project_id", "started_at", "id"])
    op.create_index("ix_calls_agent_started", "calls", ["tenant_id", "agent_id", "started_at"])
    op.create_index("ix_calls_updated", "calls", ["tenant_id", "project_id", "updated_at"])
    op.create_index("ix_calls_started", "calls", ["tenant_id", "started_at", "id"])


def create_recordings() -> None:
    create_tenant_table(
        "recordings",
        required("call_id", ID),
        required("storage_key", TEXT),
        required("sha256", BYTES),
        required("size_bytes", BIG),
        required("media_type", TEXT),
        required("container", TEXT),
        required("codec", TEXT),
        required("channels", SMALL),
        required("sample_rate", INTEGER),
        required("duration_s", SECONDS),
        time_of_insert("created_at"),
        foreign_key("call_id", "calls"),
    )
    op.create_index("ix_recordings_call", "recordings", ["tenant_id", "call_id", "id"])
    op.create_index("ix_recordings_created", "recordings", ["tenant_id", "created_at"])
