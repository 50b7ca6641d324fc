"""The outbox: an e-mail is a row of the transaction that asks for it, and a job sends it after the commit."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app import events, jobs
from app.notifications import repository
from app.notifications.errors import EmailSent, MailNotConfigured
from app.notifications.events import EmailRetried, RetriedEmail
from app.notifications.types import Email, EmailState, NewEmail
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.ids import new_id
from app.platform.pagination import Page, PageRequest

JOB = "notifications.send_email"


@dataclass
class _Mail:
    configured: bool = False


_mail = _Mail()


def use_mail(*, configured: bool) -> None:
    """Say whether this installation has a mail server. `app.wiring` says it once, at start."""
    _mail.configured = configured


async def send_email(session: Session, new: NewEmail) -> Email:
    """Put an e-mail into the outbox; the one with this key, if the address has one."""
    email = Email(
        id=new_id(),
        to_name=new.to_name,
        to_email=new.to_email,
        subject=new.subject,
        text=new.text,
        attachments=new.attachments,
        guest_id=new.guest_id,
        state=EmailState.QUEUED if _mail.configured else EmailState.NOT_CONFIGURED,
        attempts=0,
        error=None,
        created_at=clock.now(),
        sent_at=None,
        job_id=None,
    )
    if not await repository.insert_email(session, email, new.key):
        return await repository.email_by_key(session, new.to_email, new.key)
    return await _queue(session, email) if _mail.configured else email


async def count_emails(session: Session, to_email: str, *, key_prefix: str, since: datetime) -> int:
    """How many e-mails to an address were asked for since a moment whose keys begin so."""
    return await repository.count_emails(session, to_email, key_prefix, since)


async def list_emails(session: Session, page: PageRequest, *, state: EmailState | None) -> Page[Email]:
    return await repository.list_emails(session, page, state)


async def retry_email(session: Session, email_id: UUID) -> Email:
    """Queue an e-mail that was not sent. One that is queued already stays as it is."""
    email = require_found(await repository.lock_email(session, email_id), "e-mail", email_id)
    if email.state is EmailState.SENT:
        raise EmailSent(f"the mail server took it at {email.sent_at:%Y-%m-%d %H:%M} UTC")
    if email.state is EmailState.QUEUED:
        return email
    if not _mail.configured:
        raise MailNotConfigured("set QMT_SMTP_HOST and QMT_SMTP_FROM, start the service again, and repeat this")
    await events.record(session, EmailRetried(subject_id=email_id, after=RetriedEmail(email.to_email, email.subject)))
    return await _queue(session, email)


async def remove_emails(session: Session, limit: int, *, state: EmailState, kept: timedelta) -> int:
    """Remove e-mails of all tenants in this state that are older than they are kept; how many there were."""
    return await repository.remove_emails(session, state, clock.now() - kept, limit)


async def _queue(session: Session, email: Email) -> Email:
    job_id = await jobs.enqueue(session, JOB, {"email_id": email.id})
    return await repository.queue_email(session, email.id, job_id)
