"""Hands a message to the mail server, and says what its answer means for the next attempt."""

import contextlib
from email.message import EmailMessage

from aiosmtplib import SMTP, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from app.notifications.errors import MailServerUnavailable, MessageRefused
from app.notifications.message import address_in
from app.platform.settings import MailServer

# For the connection and for each answer. A server may look through a message for long before it takes it.
TIMEOUT_S = 60
_QUIT_WITHIN_S = 5
# The server wants another sign-in: a fault of our settings, and none of the message.
_SIGN_IN_CODES = frozenset({530, 534, 535, 538})
_LONGEST_REASON = 1000


async def deliver(server: MailServer, message: EmailMessage) -> None:
    """Return once the server has taken the message. Raises MailServerUnavailable or MessageRefused."""
    client = SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password.get_secret_value() if server.password else None,
        use_tls=server.encryption == "tls",
        start_tls=server.encryption == "starttls",
        timeout=TIMEOUT_S,
    )
    try:
        await _connect(client)
        await _send(client, message)
        # The message is taken. Whether the farewell succeeds does not matter.
        with contextlib.suppress(SMTPException, OSError):
            await client.quit(timeout=_QUIT_WITHIN_S)
    finally:
        client.close()


async def _connect(client: SMTP) -> None:
    """Connect, encrypt and sign in. What fails here concerns every message."""
    try:
        await client.connect()
    except (SMTPException, OSError) as error:
        raise MailServerUnavailable(_words(error)) from error


async def _send(client: SMTP, message: EmailMessage) -> None:
    sender, recipient = (address_in(message, header).addr_spec for header in ("From", "To"))
    try:
        await client.send_message(message, sender=sender, recipients=[recipient])
    except (SMTPException, OSError) as error:
        kind = MessageRefused if _is_permanent(error) else MailServerUnavailable
        raise kind(_words(error)) from error
    except ValueError as error:
        # An address or a header that the client library does not write, whatever the server says.
        raise MessageRefused(_words(error)) from error


def _is_permanent(error: Exception) -> bool:
    error = _first(error)
    return isinstance(error, SMTPResponseException) and error.code >= 500 and error.code not in _SIGN_IN_CODES


def _words(error: Exception) -> str:
    """What the server said, or what happened to the connection."""
    error = _first(error)
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {error.message}"[:_LONGEST_REASON]
    return (str(error) or type(error).__name__)[:_LONGEST_REASON]


def _first(error: Exception) -> Exception:
    """The refusal of the recipient, of whom each message has one."""
    return error.recipients[0] if isinstance(error, SMTPRecipientsRefused) else error
