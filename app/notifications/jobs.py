"""The job that sends an e-mail. No transaction is open while the mail server is asked.

It sends at least once: where a worker dies between the answer of the server and the commit, the message goes out again,
with the same Message-ID.
"""

from email.message import EmailMessage
from typing import Any, Protocol
from uuid import UUID

from app import events
from app.jobs import JobContext, JobKind
from app.notifications import repository
from app.notifications.errors import GuestLinkUnavailable, MailServerUnavailable, MessageRefused
from app.notifications.events import EmailFailed, FailedEmail
from app.notifications.message import UnsafeMessage, UnusableAddress, build_message
from app.notifications.outbox import JOB
from app.notifications.smtp import deliver
from app.notifications.types import Email, EmailState
from app.platform import clock
from app.platform.database import Session
from app.platform.settings import MailServer, Settings

QUEUE = "email"
# The delay between two attempts grows to 150…300 s: this is at least 40 hours of them, and 60 on average.
MAX_ATTEMPTS = 1000


class GuestLinks(Protocol):
    """Makes the personal link of a guest. Called in the transaction of an attempt to send, in the guest's tenant."""

    async def __call__(self, session: Session, settings: Settings, guest_id: UUID, /) -> str:
        """The whole link. Raises a DomainError for a guest who has none, such as one whose link was revoked."""


async def no_guest_link(_session: Session, _settings: Settings, guest_id: UUID) -> str:
    """The resolver of an installation without guests."""
    raise GuestLinkUnavailable(f"nothing makes links for guests here; the e-mail names the guest {guest_id}")


async def send(context: JobContext) -> None:
    email_id = UUID(context.payload["email_id"])
    settings: Settings = context.resources["settings"]
    server = settings.mail_server
    if server is None:
        await _leave_unsent(context, email_id)
        return
    async with context.begin() as session:
        email = await repository.begin_attempt(session, email_id)
        if email is None:
            return
        message = await _message(context, session, email, server)
    await _deliver(context, email, message, server)
    async with context.finishing() as session:
        await repository.set_sent(session, email_id, clock.now())


async def _leave_unsent(context: JobContext, email_id: UUID) -> None:
    """The mail server was taken out of the settings after the e-mail was queued."""
    async with context.finishing() as session:
        await repository.set_unsent(session, email_id, EmailState.NOT_CONFIGURED, None)


async def _message(context: JobContext, session: Session, email: Email, server: MailServer) -> EmailMessage:
    settings: Settings = context.resources["settings"]
    guest_link = None
    if email.guest_id is not None:
        links: GuestLinks = context.resources["guest_link"]
        guest_link = await links(session, settings, email.guest_id)
    try:
        return build_message(email, sender=server.sender, public_url=settings.link_base, guest_link=guest_link)
    except (UnusableAddress, UnsafeMessage) as error:
        raise MessageRefused(str(error)) from error
    except Exception as error:
        # The same row makes the same message: another attempt ends here again.
        raise MessageRefused(f"no message can be made of this e-mail: {type(error).__name__}: {error}") from error


async def _deliver(context: JobContext, email: Email, message: EmailMessage, server: MailServer) -> None:
    try:
        await deliver(server, message)
    except MailServerUnavailable as error:
        async with context.begin() as session:
            await repository.note_error(session, email.id, str(error))
        raise


async def give_up(session: Session, payload: dict[str, Any], reason: str) -> None:
    email_id = UUID(payload["email_id"])
    failed = await repository.set_unsent(session, email_id, EmailState.FAILED, reason)
    if failed is not None:
        after = FailedEmail(failed.to_email, failed.subject, failed.attempts, failed.error)
        await events.record(session, EmailFailed(subject_id=email_id, after=after))


SEND_EMAIL = JobKind(JOB, send, queue=QUEUE, fair=True, max_attempts=MAX_ATTEMPTS, time_limit_s=600, on_failure=give_up)
