"""Live events."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import BIG, ID, JSON, TEXT, TIME, create_tenant_table, drop_tables, foreign_key, required

revision = "20261128_live_events"
down_revision = "20261128_guests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table("live_channels", required("last_number", BIG))
    create_tenant_table(
        "live_events",
        required("channel_id", ID),
        required("number", BIG),
        required("kind", TEXT),
        required("data", JSON),
        required("created_at", TIME, server_default=sa.func.clock_timestamp()),
        foreign_key("channel_id", "live_channels"),
        key=("channel_id", "number"),
        # A worker deletes the old events of all tenants; to find them it must read when they were published.
        system={"SELECT": ("discard_old",), "DELETE": ("discard_old",)},
    )
    op.create_index("ix_live_events_created_at", "live_events", ["created_at"])


def downgrade() -> None:
    drop_tables("live_events", "live_channels")
