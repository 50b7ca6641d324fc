"""Reports on their way: due, made, and sent by a real mail server."""

import csv
import io
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import openpyxl
import pytest

from app import notifications, reporting
from app.analysis import registry, report_file
from app.api.context import AppContext
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database, Tenant
from app.platform.settings import Settings
from tests.analysis.factories import DrawnCall, SampleFactory
from tests.identity.factories import post_user
from tests.notifications.outbox import events_of
from tests.notifications.servers import Mailbox
from tests.people import Centre
from tests.reporting.factories import (
    EVERY_DAY,
    MADE,
    SCHEDULES,
    attempt,
    change,
    create,
    deliveries,
    send,
    shown,
    tick,
)

# The morning on which a schedule that was made at `MADE` is due first, and the report is about the day of `NOON`.
FIRST = datetime(2026, 11, 3, 8, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
INJECTION = "=?utf-8?q?Hi=0D=0ABcc:_evil@x.example?="


async def only_delivery(centre: Centre, schedule: dict[str, Any]) -> dict[str, Any]:
    (delivery,) = await deliveries(centre, schedule)
    return delivery


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def file_of(message: EmailMessage) -> tuple[str, str, bytes]:
    """The name, the media type and the content of the only file."""
    (part,) = message.iter_attachments()
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return str(part.get_filename()), part.get_content_type(), content


async def sent_mail(
    context: AppContext, centre: Centre, settings: Settings, mailbox: Mailbox, schedule: dict[str, Any]
) -> EmailMessage:
    """The e-mail of the schedule's first due time, once it has arrived."""
    await tick(context, centre, FIRST)
    assert await attempt(context, centre, await only_delivery(centre, schedule), settings)
    await send(context, centre, settings)
    (delivery,) = mailbox.deliveries
    return delivery.message


async def test_a_report_arrives_with_the_figures_of_its_route(
    centre: Centre,
    context: AppContext,
    factory: SampleFactory,
    mail_settings: Settings,
    mailbox: Mailbox,
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("100", "0.5"), DrawnCall("40", "0.1"))
    schedule = await create(centre, filters={"by": "agent"})
    message = await sent_mail(context, centre, mail_settings, mailbox, schedule)
    assert str(message["To"]) == "Leader <leader@example.com>"
    assert str(message["Subject"]) == "Quality: mean scores · 2 November 2026 (UTC)"
    assert "Every morning" in text_of(message)
    name, media_type, content = file_of(message)
    assert (name, media_type) == ("quality_2026-11-02.csv", "text/csv")
    route = {"from": "2026-11-02", "to": "2026-11-03", "by": "agent", "format": "csv", "language": "en"}
    assert content == (await centre.leader.get("/v1/reports/quality", params=route)).content
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert len(rows) == 2
    delivery = await only_delivery(centre, schedule)
    assert delivery["state"] == "sent"
    assert (delivery["due_at"], delivery["since"], delivery["until"]) == (
        "2026-11-03T08:00:00Z",
        "2026-11-02T00:00:00Z",
        "2026-11-03T00:00:00Z",
    )
    assert (delivery["file_name"], delivery["size_bytes"], delivery["attached"]) == (name, len(content), True)
    (recipient,) = delivery["recipients"]
    assert (recipient["email"], recipient["email_state"], recipient["left_out"]) == ("leader@example.com", "sent", None)
    (event,) = await events_of(centre, "report_delivery.sent")
    assert event["after"]["recipients"][0]["email"] == "leader@example.com"


async def test_a_workbook_is_sent_in_russian_and_about_the_days_of_the_zone(
    centre: Centre, context: AppContext, factory: SampleFactory, mail_settings: Settings, mailbox: Mailbox
) -> None:
    await factory.draw(await factory.plan(), DrawnCall("80"))
    when = EVERY_DAY | {"timezone": "Asia/Kolkata", "at": "13:30"}
    schedule = await create(centre, format="xlsx", language="ru", period="previous_week", when=when)
    await tick(context, centre, datetime(2026, 11, 2, 12, tzinfo=UTC))
    assert await deliveries(centre, schedule) == []
    message = await sent_mail(context, centre, mail_settings, mailbox, schedule)
    assert str(message["Subject"]).endswith("26 октября 2026 – 1 ноября 2026 (Asia/Kolkata)")
    assert "Отчёт во вложении: quality_2026-10-26_2026-11-01.xlsx" in text_of(message)
    _, media_type, content = file_of(message)
    assert media_type == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert "Asia/Kolkata" in str(book.worksheets[0]["A2"].value)
    assert (await only_delivery(centre, schedule))["since"] == "2026-10-25T18:30:00Z"


@pytest.mark.parametrize(
    ("report", "file_format", "start"),
    [
        ("quality", "parquet", b"PAR1"),
        ("quality", "png", b"\x89PNG"),
        ("error-sources", "svg", b"<?xml"),
        ("error-sources", "csv", b"Scorecard id,"),
        ("verifiers", "xlsx", b"PK"),
        ("sampling-coverage", "parquet", b"PAR1"),
    ],
)
async def test_every_report_can_be_sent_without_a_call(
    centre: Centre,
    context: AppContext,
    mail_settings: Settings,
    mailbox: Mailbox,
    report: str,
    file_format: str,
    start: bytes,
) -> None:
    schedule = await create(centre, report=report, format=file_format)
    _, _, content = file_of(await sent_mail(context, centre, mail_settings, mailbox, schedule))
    assert content.startswith(start)


async def test_the_month_is_sent_as_pdf(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    """With a link instead of the file, the link is to the same month."""
    when = {"every": "month", "day": 3, "at": "08:00", "timezone": "Europe/Berlin"}
    month: Any = {"report": "monthly", "format": "pdf", "period": "previous_month", "language": "ru"}
    schedule = await create(centre, when=when, **month)
    message = await sent_mail(context, centre, mail_settings, mailbox, schedule)
    name, media_type, content = file_of(message)
    assert (name, media_type, content[:5]) == ("monthly_2026-10-01_2026-10-31.pdf", "application/pdf", b"%PDF-")
    assert str(message["Subject"]).startswith("Отчёт о качестве за месяц · 1 октября 2026 – 31 октября 2026")
    small = mail_settings.model_copy(update={"max_report_attachment_bytes": 0})
    with use_clock(FixedClock(FIRST + DAY)):
        queued = await centre.leader.post(f"{SCHEDULES}/{schedule['id']}/send")
    assert await attempt(context, centre, queued.json(), small)
    await send(context, centre, mail_settings)
    (link,) = (word for word in text_of(mailbox.deliveries[-1].message).split() if word.startswith("https://"))
    answer = await centre.leader.get(link.removeprefix("https://qmt.example.com"), params=None)
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


async def test_the_figures_that_were_sent_are_kept(
    centre: Centre, context: AppContext, database: Database, mail_settings: Settings, mailbox: Mailbox
) -> None:
    schedule = await create(centre, report="error-sources")
    await sent_mail(context, centre, mail_settings, mailbox, schedule)
    async with database.begin(Tenant(centre.tenant_id)) as session:
        assert await session.fetch_column("SELECT report FROM report_figures") == ["error-sources"]


async def test_a_due_time_is_taken_once(centre: Centre, context: AppContext, mail_settings: Settings) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST - MINUTE)
    assert await deliveries(centre, schedule) == []
    for minute in range(3):
        await tick(context, centre, FIRST + minute * MINUTE)
    delivery = await only_delivery(centre, schedule)
    assert (await shown(centre, schedule))["next_due_at"] == "2026-11-04T08:00:00Z"
    # The job of the delivery runs twice, as after a crash of the worker that had it.
    for _ in range(2):
        await attempt(context, centre, delivery, mail_settings)
    assert len(await emails(centre)) == 1


async def emails(centre: Centre) -> list[dict[str, Any]]:
    return list((await centre.admin.get("/v1/emails")).json()["items"])


async def test_after_an_outage_only_the_newest_due_time_is_sent(
    centre: Centre, context: AppContext, mail_settings: Settings
) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST + 3 * DAY + MINUTE)
    newest, *missed = await deliveries(centre, schedule)
    assert (newest["state"], newest["due_at"]) == ("queued", "2026-11-06T08:00:00Z")
    assert [(one["state"], one["due_at"][:10]) for one in missed] == [
        ("skipped", "2026-11-05"),
        ("skipped", "2026-11-04"),
        ("skipped", "2026-11-03"),
    ]
    assert all("passed" in one["reason"] for one in missed)
    (event,) = await events_of(centre, "report_schedule.skipped")
    assert len(event["after"]["due_at"]) == 3
    assert await attempt(context, centre, newest, mail_settings)
    assert len(await emails(centre)) == 1


