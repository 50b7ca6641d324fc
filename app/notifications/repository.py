"""SQL of inboxes and of the outbox."""

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

from app.notifications.types import Attachment, Email, EmailState, Notification
from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import read_as
from app.platform.pagination import Page, PageRequest

_COLUMNS = "id, user_id, kind, title, text, link, created_at, read_at"
_NOTIFICATION = f"SELECT {_COLUMNS} FROM notifications"  # noqa: S608 (names of our own)
# An insertion waits for another transaction that is about to add the same key.
_INSERT_NOTIFICATION = """
INSERT INTO notifications (tenant_id, id, user_id, kind, title, text, link, key, created_at)
VALUES (:tenant_id, :id, :user_id, :kind, :title, :text, :link, :key, :created_at)
ON CONFLICT (tenant_id, user_id, key) DO NOTHING
"""
_MARK_READ = f"""
UPDATE notifications SET read_at = coalesce(read_at, :at) WHERE id = :id AND user_id = :user_id RETURNING {_COLUMNS}
"""  # noqa: S608
_MARK_ALL_READ = "UPDATE notifications SET read_at = :at WHERE user_id = :user_id AND read_at IS NULL"

_EMAIL_COLUMNS = (
    "id, to_name, to_email, subject, text, attachments, guest_id, state, attempts, error, created_at, sent_at, job_id"
)
_EMAIL = f"SELECT {_EMAIL_COLUMNS} FROM emails"  # noqa: S608
# A page of e-mails with their files would be hundreds of megabytes.
_EMAIL_WITHOUT_FILES = _EMAIL.replace("attachments", "'[]'::jsonb AS attachments")
_INSERT_EMAIL = """
INSERT INTO emails (tenant_id, id, to_name, to_email, subject, text, attachments, guest_id, key, state, attempts,
                    created_at)
VALUES (:tenant_id, :id, :to_name, :to_email, :subject, :text, :attachments, :guest_id, :key, :state, 0, :created_at)
ON CONFLICT (tenant_id, to_email, key) DO NOTHING
"""
_COUNT = """
SELECT count(*) FROM emails WHERE to_email = :to_email AND starts_with(key, :key_prefix) AND created_at >= :since
"""
_QUEUE = f"""
UPDATE emails SET state = 'queued', error = NULL, job_id = :job_id WHERE id = :id RETURNING {_EMAIL_COLUMNS}
"""  # noqa: S608
_BEGIN_ATTEMPT = f"""
UPDATE emails SET attempts = attempts + 1 WHERE id = :id AND state = 'queued' RETURNING {_EMAIL_COLUMNS}
"""  # noqa: S608
_NOTE_ERROR = "UPDATE emails SET error = :error WHERE id = :id AND state = 'queued'"
_SET_SENT = "UPDATE emails SET state = 'sent', sent_at = :at, error = NULL WHERE id = :id"
_SET_UNSENT = """
UPDATE emails SET state = :state, error = :error WHERE id = :id AND state = 'queued'
RETURNING to_email, subject, attempts, error
"""
_REMOVE = """
DELETE FROM emails WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM emails WHERE state = :state AND created_at < :before ORDER BY created_at LIMIT :limit)
"""
_NEWEST_FIRST = Keyset({"id": UUID}, descending=True)


async def insert_notification(session: Session, notification: Notification, key: str | None) -> bool:
    """Whether it was inserted: the user may have one with this key."""
    inserted = await session.execute(
        _INSERT_NOTIFICATION,
        tenant_id=session.tenant_id,
        id=notification.id,
        user_id=notification.user_id,
        kind=notification.kind,
        title=notification.title,
        text=notification.text,
        link=notification.link,
        key=key,
        created_at=notification.created_at,
    )
    return inserted > 0


async def notification_by_key(session: Session, user_id: UUID, key: str | None) -> Notification:
    where = "WHERE user_id = :user_id AND key = :key"
    return read_as(Notification, await session.fetch_one(f"{_NOTIFICATION} {where}", user_id=user_id, key=key))


