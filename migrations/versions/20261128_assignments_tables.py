"""The table of assignments."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    ID,
    INTEGER,
    TEXT,
    TIME,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)

revision = "20261128_assignments_tables"
down_revision = "20261128_sampling_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "assignments",
        required("selection_id", ID),
        required("call_id", ID),
        required("scorecard_id", ID),
        optional("verifier_id", ID),
        required("scoring_round", INTEGER),
        time_of_insert("created_at"),
        required("due_at", TIME),
        optional("claimed_at", TIME),
        optional("skipped_at", TIME),
        optional("skip_reason", TEXT),
        required("version", INTEGER),
        foreign_key("selection_id", "selections"),
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("verifier_id", "users"),
        unique("selection_id", "scoring_round", "tenant_id"),
    )
    op.create_index("ix_assignments_verifier", "assignments", ["verifier_id", "due_at", "id", "tenant_id"])
    op.create_index("ix_assignments_due", "assignments", ["tenant_id", "due_at", "id"])
    op.create_index("ix_assignments_call", "assignments", ["call_id", "tenant_id"])
    in_pool = sa.text("verifier_id IS NULL")
    op.create_index("ix_assignments_pool", "assignments", ["tenant_id", "id"], postgresql_where=in_pool)


def downgrade() -> None:
    drop_tables("assignments")
