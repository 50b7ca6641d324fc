"""The table of exports."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    FLAG,
    ID,
    INTEGER,
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
)

revision = "20261128_exports"
down_revision = "20261128_agent_scores"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "exports",
        required("tables", TEXTS),
        required("everything", FLAG),
        required("format", TEXT),
        required("recordings", FLAG),
        required("state", TEXT),
        required("requested_by", ID),
        required("job_id", ID),
        required("attempts", INTEGER),
        optional("snapshot_at", TIME),
        optional("row_count", BIG),
        optional("size_bytes", BIG),
        optional("sha256", BYTES),
        optional("storage_key", TEXT),
        optional("error", TEXT),
        time_of_insert("created_at"),
        optional("finished_at", TIME),
        optional("expires_at", TIME),
        optional("files_removed_at", TIME),
        foreign_key("requested_by", "users"),
        check("format", "format IN ('csv', 'jsonl', 'parquet')"),
        check("state", "state IN ('queued', 'running', 'ready', 'failed', 'cancelled', 'expired', 'deleted')"),
        check(
            "ready",
            "state <> 'ready' OR num_nulls(snapshot_at, row_count, size_bytes, sha256, storage_key, expires_at) = 0",
        ),
        check("finished", "(finished_at IS NULL) = (state IN ('queued', 'running'))"),
        system={"SELECT": ("run_schedules",)},
    )
    # Files that may be due for removal are looked for over all tenants.
    there = sa.text("files_removed_at IS NULL")
    op.create_index("ix_exports_files", "exports", ["state", "expires_at"], postgresql_where=there)


def downgrade() -> None:
    drop_tables("exports")
