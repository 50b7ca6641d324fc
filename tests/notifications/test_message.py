"""Messages as a mail program reads them."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifications import Email, EventStatus, Person, invitation, invitation_attachment
from app.notifications.message import UnsafeMessage, UnusableAddress, build_message, require_read_as_made
from app.notifications.text import header_text, plain_lines
from app.platform.ids import new_id
from tests.notifications.factories import PICTURE, VERA, email, event

SENDER, URL = "QMT <qmt@mail.example.com>", "https://qmt.example.com"
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"]
BODY_HEADERS = {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
INJECTION = "A\r\nBcc: everyone@example.com\r\n\r\nBuy!"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def sent(of: Email, **given: Any) -> EmailMessage:
    """The message as it is read on the other side."""
    raw = build_message(of, sender=SENDER, public_url=URL, **given).as_bytes()
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    read = message_from_bytes(raw, policy=policy.default)
    assert isinstance(read, EmailMessage)
    assert not any(part.defects for part in read.walk())
    return read


def body_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def letters_of(text: str) -> str:
    """The text without spaces. The library reads one between the encoded words of a long name (RFC 2047, 6.2)."""
    return "".join(text.split())


def headers_of(message: EmailMessage) -> list[str]:
    return [name for name in message.keys() if name not in BODY_HEADERS]  # noqa: SIM118 (a message is no dict)


def test_a_message_says_from_whom_to_whom_and_when() -> None:
    one = email()
    message = sent(one)
    assert headers_of(message) == HEADERS
    assert str(message["From"]) == SENDER
    assert str(message["To"]) == "Vera Quill <vera@example.com>"
    assert message["Message-ID"] == f"<{one.id}@mail.example.com>"
    assert message["Date"].datetime == one.created_at
    assert message["Auto-Submitted"] == "auto-generated"
    assert body_of(message) == "Three calls of the week.\n"


def test_every_attempt_sends_the_same_headers() -> None:
    one = email()
    assert sent(one).items() == sent(one).items()


def test_cyrillic_is_read_back() -> None:
    subject = "Приглашение на калибровку: разбор звонков за неделю, третья группа, " * 5
    message = sent(email(to_name="Анна «Аня» Иванова", subject=subject, text="Здравствуйте!\n" * 200))
    (to,) = message["To"].addresses
    assert (to.display_name, to.addr_spec) == ("Анна «Аня» Иванова", "vera@example.com")
    assert message["Subject"] == subject.strip()
    assert body_of(message) == "Здравствуйте!\n" * 200


@pytest.mark.parametrize("field", ["to_name", "subject"])
def test_a_line_break_adds_no_header(field: str) -> None:
    message = sent(email(**{field: INJECTION}))
    assert headers_of(message) == HEADERS
    assert body_of(message) == "Three calls of the week.\n"


WORDS = [
    "=?utf-8?q?Hi=0D=0AReply-To:_evil@x.example=0D=0AContent-Type:_text/html=0D=0A=0D=0A<h1>Pay</h1>?=",
    "=?utf-8?b?SGkNClJlcGx5LVRvOiBldmlsQHguZXhhbXBsZQ0KDQo8aDE+UGF5PC9oMT4=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=0D=0ABcc=3A_b=40x.example=3F=3D?=",
    "=?utf-8?q?=?utf-8?q?a=0D=0ABcc:_b@x.example?=?=",
    "=\x00?utf-8?q?a=0D=0ABcc:_b@x.example?=",
    "a =?us-ascii?q?=0A?= =?us-ascii?q?=0ABcc:_b?= z",
    "x=?utf-8?q?=0D=0AB:_c?=y",
    "Анна =?utf-8?q?=0D=0AB:_c?=",
    '"=?utf-8?q?=0D=0AB:_c?="',
    "==??utf-8?q?=0D=0AB:_c?=",
    "Marsh, Lena <evil@x.example>, " * 6,
]
encoded = st.lists(
    st.sampled_from(["=?", "?=", "utf-8", "?q?", "?b?", "=0D=0A", "DQo=", " ", '"', "=", "?", "я", "x:"])
).map("".join)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("field", ["to_name", "subject"])
def test_an_encoded_word_stays_the_characters_that_were_typed(field: str, word: str) -> None:
    message = sent(email(**{field: word}))
    assert headers_of(message) == HEADERS
    assert body_of(message) == "Three calls of the week.\n"
    (to,) = message["To"].addresses
    read = to.display_name if field == "to_name" else str(message["Subject"])
    assert letters_of(read) == letters_of(header_text(word))
    assert [to.addr_spec for to in message["To"].addresses] == ["vera@example.com"]


@pytest.mark.parametrize("word", WORDS)
def test_an_encoded_word_adds_nothing_to_a_file_or_an_invitation(word: str) -> None:
    attachment = invitation_attachment(event(title=word, organizer=Person(word, "lena@example.com")), VERA)
    message = sent(email(attachments=(attachment, replace(PICTURE, filename=word))))
    kinds = ["multipart/mixed", "multipart/alternative", "text/plain", "text/calendar", "application/ics", "image/png"]
    assert [part.get_content_type() for part in message.walk()] == kinds
    picture = list(message.iter_attachments())[-1]
    assert set(picture.keys()) <= {"Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version"}
    assert "\n" not in (picture.get_filename() or "")
    assert picture.get_payload(decode=True) == PICTURE.content
    calendar = message.get_body(("calendar",))
    assert calendar is not None
    assert b"=?" not in calendar.get_payload(decode=True)


@given(encoded, encoded)
def test_no_encoded_word_is_decoded(name: str, subject: str) -> None:
    message = sent(email(to_name=name, subject=subject))
    assert headers_of(message) == HEADERS
    (to,) = message["To"].addresses
    assert letters_of(to.display_name) == letters_of(header_text(name))
    assert message["Subject"] == header_text(subject)


def test_a_message_that_would_be_read_with_other_headers_is_refused() -> None:
    # What a writer of messages did that let a line break into a header.
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = WORDS[0]
    message.set_content("Three calls of the week.")
    with pytest.raises(UnsafeMessage):
        require_read_as_made(message)


@given(texts, texts, texts)
def test_no_text_adds_a_header_or_gets_lost(name: str, subject: str, text: str) -> None:
    message = sent(email(to_name=name, subject=subject, text=text))
    assert headers_of(message) == HEADERS
    (to,) = message["To"].addresses
    assert (letters_of(to.display_name), to.addr_spec) == (letters_of(header_text(name)), "vera@example.com")
    assert message["Subject"] == header_text(subject)
    assert body_of(message).rstrip("\n") == plain_lines(text).rstrip("\n")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "nobody",
            "a@b@c",
            "a b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "<a@example.com>",
            "a@b, c@d",
        ),
        *("(c)a@x.c", "a(c)@x.c", "a@(c)x.c", "a@x.c (c)", '"a"@x.c', "=?utf-8?q?a=0D=0A?=@x.c", "=?utf-8?q?a?=@x.c"),
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(UnusableAddress, match="not an address"):
        sent(email(to_email=address))


@given(st.from_regex(r"[^@]{0,20}@.{0,20}|.{0,30}", fullmatch=True))
def test_an_address_is_refused_or_is_the_only_one_of_the_message(address: str) -> None:
    try:
        message = sent(email(to_email=address))
    except UnusableAddress:
        return
    assert headers_of(message) == HEADERS
    (to,) = message["To"].addresses
    assert to.username
    assert to.domain


def test_an_invitation_stands_beside_the_text_and_as_a_file() -> None:
    attachment = invitation_attachment(event(), VERA)
    message = sent(email(attachments=(attachment,)))
    assert message.get_content_type() == "multipart/mixed"
    alternative, file = message.iter_parts()
    assert alternative.get_content_type() == "multipart/alternative"
    plain, calendar = alternative.iter_parts()
    assert plain.get_content_type() == "text/plain"
    assert (calendar.get_content_type(), calendar["Content-Type"].params["method"]) == ("text/calendar", "REQUEST")
    assert calendar.get_payload(decode=True) == invitation(event(), VERA)
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invitation.ics")
    assert file.get_payload(decode=True) == invitation(event(), VERA)


def test_a_cancellation_is_marked_as_one() -> None:
    attachment = invitation_attachment(event(status=EventStatus.CANCELLED, sequence=1), VERA)
    calendar = sent(email(attachments=(attachment,))).get_body(("calendar",))
    assert calendar is not None
    assert calendar["Content-Type"].params["method"] == "CANCEL"


def test_an_invitation_in_cyrillic_arrives_as_it_was_made() -> None:
    attachment = invitation_attachment(event(title="Калибровка " * 20), VERA)
    calendar = sent(email(attachments=(attachment,))).get_body(("calendar",))
    assert calendar is not None
    assert calendar.get_payload(decode=True) == attachment.content


def test_other_files_are_attached_as_they_are() -> None:
    message = sent(email(attachments=(PICTURE,)))
    (file,) = message.iter_attachments()
    assert (file.get_content_type(), file.get_filename()) == ("image/png", "heat map.png")
    assert file.get_payload(decode=True) == PICTURE.content


def test_links_are_filled_in_when_the_message_is_made() -> None:
    text = "Join: {guest_link}\nOr: {public_url}/calibration/7\n{other} {} %s"
    guest = sent(email(text=text, guest_id=new_id()), guest_link="https://qmt.example.com/g/secret")
    assert body_of(guest) == (
        "Join: https://qmt.example.com/g/secret\nOr: https://qmt.example.com/calibration/7\n{other} {} %s\n"
    )
    # Whoever is no guest may have written it into a text of their own.
    assert "{guest_link}" in body_of(sent(email(text=text)))
