"""A mail server for the tests that need one."""

from collections.abc import Iterator

import pytest

from app import notifications
from app.platform.settings import Settings
from tests.notifications.servers import Mailbox, mail_server, with_mail


@pytest.fixture
def mail_configured(settings: Settings) -> Iterator[None]:
    """An installation with a mail server, whether or not it runs."""
    notifications.use_mail(configured=True)
    yield
    notifications.use_mail(configured=settings.mail_server is not None)


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_settings(settings: Settings, mailbox: Mailbox, mail_configured: None) -> Iterator[Settings]:
    """The settings of an installation with a mail server, which delivers to `mailbox`."""
    with mail_server(mailbox) as port:
        yield with_mail(settings, port)