async def inbox_of(session: Session, user_id: UUID, page: PageRequest, *, unread: bool | None) -> Page[Notification]:
    where = Where().add("user_id = :user_id", user_id=user_id)
    if unread is not None:
        where.add("read_at IS NULL" if unread else "read_at IS NOT NULL")
    return await fetch_page(session, _NOTIFICATION, where, page, keyset=_NEWEST_FIRST, read=_notification)


async def mark_read(session: Session, user_id: UUID, notification_id: UUID, at: datetime) -> Notification | None:
    row = await session.fetch_optional(_MARK_READ, user_id=user_id, id=notification_id, at=at)
    return None if row is None else _notification(row)


async def mark_all_read(session: Session, user_id: UUID, at: datetime) -> int:
    return await session.execute(_MARK_ALL_READ, user_id=user_id, at=at)


async def insert_email(session: Session, email: Email, key: str | None) -> bool:
    """Whether it was inserted: the address may have one with this key."""
    inserted = await session.execute(
        _INSERT_EMAIL,
        tenant_id=session.tenant_id,
        id=email.id,
        to_name=email.to_name,
        to_email=email.to_email,
        subject=email.subject,
        text=email.text,
        attachments=dumps([_document(attachment) for attachment in email.attachments]),
        guest_id=email.guest_id,
        key=key,
        state=str(email.state),
        created_at=email.created_at,
    )
    return inserted > 0


async def email_by_key(session: Session, to_email: str, key: str | None) -> Email:
    where = "WHERE to_email = :to_email AND key = :key"
    return _email(await session.fetch_one(f"{_EMAIL} {where}", to_email=to_email, key=key))


async def count_emails(session: Session, to_email: str, key_prefix: str, since: datetime) -> int:
    return int(await session.fetch_value(_COUNT, to_email=to_email, key_prefix=key_prefix, since=since))


async def lock_email(session: Session, email_id: UUID) -> Email | None:
    """The e-mail, locked until the transaction ends."""
    row = await session.fetch_optional(f"{_EMAIL} WHERE id = :id FOR NO KEY UPDATE", id=email_id)
    return None if row is None else _email(row)


async def list_emails(session: Session, page: PageRequest, state: EmailState | None) -> Page[Email]:
    """The e-mails without their attachments."""
    where = Where().given("state = :state", state=state)
    return await fetch_page(session, _EMAIL_WITHOUT_FILES, where, page, keyset=_NEWEST_FIRST, read=_email)


async def queue_email(session: Session, email_id: UUID, job_id: UUID) -> Email:
    return _email(await session.fetch_one(_QUEUE, id=email_id, job_id=job_id))


async def begin_attempt(session: Session, email_id: UUID) -> Email | None:
    """Count an attempt; the e-mail, or None where it is not queued any more."""
    row = await session.fetch_optional(_BEGIN_ATTEMPT, id=email_id)
    return None if row is None else _email(row)


async def note_error(session: Session, email_id: UUID, error: str) -> None:
    await session.execute(_NOTE_ERROR, id=email_id, error=error)


async def set_sent(session: Session, email_id: UUID, at: datetime) -> None:
    await session.execute(_SET_SENT, id=email_id, at=at)


async def set_unsent(session: Session, email_id: UUID, state: EmailState, error: str | None) -> Row | None:
    """Give up a queued e-mail: its address, subject, attempts and error."""
    return await session.fetch_optional(_SET_UNSENT, id=email_id, state=str(state), error=error)


async def remove_emails(session: Session, state: EmailState, before: datetime, limit: int) -> int:
    """Remove the oldest e-mails of all tenants in this state that are older than a moment; how many there were."""
    return await session.execute(_REMOVE, state=str(state), before=before, limit=limit)


def _notification(row: Row) -> Notification:
    return read_as(Notification, row)


def _email(row: Row) -> Email:
    attachments = tuple(_attachment(document) for document in row.attachments)
    return read_as(Email, row, attachments=attachments, state=EmailState(row.state))


def _document(attachment: Attachment) -> dict[str, str]:
    content = base64.b64encode(attachment.content).decode("ascii")
    return {"filename": attachment.filename, "media_type": attachment.media_type, "content": content}


def _attachment(document: dict[str, Any]) -> Attachment:
    return Attachment(document["filename"], document["media_type"], base64.b64decode(document["content"]))
