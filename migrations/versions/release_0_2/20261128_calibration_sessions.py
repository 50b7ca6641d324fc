"""Calibration sessions."""

revision = "20261128_calibration_sessions"
down_revision = "20261128_calibration_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
