"""Notifications and e-mails."""

revision = "20261128_notifications"
down_revision = "20261128_live_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
