"""The records of notifications: what is in an inbox, and the e-mails of the outbox."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

# Filled in when the e-mail is sent. The link of a guest is a secret: it stands in no row.
GUEST_LINK = "{guest_link}"
PUBLIC_URL = "{public_url}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of an e-mail. A media type `text/calendar; method=…` makes mail programs show it as an invitation."""

    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotification:
    """What a user is told, in the inbox and, unless `email` is false, by e-mail.

    `kind` names the occasion, such as `calibration.invited`. `link` is a path, which begins with a slash.
    `key`: a user gets one notification with this key at most, however often it is asked for.
    """

    user_id: UUID
    kind: str
    title: str
    text: str
    link: str | None = None
    key: str | None = None
    attachments: tuple[Attachment, ...] = ()
    email: bool = True


@dataclass(frozen=True, slots=True)
class Notification:
    """A notification in the inbox of a user."""

    id: UUID
    user_id: UUID
    kind: str
    title: str
    text: str
    link: str | None
    created_at: datetime
    read_at: datetime | None = None


class EmailState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    # There was no mail server to send it with.
    NOT_CONFIGURED = "not_configured"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEmail:
    """An e-mail to a person, with or without an account.

    In the text of an e-mail to a guest, `{guest_link}` stands for the guest's personal link.
    `key`: an address gets one e-mail with this key at most, however often it is asked for.
    """

    to_name: str
    to_email: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...] = ()
    guest_id: UUID | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail of the outbox. `error` says why the last attempt to send it failed."""

    id: UUID
    to_name: str
    to_email: str
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    guest_id: UUID | None
    state: EmailState
    attempts: int
    error: str | None
    created_at: datetime
    sent_at: datetime | None
    job_id: UUID | None
