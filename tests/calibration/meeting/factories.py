"""Times, votes and mails of sessions."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import icalendar

from app.api.context import AppContext
from app.calibration import REMINDERS, link_for_mail
from app.platform import clock
from app.platform.settings import Settings
from tests.calibration.sessions.factories import Held
from tests.notifications import ics
from tests.notifications.servers import Delivery
from tests.people import Centre
from tests.running import run_job
from tests.sampling.tenant_factories import working_in


def written(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def in_days(days: float) -> datetime:
    return (clock.now() + timedelta(days=days)).replace(microsecond=0)


async def propose(held: Held, *times: datetime) -> httpx.Response:
    return await held.post("time-options", {"options": [{"starts_at": written(time)} for time in times]})


async def proposed(held: Held, *times: datetime) -> list[str]:
    """The ids of all options, the earliest first."""
    answer = await propose(held, *times)
    assert answer.status_code == 201, answer.text
    return [option["id"] for option in answer.json()["items"]]


async def vote(held: Held, person: str, option_id: str, answer: str) -> httpx.Response:
    return await held.people[person].put(f"{held.url}/time-options/{option_id}/vote", json={"answer": answer})


async def best(held: Held) -> list[str]:
    """The ids of the options that are marked as the best."""
    return [option["id"] for option in (await held.read(None, "/time-options"))["items"] if option["best"]]


async def let_pass(context: AppContext, centre: Centre, option_id: str) -> datetime:
    """Let a proposed time lie in the past; the time."""
    past = in_days(-1)
    async with working_in(context.database, centre) as session:
        statement = "UPDATE calibration_time_options SET starts_at = :at WHERE id = :id"
        await session.execute(statement, at=past, id=UUID(option_id))
    return past


async def change(held: Held, **changes: Any) -> httpx.Response:
    etag = (await held.get()).headers["ETag"]
    return await held.leader.patch(held.url, json=changes, headers={"If-Match": etag})


async def calendar_file(held: Held, person: str | None = None) -> bytes:
    answer = await held.get(person, "/invite.ics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    return answer.content


class Entry:
    """A calendar entry, read by the library and by the reader of our own, which must agree."""

    def __init__(self, content: bytes) -> None:
        read = ics.read(content)
        (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
        own = read.child("VEVENT")
        self.method = read.one("METHOD").value
        self.uid = own.one("UID").value
        self.sequence = int(own.one("SEQUENCE").value)
        self.status = own.one("STATUS").value
        self.title = own.one("SUMMARY").text
        self.description = own.one("DESCRIPTION").text
        self.zone = own.one("DTSTART").parameters.get("TZID")
        self.local = own.one("DTSTART").value
        self.starts_at = ics.start_of(read)
        self.attendees = [one.value for one in own.all("ATTENDEE")]
        assert isinstance(event, icalendar.Event)
        assert event["uid"] == self.uid
        assert event["sequence"] == self.sequence
        assert isinstance(event.start, datetime)
        assert event.start.astimezone(UTC) == self.starts_at
        self.minutes = event.duration.total_seconds() / 60


async def emails(context: AppContext, centre: Centre) -> list[tuple[UUID, UUID | None]]:
    """The ids of the tenant's e-mails and of their jobs, the oldest first."""
    async with working_in(context.database, centre) as session:
        rows = await session.fetch_all("SELECT id, job_id FROM emails ORDER BY id")
    return [(row.id, row.job_id) for row in rows]


async def send_all(context: AppContext, centre: Centre, settings: Settings) -> None:
    """Send every e-mail that waits, as a worker does."""
    for _, job_id in await emails(context, centre):
        assert job_id is not None
        await run_job(context, centre.tenant_id, job_id, settings=settings, guest_link=link_for_mail)


def calendar_of(delivery: Delivery) -> Entry:
    """The calendar part of a mail."""
    (part,) = [part for part in delivery.message.walk() if part.get_content_type() == "text/calendar"]
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    entry = Entry(content)
    assert part.get_param("method") == entry.method
    return entry


def text_of(delivery: Delivery) -> str:
    body = delivery.message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def token_of(delivery: Delivery) -> str:
    """The token in the link of a mail to a guest."""
    (token,) = re.findall(r"https://qmt\.example\.com/join#(\S+)", text_of(delivery))
    return str(token)


async def remind(context: AppContext, centre: Centre) -> None:
    """Enqueue the reminders that are due, and do what there is of this tenant once."""
    await REMINDERS.enqueue_due(context.database)
    for job_id in await reminder_jobs(context, centre):
        await run_job(context, centre.tenant_id, job_id)


async def reminder_jobs(context: AppContext, centre: Centre) -> list[UUID]:
    async with working_in(context.database, centre) as session:
        return await session.fetch_column("SELECT id FROM jobs WHERE kind = :kind", kind=REMINDERS.name)


async def kinds_in_inbox(client: httpx.AsyncClient) -> list[str]:
    """The kinds of what a user was told, the oldest first."""
    answer = await client.get("/v1/inbox")
    assert answer.status_code == 200, answer.text
    return [one["kind"] for one in reversed(answer.json()["items"])]


def short(kinds: Iterable[str]) -> list[str]:
    return [kind.removeprefix("calibration.") for kind in kinds]
