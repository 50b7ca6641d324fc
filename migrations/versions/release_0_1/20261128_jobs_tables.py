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
        optional("once_key", TEXT),
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
        # Schedules add a job for each tenant that has work, and must see which have one. Old jobs of all tenants are
        # removed. Metrics count the jobs that wait for a retry.
        system={
            "SELECT": ("run_schedules", "discard_old", "measure_queues"),
            "INSERT": ("run_schedules",),
            "DELETE": ("discard_old",),
        },
    )
    create_indexes()


def create_indexes() -> None:
    unfinished = sa.text("state IN ('queued', 'running', 'held')")
    op.create_index("ix_jobs_unfinished", "jobs", ["tenant_id", "kind"], postgresql_where=unfinished)
    op.create_index("uq_jobs_once", "jobs", ["tenant_id", "kind", "once_key"], unique=True, postgresql_where=unfinished)
    op.create_index("ix_jobs_retries", "jobs", ["kind"], postgresql_where=sa.text("state = 'held'"))
    op.create_index(
        "ix_jobs_finished", "jobs", ["state", "finished_at"], postgresql_where=sa.text("finished_at IS NOT NULL")
    )


def downgrade() -> None:
    drop_tables("jobs")
