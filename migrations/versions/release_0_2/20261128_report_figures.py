"""The table of kept figures."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import JSON, TEXT, TIME, check, create_tenant_table, drop_tables, optional, required, unique

revision = "20261128_report_figures"
down_revision = "20261128_report_schedules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "report_figures",
        required("report", TEXT),
        required("question", JSON),
        required("question_digest", TEXT),
        required("method", TEXT),
        required("input_digest", TEXT),
        required("figures", TEXT),
        optional("value", sa.Double()),
        required("computed_at", TIME),
        optional("previous_value", sa.Double()),
        optional("previous_input_digest", TEXT),
        optional("previous_computed_at", TIME),
        optional("change_reason", TEXT),
        unique("tenant_id", "report", "question_digest"),
        check("change_reason", "change_reason IN ('inputs', 'method')"),
        check("changed", "num_nulls(change_reason, previous_input_digest, previous_computed_at) IN (0, 3)"),
        system={"SELECT": ("discard_old",), "DELETE": ("discard_old",)},
    )
    # Old figures and those beyond the most of a tenant are looked for over all tenants.
    op.create_index("ix_report_figures_age", "report_figures", ["computed_at"])
    op.create_index("ix_report_figures_newest", "report_figures", ["tenant_id", "computed_at", "id"])


def downgrade() -> None:
    drop_tables("report_figures")
