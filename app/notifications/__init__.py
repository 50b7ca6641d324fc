"""What people are told: the inboxes of users, e-mails to anyone, and invitations for their calendars."""

from app.notifications.calendar import (
    CalendarEvent,
    EventStatus,
    Person,
    Recipient,
    invitation,
    invitation_attachment,
)
from app.notifications.errors import EmailSent, GuestLinkUnavailable, MailNotConfigured
from app.notifications.events import EmailFailed, EmailRetried
from app.notifications.jobs import SEND_EMAIL, GuestLinks, no_guest_link
from app.notifications.message import UnusableAddress, mailbox_address
from app.notifications.outbox import count_emails, list_emails, remove_emails, retry_email, send_email, use_mail
from app.notifications.service import list_inbox, mark_all_read, mark_read, notify
from app.notifications.types import (
    GUEST_LINK,
    PUBLIC_URL,
    Attachment,
    Email,
    EmailState,
    NewEmail,
    NewNotification,
    Notification,
)

__all__ = [
    "GUEST_LINK",
    "PUBLIC_URL",
    "SEND_EMAIL",
    "Attachment",
    "CalendarEvent",
    "Email",
    "EmailFailed",
    "EmailRetried",
    "EmailSent",
    "EmailState",
    "EventStatus",
    "GuestLinkUnavailable",
    "GuestLinks",
    "MailNotConfigured",
    "NewEmail",
    "NewNotification",
    "Notification",
    "Person",
    "Recipient",
    "UnusableAddress",
    "count_emails",
    "invitation",
    "invitation_attachment",
    "list_emails",
    "list_inbox",
    "mailbox_address",
    "mark_all_read",
    "mark_read",
    "no_guest_link",
    "notify",
    "remove_emails",
    "retry_email",
    "send_email",
    "use_mail",
]
