"""The table of jobs."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    ID,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    optional,
    required,
    time_of_insert,
)

revision = "20261128_jobs_tables"
down_revision = "20261128_platform_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "jobs",
        required("kind", TEXT),
        required("payload", JSON),
        required("state", TEXT),
        required("attempts", INTEGER),
        optional("lease_token", ID),
        optional("lease_until", TIME),
        optional("done", sa.Double()),
        optional("total", sa.Double()),
        optional("unit", TEXT),
        optional("error", TEXT),
        optional("result", JSON),
        time_of_insert("created_at"),
        optional("started_at", TIME),
        optional("finished_at", TIME),
        check("state", "state IN ('queued', 'running', 'succeeded', 'failed', 'held')"),
    )
    op.create_index("ix_jobs_state", "jobs", ["tenant_id", "state", "created_at"])


def downgrade() -> None:
    drop_tables("jobs")
