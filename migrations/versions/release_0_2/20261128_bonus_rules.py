"""The table of bonus rules."""

import sqlalchemy as sa

from migrations.tables import (
    ID,
    INTEGER,
    JSON,
    check,
    create_tenant_table,
    drop_tables,
    foreign_key,
    required,
    time_of_insert,
    unique,
)

revision = "20261128_bonus_rules"
down_revision = "20261128_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "bonus_rules",
        required("project_id", ID),
        required("steps", JSON),
        required("min_evaluations", INTEGER),
        required("too_few_percent", sa.Numeric(5, 2)),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("project_id", "projects"),
        unique("tenant_id", "project_id"),
        check("min_evaluations", "min_evaluations >= 2"),
        check("too_few_percent", "too_few_percent BETWEEN 0 AND 200"),
    )


def downgrade() -> None:
    drop_tables("bonus_rules")
