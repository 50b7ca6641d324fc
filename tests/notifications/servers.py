"""A real mail server on the loopback interface, which keeps what it takes and answers as a test tells it to."""

import asyncio
import contextlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.platform.settings import Settings
from tests.processes import free_port

OK = "250 OK"
# Take the message and hang up without an answer.
HANG_UP = "hang up"
USER, PASSWORD = "qmt", "correct horse battery staple"


@dataclass(frozen=True)
class Delivery:
    sender: str
    recipients: list[str]
    message: EmailMessage
    encrypted: bool

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])


@dataclass
class Mailbox:
    """What was delivered. The answers of `to_recipient` and `to_data` are given first, one to each message."""

    to_recipient: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)

    def to(self, address: str) -> list[Delivery]:
        return [one for one in self.deliveries if one.recipients == [address]]

    async def handle_RCPT(  # noqa: N802 (a name of the library)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.to_recipient and (answer := self.to_recipient.pop(0)) != OK:
            return answer
        envelope.rcpt_tos.append(address)
        return OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.to_data.pop(0) if self.to_data else OK
        if answer in (OK, HANG_UP):
            self.deliveries.append(_delivery(session, envelope))
        if answer == HANG_UP:
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer


def _delivery(session: Session, envelope: Envelope) -> Delivery:
    content = envelope.original_content
    assert content is not None
    assert envelope.mail_from is not None
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return Delivery(envelope.mail_from, list(envelope.rcpt_tos), message, session.ssl is not None)


def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: Any) -> AuthResult:
    wanted = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=given == wanted, handled=False)


@contextlib.contextmanager
def mail_server(mailbox: Mailbox, port: int | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that delivers to the mailbox. With `tls`, it wants STARTTLS and a sign-in."""
    secured: dict[str, Any] = {}
    if tls is not None:
        secured = {
            "tls_context": tls,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _authenticate,
        }
    controller = Controller(mailbox, hostname="127.0.0.1", port=port or free_port(), **secured)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def with_mail(settings: Settings, port: int, **more: Any) -> Settings:
    """The settings with a mail server on that port."""
    mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "smtp_from": "QMT <qmt@qmt.example.com>"}
    return settings.model_copy(update=mail | {"public_url": "https://qmt.example.com"} | more)
