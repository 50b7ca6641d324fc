"""The errors of notifications: of requests, and of mail that cannot be sent."""

from app.jobs import PermanentFailure
from app.platform.errors import Conflict


class EmailSent(Conflict):
    code = "email_sent"
    title = "The e-mail is sent already"


class MailNotConfigured(Conflict):
    code = "mail_not_configured"
    title = "No mail server is configured"


class GuestLinkUnavailable(Conflict):
    code = "guest_link_unavailable"
    title = "There is no link for this guest"


class MailServerUnavailable(Exception):
    """The mail server cannot be reached or takes nothing at present. Trying again may help."""


class MessageRefused(PermanentFailure):
    """This message will never be taken. The words are those of the server, where it has said why."""
