"""Schedules of reports, and the clock and the workers that carry them out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx

from app.api.context import AppContext
from app.jobs.errors import RetryLater
from app.platform.clock import FixedClock, use_clock
from app.platform.database import Database, Tenant
from app.platform.settings import Settings
from app.reporting import DUE_REPORTS
from tests.people import Centre
from tests.running import run_job

SCHEDULES = "/v1/report-schedules"
EVERY_DAY = {"every": "day", "at": "08:00", "timezone": "UTC"}
# When a schedule of the tests is made; it is due at eight of the next day first.
MADE = datetime(2026, 11, 2, 12, tzinfo=UTC)


def body(centre: Centre, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Every morning",
        "report": "quality",
        "format": "csv",
        "period": "previous_day",
        "when": EVERY_DAY,
        "recipients": [{"user_id": str(centre.user_ids["leader"])}],
    } | changes


async def create(centre: Centre, client: httpx.AsyncClient | None = None, **changes: Any) -> dict[str, Any]:
    """A schedule that is made at `MADE`, by the leader unless by another client."""
    with use_clock(FixedClock(MADE)):
        answer = await (client or centre.leader).post(SCHEDULES, json=body(centre, **changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def change(client: httpx.AsyncClient, schedule: dict[str, Any], **changes: Any) -> httpx.Response:
    """The answer to a change of the version that stands in the schedule."""
    url = f"{SCHEDULES}/{schedule['id']}"
    return await client.patch(url, json=changes, headers={"If-Match": f'"{schedule["version"]}"'})


async def shown(centre: Centre, schedule: dict[str, Any]) -> dict[str, Any]:
    return dict((await centre.leader.get(f"{SCHEDULES}/{schedule['id']}")).json())


async def deliveries(centre: Centre, schedule: dict[str, Any]) -> list[dict[str, Any]]:
    """The deliveries of the schedule, the newest due time first."""
    answer = await centre.leader.get(f"{SCHEDULES}/{schedule['id']}/deliveries", params={"limit": 500})
    assert answer.status_code == 200, answer.text
    return sorted(answer.json()["items"], key=lambda one: str(one["due_at"]), reverse=True)


async def tick(context: AppContext, centre: Centre, at: datetime) -> None:
    """What the clock does at that moment: find what is due, and run the jobs of this tenant."""
    with use_clock(FixedClock(at)):
        await DUE_REPORTS.enqueue_due(context.database)
        for job_id in await jobs_of(context.database, centre, DUE_REPORTS.name):
            await run_job(context, centre.tenant_id, job_id)


async def jobs_of(database: Database, centre: Centre, kind: str) -> list[UUID]:
    """The unfinished jobs of a kind."""
    async with database.begin(Tenant(centre.tenant_id)) as session:
        statement = "SELECT id FROM jobs WHERE kind = :kind AND state IN ('queued', 'held') ORDER BY id"
        return await session.fetch_column(statement, kind=kind)


async def attempt(context: AppContext, centre: Centre, delivery: dict[str, Any], settings: Settings) -> bool:
    """One attempt at the job of a delivery. Whether it is over; else it is tried again later."""
    try:
        await run_job(context, centre.tenant_id, delivery["job_id"], settings=settings)
    except RetryLater:
        return False
    return True


async def send(context: AppContext, centre: Centre, settings: Settings) -> None:
    """Send the e-mails that wait in the outbox."""
    for job_id in await jobs_of(context.database, centre, "notifications.send_email"):
        await run_job(context, centre.tenant_id, job_id, settings=settings, guest_link=None)


async def deactivate(centre: Centre, name: str, **changes: Any) -> None:
    """Change a user, who is deactivated unless the changes say something else."""
    url = f"/v1/users/{centre.user_ids[name]}"
    version = (await centre.admin.get(url)).headers["ETag"]
    answer = await centre.admin.patch(url, json=changes or {"active": False}, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
