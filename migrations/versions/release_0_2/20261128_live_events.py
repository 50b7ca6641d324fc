"""Live events."""

revision = "20261128_live_events"
down_revision = "20261128_guests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
