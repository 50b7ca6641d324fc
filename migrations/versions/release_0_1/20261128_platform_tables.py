"""The table of platform: answers stored under an `Idempotency-Key`. It refers to tenants."""

from alembic import op

from migrations.tables import (
    BYTES,
    ID,
    INTEGER,
    TEXT,
    create_tenant_table,
    drop_tables,
    optional,
    required,
    time_of_insert,
)

revision = "20261128_platform_tables"
down_revision = "20261128_identity_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_tenant_table(
        "idempotency_keys",
        required("principal_id", ID),
        required("key", TEXT),
        required("fingerprint", BYTES),
        optional("status", INTEGER),
        optional("media_type", TEXT),
        optional("body", BYTES),
        time_of_insert("created_at"),
        key=("principal_id", "key"),
        # A worker deletes the old answers of all tenants; to find them it must read when they were stored.
        system={"SELECT": ("discard_old",), "DELETE": ("discard_old",)},
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])


def downgrade() -> None:
    drop_tables("idempotency_keys")
