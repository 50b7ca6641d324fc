"""An e-mail as the message that a mail server takes (RFC 5322, MIME)."""

from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.notifications.text import one_line, plain_lines
from app.notifications.types import GUEST_LINK, PUBLIC_URL, Attachment, Email


class UnusableAddress(ValueError):
    """The text is no address of a mailbox."""


def build_message(email: Email, *, sender: str, public_url: str, guest_link: str | None = None) -> EmailMessage:
    """The message. It is the same at every attempt, so that a second copy can be recognised by its Message-ID.

    UnusableAddress where the recipient has none that can stand in a header.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient_address(email)
    message["Subject"] = one_line(email.subject)
    message["Date"] = format_datetime(email.created_at)
    message["Message-ID"] = f"<{email.id}@{sender_domain(message)}>"
    # Programs that answer for people who are away leave such a message alone (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_fill_in(plain_lines(email.text), public_url, guest_link))
    _attach(message, email.attachments)
    return message


def recipient_address(email: Email) -> Address:
    """The name and the address, its domain in ASCII. Few servers take other letters before the @."""
    mailbox, _, domain = email.to_email.rpartition("@")
    try:
        return Address(one_line(email.to_name), addr_spec=f"{mailbox}@{domain.encode('idna').decode('ascii')}")
    except (HeaderParseError, ValueError, IndexError) as error:
        raise UnusableAddress(f"{email.to_email!r} is not an address that mail can be sent to") from error


def sender_domain(message: EmailMessage) -> str:
    return address_in(message, "From").domain


def address_in(message: EmailMessage, header: str) -> Address:
    """The only address of a header."""
    (address,) = message[header].addresses
    assert isinstance(address, Address)
    return address


def _fill_in(text: str, public_url: str, guest_link: str | None) -> str:
    filled = text.replace(PUBLIC_URL, public_url)
    return filled if guest_link is None else filled.replace(GUEST_LINK, guest_link)


def _attach(message: EmailMessage, attachments: tuple[Attachment, ...]) -> None:
    # Invitations stand twice: beside the text, where mail programs look for them, and as a file for all others.
    for attachment in attachments:
        kind, parameters = _media_type(attachment)
        if kind == "text/calendar":
            message.add_alternative(attachment.content.decode(), subtype="calendar", params=parameters)
    for attachment in attachments:
        kind, parameters = _media_type(attachment)
        main, _, sub = ("application/ics" if kind == "text/calendar" else kind).partition("/")
        message.add_attachment(
            attachment.content, maintype=main, subtype=sub, filename=one_line(attachment.filename), params=parameters
        )


def _media_type(attachment: Attachment) -> tuple[str, dict[str, str]]:
    """The media type without its parameters, and the parameters."""
    header = EmailMessage(policy=SMTP)
    header["Content-Type"] = attachment.media_type
    content_type = header["Content-Type"]
    return content_type.content_type, dict(content_type.params)
