"""Rows that are kept for a limited time are removed after it, and not before."""

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from uuid import UUID

import asyncpg
import pytest

from app import jobs, notifications
from app.jobs import JobState
from app.notifications import EmailState
from app.platform.database import Database
from app.platform.housekeeping import remove_in_batches, remove_stored_answers
from app.platform.ids import new_id
from tests.conftest import DatabaseUrls
from tests.people import Centre

PROJECT = {"timezone": "UTC", "language": "en"}
MONTH = timedelta(days=30)


@pytest.fixture
async def admin(urls: DatabaseUrls) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(urls.admin)
    yield connection
    await connection.close()


async def insert_job(admin: asyncpg.Connection, centre: Centre, state: str, days: int | None) -> UUID:
    """A job that was finished so many days ago, or never."""
    job_id = new_id()
    await admin.execute(
        "INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts, finished_at) "
        "VALUES ($1, $2, 'test', '{}', $3, 1, now() - make_interval(days => $4))",
        centre.tenant_id,
        job_id,
        state,
        days,
    )
    return job_id


async def jobs_of(admin: asyncpg.Connection, centre: Centre) -> set[UUID]:
    return {row["id"] for row in await admin.fetch("SELECT id FROM jobs WHERE tenant_id = $1", centre.tenant_id)}


async def test_stored_answers_of_yesterday_are_removed_and_todays_are_kept(
    centre: Centre, database: Database, admin: asyncpg.Connection
) -> None:
    for name in ("old", "new"):
        made = await centre.admin.post("/v1/projects", json=PROJECT | {"name": name}, headers={"Idempotency-Key": name})
        assert made.status_code == 201
    await admin.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE tenant_id = $1 AND key = 'old'",
        centre.tenant_id,
    )
    await remove_in_batches(remove_stored_answers, database)
    left = await admin.fetch("SELECT key FROM idempotency_keys WHERE tenant_id = $1", centre.tenant_id)
    assert [row["key"] for row in left] == ["new"]


async def test_jobs_that_succeeded_long_ago_are_removed_and_all_others_are_kept(
    centre: Centre, database: Database, admin: asyncpg.Connection
) -> None:
    old = await insert_job(admin, centre, "succeeded", 31)
    kept = {
        await insert_job(admin, centre, state, days)
        for state, days in (("succeeded", 29), ("failed", 31), ("queued", None), ("held", None))
    }
    removal = partial(jobs.remove_finished, state=JobState.SUCCEEDED, kept=MONTH)
    await remove_in_batches(removal, database)
    assert await jobs_of(admin, centre) == kept
    assert (await centre.admin.get(f"/v1/jobs/{old}")).status_code == 404


async def test_failed_jobs_have_a_time_of_their_own(
    centre: Centre, database: Database, admin: asyncpg.Connection
) -> None:
    await insert_job(admin, centre, "failed", 91)
    kept = {await insert_job(admin, centre, "failed", 89)}
    await remove_in_batches(partial(jobs.remove_finished, state=JobState.FAILED, kept=3 * MONTH), database)
    assert await jobs_of(admin, centre) == kept


async def insert_email(admin: asyncpg.Connection, centre: Centre, state: str, days: int) -> UUID:
    """An e-mail that was written so many days ago."""
    email_id = new_id()
    await admin.execute(
        "INSERT INTO emails (tenant_id, id, to_name, to_email, subject, text, attachments, state, attempts, created_at,"
        " sent_at) VALUES ($1, $2, 'Ann', 'ann@example.com', 'Invited', 'Three calls.', '[]', $3, 1,"
        " now() - make_interval(days => $4), CASE WHEN $3 = 'sent' THEN now() END)",
        centre.tenant_id,
        email_id,
        state,
        days,
    )
    return email_id


async def test_emails_are_removed_when_their_time_is_over_and_queued_ones_never(
    centre: Centre, database: Database, admin: asyncpg.Connection
) -> None:
    for state, days in (("sent", 31), ("failed", 91), ("not_configured", 91)):
        await insert_email(admin, centre, state, days)
    kept = {
        await insert_email(admin, centre, state, days)
        for state, days in (("sent", 29), ("failed", 89), ("not_configured", 89), ("queued", 400))
    }
    times = {EmailState.SENT: MONTH, EmailState.FAILED: 3 * MONTH, EmailState.NOT_CONFIGURED: 3 * MONTH}
    for state, time in times.items():
        await remove_in_batches(partial(notifications.remove_emails, state=state, kept=time), database)
    left = await admin.fetch("SELECT id FROM emails WHERE tenant_id = $1", centre.tenant_id)
    assert {row["id"] for row in left} == kept


async def test_rows_are_removed_in_batches_until_none_is_left(
    centre: Centre, database: Database, admin: asyncpg.Connection
) -> None:
    for _ in range(5):
        await insert_job(admin, centre, "succeeded", 40)
    removal = partial(jobs.remove_finished, state=JobState.SUCCEEDED, kept=MONTH)
    assert await remove_in_batches(removal, database, batch=2) == 5
    assert await jobs_of(admin, centre) == set()
