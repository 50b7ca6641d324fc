"""E-mails sent by real worker processes."""

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack

from app import notifications
from app.notifications import Email
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.settings import Settings
from tests.notifications.outbox import put, shown, to_client
from tests.notifications.servers import Mailbox, mail_server
from tests.people import Centre
from tests.processes import free_port, running_worker

SENDER = "QMT <qmt@qmt.example.com>"


def environment(port: int) -> dict[str, str]:
    server = {"QMT_SMTP_HOST": "127.0.0.1", "QMT_SMTP_PORT": str(port), "QMT_SMTP_TLS": "none"}
    return server | {"QMT_SMTP_FROM": SENDER}


async def put_many(database: Database, centre: Centre, count: int) -> list[Email]:
    async with database.begin(Tenant(centre.tenant_id)) as session:
        return [await notifications.send_email(session, to_client(subject=f"Mail {place}")) for place in range(count)]


async def wait_until_sent(centre: Centre, count: int, within_s: float = 40) -> list[dict[str, object]]:
    """The e-mails of the tenant, as soon as so many of them are sent."""
    deadline = time.monotonic() + within_s
    while True:
        answer = await centre.admin.get("/v1/emails", params={"limit": 500})
        found: list[dict[str, object]] = [one for one in answer.json()["items"] if one["state"] == "sent"]
        if len(found) == count:
            return found
        assert time.monotonic() < deadline, answer.json()["items"]
        await asyncio.sleep(0.1)


async def wait_until_refused(centre: Centre, email: Email, within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while (await shown(centre, email.id))["error"] is None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def test_two_workers_send_every_email_once(
    centre: Centre, database: Database, settings: Settings, mail_configured: None
) -> None:
    mailbox = Mailbox()
    emails = await put_many(database, centre, 40)
    async with AsyncExitStack() as stack:
        port = stack.enter_context(mail_server(mailbox))
        for _ in range(2):
            await stack.enter_async_context(running_worker(settings, "--queue", "email", **environment(port)))
        sent = await wait_until_sent(centre, len(emails))
    assert {one["attempts"] for one in sent} == {1}
    wanted = {f"<{email.id}@qmt.example.com>" for email in emails}
    delivered = Counter(one.id for one in mailbox.deliveries if one.id in wanted)
    assert delivered == dict.fromkeys(wanted, 1)


async def test_a_worker_sends_once_the_server_is_up(
    centre: Centre, database: Database, settings: Settings, mail_configured: None
) -> None:
    mailbox, port = Mailbox(), free_port()
    email = await put(database, centre)
    async with running_worker(settings, "--queue", "email", **environment(port)):
        await wait_until_refused(centre, email)
        with mail_server(mailbox, port):
            (sent,) = await wait_until_sent(centre, 1)
    assert isinstance(sent["attempts"], int)
    assert sent["attempts"] > 1
    assert [one.id for one in mailbox.deliveries].count(f"<{email.id}@qmt.example.com>") == 1
