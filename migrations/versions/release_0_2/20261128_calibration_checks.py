"""Double scorings decided, fault checks, and the errors that were checked."""

revision = "20261128_calibration_checks"
down_revision = "20261128_notifications"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
