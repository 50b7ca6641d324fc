"""A mail server, as the tests of notifications have it."""

from tests.notifications.conftest import mail_configured, mail_settings, mailbox

__all__ = ["mail_configured", "mail_settings", "mailbox"]
