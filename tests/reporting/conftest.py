"""Fixtures of the tests of scheduled reports."""

from tests.analysis.conftest import factory
from tests.notifications.conftest import mail_configured, mail_settings, mailbox

__all__ = ["factory", "mail_configured", "mail_settings", "mailbox"]
