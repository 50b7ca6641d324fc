"""Scheduled reports with real worker processes, some of which are killed."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import asyncpg

from app.api.context import AppContext
from app.platform.database import Tenant
from app.platform.settings import Settings
from tests.conftest import DatabaseUrls
from tests.notifications.servers import Mailbox, mail_server
from tests.notifications.test_workers import environment
from tests.people import Centre
from tests.processes import running_worker
from tests.reporting.factories import create, deliveries, tick

FIRST = datetime(2026, 11, 3, 8, tzinfo=UTC)
_BLOCKED = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'emails'::regclass"


async def until(condition: Callable[[], Awaitable[bool]], within_s: float = 60) -> None:
    deadline = time.monotonic() + within_s
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def test_a_worker_that_is_killed_while_it_sends_sends_neither_none_nor_two(
    centre: Centre, context: AppContext, settings: Settings, urls: DatabaseUrls, mail_configured: None
) -> None:
    holder = await asyncpg.connect(urls.admin)
    # What other tests have left would keep every slot of the worker waiting.
    await holder.execute("DELETE FROM jobs WHERE kind = 'reporting.deliver'")
    recipients = [{"user_id": str(centre.user_ids[name])} for name in ("leader", "admin")]
    schedule = await create(centre, recipients=recipients)
    await tick(context, centre, FIRST)
    mailbox = Mailbox()

    async def blocked() -> bool:
        return bool(await holder.fetchval(_BLOCKED))

    async def sent() -> bool:
        (delivery,) = await deliveries(centre, schedule)
        return all(one["email_state"] == "sent" for one in delivery["recipients"]) and delivery["state"] == "sent"

    with mail_server(mailbox) as port:
        transaction = holder.transaction()
        await transaction.start()
        # The worker has made the report, and waits to put the first e-mail into the outbox.
        await holder.execute("LOCK TABLE emails IN EXCLUSIVE MODE")
        async with running_worker(settings, "--queue", "reports", **environment(port)) as worker:
            await until(blocked)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        await transaction.rollback()
        await holder.close()
        (delivery,) = await deliveries(centre, schedule)
        assert (delivery["state"], delivery["recipients"]) == ("queued", [])
        async with running_worker(settings, **environment(port)):
            await until(sent)
    (delivery,) = await deliveries(centre, schedule)
    wanted = {f"<{one['email_id']}@qmt.example.com>" for one in delivery["recipients"]}
    assert len(wanted) == len(recipients)
    # Two tenants may have sent to one mailbox: the e-mails are told by their ids.
    assert Counter(one.id for one in mailbox.deliveries if one.id in wanted) == dict.fromkeys(wanted, 1)
    async with context.database.begin(Tenant(centre.tenant_id)) as session:
        assert await session.fetch_value("SELECT count(*) FROM emails") == len(recipients)


async def test_two_workers_send_the_newest_due_time_once(
    centre: Centre, settings: Settings, mail_configured: None
) -> None:
    """By their own clocks, in the next minute."""
    schedule = await create(centre, report="verifiers")
    mailbox = Mailbox()

    async def sent() -> bool:
        found = await deliveries(centre, schedule)
        return bool(found) and [one["email_state"] for one in found[0]["recipients"]] == ["sent"]

    with mail_server(mailbox) as port:
        async with running_worker(settings, **environment(port)), running_worker(settings, **environment(port)):
            await until(sent, within_s=150)
    newest, *missed = await deliveries(centre, schedule)
    assert newest["state"] == "sent"
    assert newest["due_at"] == f"{datetime.now(UTC) - timedelta(hours=8):%Y-%m-%d}T08:00:00Z"
    assert {one["state"] for one in missed} == {"skipped"}
    wanted = f"verifiers_{datetime.fromisoformat(newest['since']):%Y-%m-%d}.csv"
    files = [
        part.get_filename()
        for one in mailbox.to("leader@example.com")
        for part in one.message.iter_attachments()
        if newest["recipients"][0]["email_id"] in one.id
    ]
    assert files == [wanted]
