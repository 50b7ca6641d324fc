"""An e-mail as the message that a mail server takes (RFC 5322, MIME)."""

import unicodedata
from email import message_from_bytes
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage, Message
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from app.notifications.text import encoded_header, header_text, plain_lines
from app.notifications.types import GUEST_LINK, PUBLIC_URL, Attachment, Email

# A longer line is folded by the library.
_LONGEST_LINE = 70


class UnusableAddress(ValueError):
    """The text is no address of a mailbox."""


class UnsafeMessage(ValueError):
    """The message would be read with other headers or parts than it was made with."""


def build_message(email: Email, *, sender: str, public_url: str, guest_link: str | None = None) -> EmailMessage:
    """The message. It is the same at every attempt, so that a second copy can be recognised by its Message-ID.

    UnusableAddress where the recipient has none that can stand in a header. UnsafeMessage where the finished message
    would be read in another way than it was made.
    """
    recipient = recipient_address(email)
    message = EmailMessage(policy=SMTP if recipient.addr_spec.isascii() else SMTPUTF8)
    message["From"] = sender
    # Folded already: the library would decode what it folds.
    message.set_raw("To", _written(recipient))
    message.set_raw("Subject", encoded_header(email.subject))
    message["Date"] = format_datetime(email.created_at)
    message["Message-ID"] = f"<{email.id}@{sender_domain(message)}>"
    # Programs that answer for people who are away leave such a message alone (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(_fill_in(plain_lines(email.text), public_url, guest_link))
    _attach(message, email.attachments)
    require_read_as_made(message)
    return message


def recipient_address(email: Email) -> Address:
    """The name and the address, its domain in ASCII. Few servers take other letters before the @."""
    return mailbox_address(email.to_email, email.to_name)


def mailbox_address(text: str, name: str = "") -> Address:
    """The mailbox that a text names, and nothing else; UnusableAddress where it names none."""
    mailbox, _, domain = text.rpartition("@")
    unusable = UnusableAddress(f"{text!r} is not an address that mail can be sent to")
    try:
        spelled = f"{mailbox}@{domain.encode('idna').decode('ascii')}"
        address = Address(header_text(name), addr_spec=spelled)
    except (HeaderParseError, ValueError, IndexError) as error:
        raise unusable from error
    # Comments, quotes and encoded words are read as something else than what stands there.
    if address.addr_spec != spelled:
        raise unusable
    return address


def _written(recipient: Address) -> str:
    """The address of a header. One that takes a whole line stands without the name."""
    name = encoded_header(recipient.display_name)
    alone = f"<{recipient.addr_spec}>"
    return f"{name}\n {alone}" if name and len(alone) <= _LONGEST_LINE else alone


def sender_domain(message: EmailMessage) -> str:
    return address_in(message, "From").domain


def address_in(message: EmailMessage, header: str) -> Address:
    """The only address of a header."""
    (address,) = message[header].addresses
    assert isinstance(address, Address)
    return address


def require_read_as_made(message: EmailMessage) -> None:
    """Read the bytes as a mail program does. Whatever a text has in it, it must not have become a header or a part."""
    read = message_from_bytes(message.as_bytes(), policy=message.policy)
    if [part.keys() for part in read.walk()] != [part.keys() for part in message.walk()]:
        raise UnsafeMessage("a text of the message would be read as a header or as a part of it")
    for made in (message, read):
        for part in made.walk():
            _require_single_lines(part)


def _require_single_lines(part: Message) -> None:
    for name, value in part.items():
        # A folded line is one line again when it is read.
        if any(unicodedata.category(letter) == "Cc" for letter in str(value)):
            raise UnsafeMessage(f"the header {name} would hold a control character")


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
            attachment.content, maintype=main, subtype=sub, filename=header_text(attachment.filename), params=parameters
        )


def _media_type(attachment: Attachment) -> tuple[str, dict[str, str]]:
    """The media type without its parameters, and the parameters."""
    header = EmailMessage(policy=SMTP)
    header["Content-Type"] = attachment.media_type
    content_type = header["Content-Type"]
    return content_type.content_type, dict(content_type.params)
