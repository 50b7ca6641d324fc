"""Tables of notifications: the inboxes of users, and the outbox of e-mails."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.notifications.types import EmailState
from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table

_STATES = ", ".join(f"'{state}'" for state in EmailState)


class NotificationModel(TenantRow, Base):
    """A notification in the inbox of a user, who has one with the same key at most."""

    __tablename__ = "notifications"
    __table_args__ = tenant_table(
        foreign_key("user_id", "users"),
        UniqueConstraint("tenant_id", "user_id", "key"),
        Index("ix_notifications_inbox", "user_id", "id", "tenant_id"),
        Index("ix_notifications_unread", "user_id", "id", "tenant_id", postgresql_where=text("read_at IS NULL")),
    )

    user_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    link: Mapped[str | None] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]


class EmailModel(TenantRow, Base):
    """An e-mail to an address, which gets one with the same key at most."""

    __tablename__ = "emails"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "to_email", "key"),
        Index("ix_emails_state", "tenant_id", "state", "id"),
        Index("ix_emails_age", "state", "created_at"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
    )

    to_name: Mapped[str] = mapped_column(Text)
    to_email: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    # Of each: filename, media type, and the content in base64.
    attachments: Mapped[list[Any]]
    # Not foreign keys: an e-mail stays when its guest or its finished job is removed.
    guest_id: Mapped[UUID | None]
    job_id: Mapped[UUID | None]
    key: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    sent_at: Mapped[datetime | None]
