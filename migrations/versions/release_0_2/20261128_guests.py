"""Guests, the time zone of users, and the agreement that a project asks for."""

revision = "20261128_guests"
down_revision = "20261128_evaluations_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
