"""Telling users, and their inboxes."""

from uuid import UUID

from app import identity
from app.identity import User
from app.notifications import repository
from app.notifications.outbox import send_email
from app.notifications.types import PUBLIC_URL, NewEmail, NewNotification, Notification
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest


async def notify(session: Session, new: NewNotification) -> Notification:
    """Tell a user something; what the user was told before under this key, if there is such a notification.

    An inactive user gets no e-mail.
    """
    user = await identity.get_user(session, new.user_id)
    notification = Notification(new_id(), user.id, new.kind, new.title, new.text, new.link, clock.now())
    if not await repository.insert_notification(session, notification, new.key):
        return await repository.notification_by_key(session, user.id, new.key)
    if new.email and user.active:
        await send_email(session, _email(user, new))
    return notification


async def list_inbox(session: Session, user_id: UUID, page: PageRequest, *, unread: bool | None) -> Page[Notification]:
    return await repository.inbox_of(session, user_id, page, unread=unread)


async def mark_read(session: Session, user_id: UUID, notification_id: UUID) -> Notification:
    marked = await repository.mark_read(session, user_id, notification_id, clock.now())
    return require_found(marked, "notification", notification_id)


async def mark_all_read(session: Session, user_id: UUID) -> int:
    """Mark every notification of the user as read; how many were unread."""
    return await repository.mark_all_read(session, user_id, clock.now())


def _email(user: User, new: NewNotification) -> NewEmail:
    text = new.text if new.link is None else f"{new.text}\n\n{PUBLIC_URL}{new.link}"
    return NewEmail(
        to_name=user.full_name, to_email=user.email, subject=new.title, text=text, attachments=new.attachments
    )
