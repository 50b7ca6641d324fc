"""The suggestion that a calibration session was made from."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_calibration_suggestions"
down_revision = "20261128_calibration_sessions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("calibration_sessions", sa.Column("suggestion_id", sa.Text()))
    op.create_index(
        "uq_calibration_sessions_suggestion",
        "calibration_sessions",
        ["tenant_id", "suggestion_id"],
        unique=True,
        postgresql_where=sa.text("suggestion_id IS NOT NULL AND state IN ('arranging', 'open')"),
    )


def downgrade() -> None:
    op.drop_column("calibration_sessions", "suggestion_id")
