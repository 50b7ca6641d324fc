"""Settings of the mail server: checked together, and none of them said in clear."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.platform.settings import Settings

SERVER = {"smtp_host": "mail.example.com", "smtp_from": "QMT <qmt@example.com>"}
SIGN_IN = {"smtp_username": "qmt", "smtp_password": "correct horse battery staple"}


def test_without_a_host_no_mail_is_sent() -> None:
    assert Settings().mail_server is None


@pytest.mark.parametrize(("encryption", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_the_port_follows_from_the_encryption(encryption: str, port: int) -> None:
    server = Settings.model_validate(SERVER | {"smtp_tls": encryption}).mail_server
    assert server is not None
    assert (server.host, server.port, server.encryption) == ("mail.example.com", port, encryption)


def test_a_connection_is_encrypted_unless_it_is_said_otherwise() -> None:
    server = Settings.model_validate(SERVER | SIGN_IN).mail_server
    assert server is not None
    assert server.encryption == "starttls"
    assert "correct horse" not in repr(server)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"smtp_host": "mail.example.com"}, "QMT_SMTP_FROM is required"),
        ({"smtp_from": "qmt@example.com"}, "QMT_SMTP_HOST is required"),
        ({"smtp_port": 25}, "QMT_SMTP_HOST is required"),
        (SIGN_IN, "QMT_SMTP_HOST is required"),
        (SERVER | {"smtp_username": "qmt"}, "must be given together"),
        (SERVER | {"smtp_password": "secret"}, "must be given together"),
        (SERVER | SIGN_IN | {"smtp_tls": "none"}, "not sent in clear"),
        (SERVER | {"smtp_tls": "ssl"}, "'none', 'starttls' or 'tls'"),
        (SERVER | {"smtp_port": 0}, "greater than or equal to 1"),
        (SERVER | {"smtp_host": ""}, "at least 1 character"),
    ],
)
def test_what_does_not_fit_together_is_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Settings.model_validate(given)


@pytest.mark.parametrize(
    "sender", ["", "qmt", "qmt@", "@example.com", "a@example.com, b@example.com", "QMT\nBcc: x@y.z <a@b.c>", "я@b.c"]
)
def test_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(ValidationError, match="one address, such as"):
        Settings.model_validate(SERVER | {"smtp_from": sender})


@pytest.mark.parametrize("sender", ["qmt@example.com", "QMT <qmt@example.com>", '"QMT, quality" <qmt@example.com>'])
def test_a_sender_may_have_a_name(sender: str) -> None:
    assert Settings.model_validate(SERVER | {"smtp_from": sender}).smtp_from == sender


def test_links_begin_with_the_public_url_or_the_own_address() -> None:
    assert Settings(port=8100).link_base == "http://127.0.0.1:8100"
    assert Settings(public_url="https://qmt.example.com/q/").link_base == "https://qmt.example.com/q"


@pytest.mark.parametrize(
    "url", ["", "qmt.example.com", "ftp://qmt.example.com", "https://", "https://a b", "http://a?b"]
)
def test_a_public_url_begins_a_link(url: str) -> None:
    with pytest.raises(ValidationError, match="beginning of a link"):
        Settings(public_url=url)