async def test_a_due_time_waits_for_the_one_before_it(
    centre: Centre, context: AppContext, mail_settings: Settings
) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    first = await only_delivery(centre, schedule)
    await tick(context, centre, FIRST + DAY)
    assert len(await deliveries(centre, schedule)) == 1
    assert await attempt(context, centre, first, mail_settings)
    await tick(context, centre, FIRST + DAY + MINUTE)
    assert [one["state"] for one in await deliveries(centre, schedule)] == ["queued", "sent"]


async def test_a_local_time_that_occurs_twice_is_sent_once(centre: Centre, context: AppContext) -> None:
    with use_clock(FixedClock(datetime(2026, 10, 24, 12, tzinfo=UTC))):
        when = {"every": "day", "at": "02:30", "timezone": "Europe/Berlin"}
        answer = await centre.leader.post(
            SCHEDULES,
            json={"name": "Night", "report": "quality", "format": "csv", "period": "previous_day", "when": when}
            | {"recipients": [{"user_id": str(centre.user_ids["leader"])}]},
        )
    schedule = answer.json()
    assert schedule["next_due_at"] == "2026-10-25T00:30:00Z"
    for hour in range(6):
        await tick(context, centre, datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    assert len(await deliveries(centre, schedule)) == 1
    assert (await shown(centre, schedule))["next_due_at"] == "2026-10-26T01:30:00Z"


async def test_names_are_data(centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox) -> None:
    project = {"name": INJECTION, "timezone": "UTC", "language": "en"}
    project_id = (await centre.admin.post("/v1/projects", json=project)).json()["id"]
    schedule = await create(centre, name=f"{INJECTION} {{file}} {{0}} %s", filters={"project_id": project_id})
    message = await sent_mail(context, centre, mail_settings, mailbox, schedule)
    assert "Bcc" not in message
    assert str(message["Subject"]).endswith(f"project: {INJECTION.replace('=?', '= ?')}")
    assert f"“{INJECTION} {{file}} {{0}} %s”" in text_of(message)


async def test_a_large_report_is_sent_as_a_link(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    small = mail_settings.model_copy(update={"max_report_attachment_bytes": 10})
    schedule = await create(centre, filters={"by": "team"})
    message = await sent_mail(context, centre, small, mailbox, schedule)
    assert list(message.iter_attachments()) == []
    (link,) = (word for word in text_of(message).split() if word.startswith("https://"))
    path = link.removeprefix("https://qmt.example.com")
    answer = await centre.leader.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert (await only_delivery(centre, schedule))["attached"] is False
    assert (await centre.verifier.get(path)).status_code == 403


async def test_who_has_left_or_lost_the_role_gets_nothing(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    left, demoted = [(await post_user(centre.admin, role="leader")).json()["id"] for _ in range(2)]
    recipients = [{"user_id": left}, {"user_id": demoted}, {"user_id": str(centre.user_ids["admin"])}]
    schedule = await create(centre, recipients=recipients)
    etag = {"If-Match": '"1"'}
    assert (await centre.admin.patch(f"/v1/users/{left}", json={"active": False}, headers=etag)).status_code == 200
    assert (await centre.admin.patch(f"/v1/users/{demoted}", json={"role": "agent"}, headers=etag)).status_code == 200
    await sent_mail(context, centre, mail_settings, mailbox, schedule)
    delivery = await only_delivery(centre, schedule)
    assert delivery["state"] == "sent"
    assert [one["left_out"] for one in delivery["recipients"]] == ["inactive", "may_not_read_reports", None]
    assert [one.recipients for one in mailbox.deliveries] == [["admin@example.com"]]


async def test_a_report_that_nobody_may_get_has_failed(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    user = (await post_user(centre.admin, role="leader")).json()["id"]
    schedule = await create(centre, recipients=[{"user_id": user}])
    await centre.admin.patch(f"/v1/users/{user}", json={"active": False}, headers={"If-Match": '"1"'})
    await tick(context, centre, FIRST)
    assert await attempt(context, centre, await only_delivery(centre, schedule), mail_settings)
    delivery = await only_delivery(centre, schedule)
    assert (delivery["state"], delivery["recipients"][0]["left_out"]) == ("failed", "inactive")
    (told,) = (await centre.leader.get("/v1/inbox")).json()["items"]
    assert told["kind"] == "report_schedule.failed"
    assert "none of the recipients" in told["text"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"active": False}, "owner_inactive"), ({"role": "verifier"}, "owner_may_not_read_reports")],
)
async def test_the_schedule_of_an_owner_who_may_not_read_stops(
    centre: Centre, context: AppContext, mail_settings: Settings, changes: dict[str, Any], reason: str
) -> None:
    owner = (await post_user(centre.admin, role="leader")).json()["id"]
    schedule = await create(centre)
    schedule = (await change(centre.admin, schedule, owner_id=owner)).json()
    await tick(context, centre, FIRST)
    await centre.admin.patch(f"/v1/users/{owner}", json=changes, headers={"If-Match": '"1"'})
    assert await attempt(context, centre, await only_delivery(centre, schedule), mail_settings)
    assert (await only_delivery(centre, schedule))["state"] == "failed"
    stopped = await shown(centre, schedule)
    assert (stopped["active"], stopped["paused_reason"], stopped["next_due_at"]) == (False, reason, None)
    (told,) = (await centre.admin.get("/v1/inbox")).json()["items"]
    assert told["kind"] == "report_schedule.paused"
    (event,) = await events_of(centre, "report_schedule.paused")
    assert event["after"] == {"reason": reason, "owner_id": owner}
    await tick(context, centre, FIRST + 3 * DAY)
    assert len(await deliveries(centre, schedule)) == 1
    assert [one for one in await emails(centre) if "Quality" in one["subject"]] == []
    # An administrator takes it over.
    taken = await change(centre.admin, stopped, owner_id=str(centre.user_ids["admin"]), active=True)
    assert (taken.json()["active"], taken.json()["paused_reason"]) == (True, None)


async def test_a_report_that_fails_is_tried_again_and_then_told_to_the_owner(
    centre: Centre, context: AppContext, database: Database, mail_settings: Settings
) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    delivery = await only_delivery(centre, schedule)
    # A report that this release does not know, as after a step back to an older one.
    await set_report(database, centre, schedule, "forecast")
    for _ in range(reporting.DELIVER.max_attempts - 1):  # type: ignore[operator]
        assert not await attempt(context, centre, delivery, mail_settings)
        assert (await only_delivery(centre, schedule))["state"] == "queued"
    assert await attempt(context, centre, delivery, mail_settings)
    failed = await only_delivery(centre, schedule)
    assert (failed["state"], "forecast" in failed["reason"]) == ("failed", True)
    (told,) = (await centre.leader.get("/v1/inbox")).json()["items"]
    assert told["kind"] == "report_schedule.failed"
    assert "forecast" in told["text"]
    (event,) = await events_of(centre, "report_delivery.failed")
    assert event["after"]["schedule_id"] == schedule["id"]
    # The next day is another due time.
    await set_report(database, centre, schedule, "quality")
    await tick(context, centre, FIRST + DAY)
    assert [one["state"] for one in await deliveries(centre, schedule)] == ["queued", "failed"]


async def set_report(database: Database, centre: Centre, schedule: dict[str, Any], report: str) -> None:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        statement = f"UPDATE report_schedules SET report = '{report}' WHERE id = '{schedule['id']}'"
        await session.send(statement)


async def test_a_stopped_schedule_does_not_send_what_was_queued(
    centre: Centre, context: AppContext, mail_settings: Settings
) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    await change(centre.leader, schedule, active=False)
    assert await attempt(context, centre, await only_delivery(centre, schedule), mail_settings)
    delivery = await only_delivery(centre, schedule)
    assert (delivery["state"], "stopped" in delivery["reason"]) == ("skipped", True)
    assert await emails(centre) == []


async def test_a_deleted_schedule_sends_nothing(centre: Centre, context: AppContext, mail_settings: Settings) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    delivery = await only_delivery(centre, schedule)
    assert (await centre.leader.delete(f"{SCHEDULES}/{schedule['id']}")).status_code == 204
    assert await attempt(context, centre, delivery, mail_settings)
    assert await emails(centre) == []


async def test_without_a_mail_server_the_delivery_has_failed(centre: Centre, context: AppContext) -> None:
    notifications.use_mail(configured=False)
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    assert await attempt(context, centre, await only_delivery(centre, schedule), context.settings)
    delivery = await only_delivery(centre, schedule)
    assert (delivery["state"], delivery["reason"]) == ("failed", "no mail server is configured")
    assert delivery["recipients"][0]["email_state"] == "not_configured"


async def test_one_is_sent_now(centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox) -> None:
    schedule = await create(centre, active=False)
    url = f"{SCHEDULES}/{schedule['id']}/send"
    with use_clock(FixedClock(MADE + DAY)):
        queued = await centre.leader.post(url)
        again = await centre.leader.post(url)
    assert (queued.status_code, queued.json()["state"]) == (202, "queued")
    assert (again.status_code, again.json()["code"]) == (409, "delivery_running")
    assert queued.json()["requested_by"] == str(centre.user_ids["leader"])
    assert queued.json()["since"] == "2026-11-02T00:00:00Z"
    assert await attempt(context, centre, queued.json(), mail_settings)
    await send(context, centre, mail_settings)
    assert len(mailbox.deliveries) == 1
    assert (await only_delivery(centre, schedule))["state"] == "sent"
    with use_clock(FixedClock(MADE + 2 * DAY)):
        assert (await centre.leader.post(url)).status_code == 202


async def test_a_report_that_was_sent_by_hand_at_its_due_time_is_not_sent_again(
    centre: Centre, context: AppContext, mail_settings: Settings
) -> None:
    schedule = await create(centre)
    with use_clock(FixedClock(FIRST)):
        queued = await centre.leader.post(f"{SCHEDULES}/{schedule['id']}/send")
    assert await attempt(context, centre, queued.json(), mail_settings)
    await tick(context, centre, FIRST + MINUTE)
    assert (await only_delivery(centre, schedule))["state"] == "sent"
    assert (await shown(centre, schedule))["next_due_at"] == "2026-11-04T08:00:00Z"


async def test_an_allowed_address_outside_gets_the_report(
    centre: Centre, context: AppContext, mail_settings: Settings, mailbox: Mailbox
) -> None:
    schedule = await create(centre, centre.admin, recipients=[{"email": "head@customer.example"}])
    message = await sent_mail(context, centre, mail_settings, mailbox, schedule)
    assert str(message["To"]) == "<head@customer.example>" or str(message["To"]) == "head@customer.example"


async def test_a_schedule_that_changes_while_its_report_is_made_is_made_again(
    centre: Centre, context: AppContext, mail_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = await create(centre)
    await tick(context, centre, FIRST)
    delivery = await only_delivery(centre, schedule)
    made = report_file

    async def change_meanwhile(*given: Any) -> bytes:
        monkeypatch.setattr(registry, "report_file", made)
        await change(centre.leader, schedule, recipients=[{"user_id": str(centre.user_ids["admin"])}], format="xlsx")
        return bytes(await made(*given))

    monkeypatch.setattr(registry, "report_file", change_meanwhile)
    assert not await attempt(context, centre, delivery, mail_settings)
    assert await emails(centre) == []
    assert await attempt(context, centre, delivery, mail_settings)
    (email,) = await emails(centre)
    assert email["to_email"] == "admin@example.com"
    assert (await only_delivery(centre, schedule))["file_name"].endswith(".xlsx")
