"""E-mails on their way to a real mail server, one attempt at a time."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from app import jobs, notifications
from app.api.context import AppContext
from app.jobs.runner import back_off
from app.notifications import Attachment, GuestLinkUnavailable, invitation_attachment
from app.notifications.jobs import MAX_ATTEMPTS
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.ids import new_id
from app.platform.settings import Settings
from tests.notifications.factories import VERA, event
from tests.notifications.outbox import attempt, events_of, expect_last_attempt, put, shown
from tests.notifications.servers import HANG_UP, Mailbox, mail_server, with_mail
from tests.people import Centre
from tests.processes import free_port


async def test_an_email_arrives_and_is_recorded_as_sent(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    email = await put(context.database, centre, attachments=(invitation_attachment(event(), VERA),))
    assert (await shown(centre, email.id))["state"] == "queued"
    assert await attempt(context, centre, email, mail_settings)
    (delivery,) = mailbox.deliveries
    assert (delivery.sender, delivery.recipients) == ("qmt@qmt.example.com", ["client@example.com"])
    assert str(delivery.message["To"]) == "Клиент <client@example.com>"
    assert delivery.id == f"<{email.id}@qmt.example.com>"
    assert [part.get_content_type() for part in delivery.message.walk()][-2:] == ["text/calendar", "application/ics"]
    state = await shown(centre, email.id)
    assert (state["state"], state["attempts"], state["error"]) == ("sent", 1, None)
    assert state["sent_at"] >= state["created_at"]


WORD = "=?utf-8?q?Hi=0D=0AReply-To:_evil@x.example=0D=0AContent-Type:_text/html=0D=0A=0D=0A<h1>Pay</h1>?="


async def test_an_encoded_word_in_a_name_or_a_subject_arrives_as_it_was_typed(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    attachments = (invitation_attachment(event(title=WORD), replace(VERA, name=WORD)),)
    email = await put(context.database, centre, to_name=WORD, subject=WORD, attachments=attachments)
    assert await attempt(context, centre, email, mail_settings)
    (delivery,) = mailbox.deliveries
    assert "Reply-To" not in delivery.message
    assert delivery.message.get_content_type() == "multipart/mixed"
    assert str(delivery.message["Subject"]) == WORD.replace("=?", "= ?")
    (to,) = delivery.message["To"].addresses
    assert to.display_name.replace(" ", "") == WORD
    assert to.addr_spec == "client@example.com"
    body = delivery.message.get_body(("plain",))
    assert body is not None
    assert body.get_content().strip() == "Three calls."


@pytest.mark.parametrize("address", ["(c)client@example.com", "=?utf-8?q?a=0D=0A?=@example.com", "client"])
async def test_an_address_that_is_none_fails_at_the_first_attempt(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, address: str
) -> None:
    email = await put(context.database, centre, to_email=address)
    assert await attempt(context, centre, email, mail_settings)
    failed = await shown(centre, email.id)
    assert failed["state"] == "failed"
    assert "not an address" in failed["error"]
    assert not mailbox.deliveries


async def test_a_message_that_cannot_be_made_fails_at_the_first_attempt(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    broken = Attachment("invite.ics", "text/calendar; method=REQUEST", b"\xff")
    email = await put(context.database, centre, attachments=(broken,))
    assert await attempt(context, centre, email, mail_settings)
    failed = await shown(centre, email.id)
    assert failed["state"] == "failed"
    assert "no message can be made" in failed["error"]
    assert not mailbox.deliveries


async def test_a_server_that_is_down_and_comes_up_gets_the_email_later(
    centre: Centre, context: AppContext, settings: Settings, mailbox: Mailbox, mail_configured: None
) -> None:
    port = free_port()
    email = await put(context.database, centre)
    assert not await attempt(context, centre, email, with_mail(settings, port))
    waiting = await shown(centre, email.id)
    assert (waiting["state"], waiting["attempts"]) == ("queued", 1)
    assert f"127.0.0.1 on port {port}" in waiting["error"]
    with mail_server(mailbox, port):
        assert await attempt(context, centre, email, with_mail(settings, port))
    sent = await shown(centre, email.id)
    assert (sent["state"], sent["attempts"], sent["error"]) == ("sent", 2, None)
    assert len(mailbox.deliveries) == 1


def test_a_server_that_is_down_for_a_day_loses_nothing() -> None:
    shortest = sum((back_off(attempt) for attempt in range(1, MAX_ATTEMPTS)), timedelta()) / 1.5
    assert shortest > timedelta(days=1)


@pytest.mark.parametrize("place", ["to_recipient", "to_data"])
async def test_a_server_that_says_later_gets_the_email_later(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, place: str
) -> None:
    getattr(mailbox, place).append("451 4.3.0 try again later")
    email = await put(context.database, centre)
    assert not await attempt(context, centre, email, mail_settings)
    waiting = await shown(centre, email.id)
    assert (waiting["state"], waiting["error"]) == ("queued", "451 4.3.0 try again later")
    assert await attempt(context, centre, email, mail_settings)
    sent = await shown(centre, email.id)
    assert (sent["state"], sent["attempts"], sent["error"]) == ("sent", 2, None)
    assert len(mailbox.deliveries) == 1


@pytest.mark.parametrize("place", ["to_recipient", "to_data"])
async def test_a_refusal_for_good_fails_at_once_in_the_words_of_the_server(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, place: str
) -> None:
    getattr(mailbox, place).append("550 5.1.1 no such mailbox")
    email = await put(context.database, centre)
    assert await attempt(context, centre, email, mail_settings)
    failed = await shown(centre, email.id)
    assert (failed["state"], failed["attempts"], failed["error"]) == ("failed", 1, "550 5.1.1 no such mailbox")
    assert mailbox.deliveries == []
    (recorded,) = await events_of(centre, "email.failed")
    assert recorded["subject_id"] == str(email.id)
    assert recorded["after"] == {
        "to_email": "client@example.com",
        "subject": "You are invited",
        "attempts": 1,
        "error": "550 5.1.1 no such mailbox",
    }


async def test_after_the_last_attempt_the_email_fails_with_its_reason(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.to_recipient.append("421 4.3.2 shutting down")
    email = await put(context.database, centre)
    await expect_last_attempt(context.database, centre, email)
    assert await attempt(context, centre, email, mail_settings)
    failed = await shown(centre, email.id)
    assert failed["state"] == "failed"
    assert "421 4.3.2 shutting down" in failed["error"]
    assert len(await events_of(centre, "email.failed")) == 1


async def test_a_second_copy_after_a_lost_answer_is_recognised_by_its_message_id(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    mailbox.to_data.append(HANG_UP)
    email = await put(context.database, centre)
    assert not await attempt(context, centre, email, mail_settings)
    assert (await shown(centre, email.id))["error"]
    assert await attempt(context, centre, email, mail_settings)
    first, second = mailbox.deliveries
    assert first.message.items() == second.message.items()
    assert first.id == f"<{email.id}@qmt.example.com>"


async def test_an_email_that_is_recorded_as_sent_is_never_sent_again(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    email = await put(context.database, centre)
    assert await attempt(context, centre, email, mail_settings)
    assert await attempt(context, centre, email, mail_settings)
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        again = await jobs.enqueue(session, notifications.SEND_EMAIL.name, {"email_id": email.id})
    assert await attempt(context, centre, replace(email, job_id=again), mail_settings)
    assert len(mailbox.deliveries) == 1
    assert (await shown(centre, email.id))["attempts"] == 1


async def test_without_a_mail_server_there_is_no_job_and_no_error(centre: Centre, context: AppContext) -> None:
    email = await put(context.database, centre)
    state = await shown(centre, email.id)
    assert (state["state"], state["attempts"], state["error"]) == ("not_configured", 0, None)
    assert (email.job_id, state["job_id"]) == (None, None)


async def test_a_mail_server_that_is_taken_away_leaves_the_email_unsent(
    centre: Centre, context: AppContext, settings: Settings, mail_configured: None
) -> None:
    email = await put(context.database, centre)
    assert await attempt(context, centre, email, settings)
    state = await shown(centre, email.id)
    assert (state["state"], state["error"]) == ("not_configured", None)


@pytest.mark.parametrize("address", ["nobody", "a@b@c", "x y@example.com", "анна@example.com"])
async def test_an_address_that_is_none_fails_at_once(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox, address: str
) -> None:
    email = await put(context.database, centre, to_email=address)
    assert await attempt(context, centre, email, mail_settings)
    failed = await shown(centre, email.id)
    assert failed["state"] == "failed"
    assert "not an address" in failed["error"]
    assert mailbox.deliveries == []


async def test_a_domain_in_cyrillic_is_sent_as_every_server_takes_it(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    email = await put(context.database, centre, to_email="anna@почта.рф")
    assert await attempt(context, centre, email, mail_settings)
    assert (await shown(centre, email.id))["to_email"] == "anna@почта.рф"
    assert len(mailbox.to("anna@xn--80a1acny.xn--p1ai")) == 1


class TestGuests:
    """E-mails with the personal link of a guest."""

    async def test_the_link_is_in_the_mail_and_in_no_row(
        self, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
    ) -> None:
        guest_id = new_id()
        email = await put(context.database, centre, text="Join: {guest_link}", guest_id=guest_id)
        assert await attempt(context, centre, email, mail_settings, guest_link=a_link)
        (delivery,) = mailbox.deliveries
        assert delivery.message.get_content().strip() == f"Join: https://qmt.example.com/guest/secret-of-{guest_id}"
        for table in ("emails", "jobs", "events"):
            assert await rows_with(context.database, centre, table, "secret-of-") == 0

    async def test_a_guest_whose_link_was_revoked_gets_no_mail(
        self, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
    ) -> None:
        async def revoked(_session: Session, _settings: Settings, guest_id: UUID) -> str:
            raise GuestLinkUnavailable(f"the link of the guest {guest_id} was revoked")

        guest_id = new_id()
        email = await put(context.database, centre, text="Join: {guest_link}", guest_id=guest_id)
        assert await attempt(context, centre, email, mail_settings, guest_link=revoked)
        failed = await shown(centre, email.id)
        assert (failed["state"], failed["error"]) == ("failed", f"the link of the guest {guest_id} was revoked")
        assert mailbox.deliveries == []

    async def test_where_nothing_makes_links_the_reason_says_so(
        self, centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
    ) -> None:
        email = await put(context.database, centre, text="Join: {guest_link}", guest_id=new_id())
        assert await attempt(context, centre, email, mail_settings)
        failed = await shown(centre, email.id)
        assert failed["state"] == "failed"
        assert failed["error"].startswith("nothing makes links for guests here")
        assert mailbox.deliveries == []


async def a_link(session: Session, settings: Settings, guest_id: UUID) -> str:
    """A port of our own, as the package of guests fills it in: it reads in the tenant of the e-mail."""
    assert await session.fetch_value("SELECT count(*) FROM emails WHERE guest_id = :id", id=guest_id) == 1
    return f"{settings.link_base}/guest/secret-of-{guest_id}"


async def rows_with(database: Database, centre: Centre, table: str, words: str) -> int:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        statement = f"SELECT count(*) FROM {table} t WHERE t::text LIKE :pattern"
        return int(await session.fetch_value(statement, pattern=f"%{words}%"))
