"""Guests, the time zone of users, and the agreement below which a project wants a calibration session."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BYTES,
    ID,
    INTEGER,
    TEXT,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    optional,
    required,
    time_of_insert,
)

revision = "20261128_guests"
down_revision = "20261128_evaluations_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "guests",
        required("invited_to", ID),
        required("name", TEXT),
        required("email", TEXT),
        optional("timezone", TEXT),
        required("generation", INTEGER),
        required("token_hash", BYTES),
        time_of_insert("created_at"),
        required("expires_at", TIME),
        optional("revoked_at", TIME),
        check("generation", "generation > 0"),
    )
    op.create_index("ix_guests_invited_to", "guests", ["tenant_id", "invited_to"])
    op.add_column("users", optional("timezone", TEXT))
    op.add_column("projects", optional("agreement_threshold", sa.Numeric(4, 3)))
    op.create_check_constraint("agreement_threshold", "projects", "agreement_threshold BETWEEN 0 AND 1")


def downgrade() -> None:
    op.drop_column("projects", "agreement_threshold")
    op.drop_column("users", "timezone")
    drop_tables("guests")
