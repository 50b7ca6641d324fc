"""Tables of notifications: the inboxes of users, and the outbox of e-mails."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    ID,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)

revision = "20261128_notifications"
down_revision = "20261128_live_events"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_notifications()
    create_emails()


def downgrade() -> None:
    drop_tables("emails", "notifications")


def create_notifications() -> None:
    create_tenant_table(
        "notifications",
        required("user_id", ID),
        required("kind", TEXT),
        required("title", TEXT),
        required("text", TEXT),
        optional("link", TEXT),
        optional("key", TEXT),
        time_of_insert("created_at"),
        optional("read_at", TIME),
        foreign_key("user_id", "users"),
        unique("tenant_id", "user_id", "key"),
    )
    op.create_index("ix_notifications_inbox", "notifications", ["user_id", "id", "tenant_id"])
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_notifications_unread", "notifications", ["user_id", "id", "tenant_id"], postgresql_where=unread)


def create_emails() -> None:
    create_tenant_table(
        "emails",
        required("to_name", TEXT),
        required("to_email", TEXT),
        required("subject", TEXT),
        required("text", TEXT),
        required("attachments", JSON),
        optional("guest_id", ID),
        optional("job_id", ID),
        optional("key", TEXT),
        required("state", TEXT),
        required("attempts", INTEGER),
        optional("error", TEXT),
        time_of_insert("created_at"),
        optional("sent_at", TIME),
        unique("tenant_id", "to_email", "key"),
        check("state", "state IN ('queued', 'sent', 'failed', 'not_configured')"),
        check("sent", "(state = 'sent') = (sent_at IS NOT NULL)"),
        system={"SELECT": ("discard_old",), "DELETE": ("discard_old",)},
    )
    op.create_index("ix_emails_state", "emails", ["tenant_id", "state", "id"])
    # Old e-mails are looked for over all tenants.
    op.create_index("ix_emails_age", "emails", ["state", "created_at"])
