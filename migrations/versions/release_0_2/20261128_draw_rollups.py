"""Roll-ups of draws for reports.

Those of the draws that there are are built by the workers, within minutes of their start.
"""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    FLAG,
    ID,
    JSON,
    TIME,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
)
from migrations.tenancy import seeing_all

revision = "20261128_draw_rollups"
down_revision = "20261128_report_figures"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "draw_rollups",
        required("draw_id", ID),
        required("changes", BIG, server_default=sa.text("0")),
        optional("built_changes", BIG),
        required("is_stale", FLAG, sa.Computed("built_changes IS DISTINCT FROM changes", persisted=True)),
        optional("built_at", TIME),
        optional("rows", BYTES),
        optional("agent_ids", BYTES),
        optional("verifier_ids", BYTES),
        optional("answers", BYTES),
        optional("uncorrected_answers", BYTES),
        optional("answer_kinds", JSON),
        foreign_key("draw_id", "draws"),
        key=("draw_id",),
        # To find the tenants whose roll-ups are to be built.
        system={"SELECT": ("run_schedules",)},
    )
    op.create_index(
        "ix_draw_rollups_stale",
        "draw_rollups",
        ["tenant_id"],
        postgresql_where=sa.text("is_stale"),
    )
    # They are read whole, and hardly become smaller.
    for column in ("rows", "agent_ids", "verifier_ids", "answers", "uncorrected_answers"):
        op.execute(f"ALTER TABLE draw_rollups ALTER COLUMN {column} SET STORAGE EXTERNAL")
    with seeing_all("draws", "draw_rollups"):
        op.execute(
            "INSERT INTO draw_rollups (tenant_id, draw_id) SELECT tenant_id, id FROM draws WHERE drawn_at IS NOT NULL"
        )


def downgrade() -> None:
    drop_tables("draw_rollups")
