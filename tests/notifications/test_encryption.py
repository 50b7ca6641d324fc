"""A mail server that wants STARTTLS and a sign-in."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest

from app.api.context import AppContext
from app.platform.settings import Settings
from tests.notifications.outbox import attempt, put, shown
from tests.notifications.servers import PASSWORD, USER, Mailbox, mail_server, with_mail
from tests.people import Centre

SIGN_IN = {"smtp_tls": "starttls", "smtp_username": USER, "smtp_password": PASSWORD}

pytestmark = pytest.mark.usefixtures("mail_configured")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for the loopback interface, signed by itself; its key is `server.key` beside it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificate of the server, and is not installed")
    path = tmp_path_factory.mktemp("tls") / "server.crt"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    files = ["-keyout", str(path.with_suffix(".key")), "-out", str(path)]
    subprocess.run([*made, "-addext", "subjectAltName=IP:127.0.0.1", *files], check=True, capture_output=True)
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_suffix(".key"))
    return context


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate is one of those that this machine trusts, as docs/operations.md says."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def signed_in(settings: Settings, port: int, password: str = PASSWORD) -> Settings:
    given = with_mail(settings, port, **SIGN_IN | {"smtp_password": password})
    return Settings.model_validate(given.model_dump())


@pytest.mark.usefixtures("trusted")
async def test_the_mail_is_encrypted_and_the_sender_signed_in(
    centre: Centre, context: AppContext, settings: Settings, mailbox: Mailbox, tls: ssl.SSLContext
) -> None:
    email = await put(context.database, centre)
    with mail_server(mailbox, tls=tls) as port:
        assert await attempt(context, centre, email, signed_in(settings, port))
    assert [one.encrypted for one in mailbox.deliveries] == [True]


@pytest.mark.usefixtures("trusted")
async def test_a_wrong_password_is_tried_again_until_it_is_put_right(
    centre: Centre, context: AppContext, settings: Settings, mailbox: Mailbox, tls: ssl.SSLContext
) -> None:
    email = await put(context.database, centre)
    with mail_server(mailbox, tls=tls) as port:
        assert not await attempt(context, centre, email, signed_in(settings, port, "mistyped"))
        waiting = await shown(centre, email.id)
        assert waiting["state"] == "queued"
        assert waiting["error"].startswith("535")
        assert "mistyped" not in waiting["error"]
        assert await attempt(context, centre, email, signed_in(settings, port))
    assert len(mailbox.deliveries) == 1


@pytest.mark.parametrize("encrypts", [True, False], ids=["unknown certificate", "no encryption"])
async def test_nothing_is_sent_over_a_connection_that_is_not_safe(
    centre: Centre, context: AppContext, settings: Settings, mailbox: Mailbox, tls: ssl.SSLContext, encrypts: bool
) -> None:
    email = await put(context.database, centre)
    with mail_server(mailbox, tls=tls if encrypts else None) as port:
        assert not await attempt(context, centre, email, with_mail(settings, port, smtp_tls="starttls"))
    waiting = await shown(centre, email.id)
    assert waiting["state"] == "queued"
    assert waiting["error"]
    assert mailbox.deliveries == []
