"""What is kept for a while is thrown away afterwards, and not before."""

import asyncpg

from app.platform.database import Database
from app.platform.housekeeping import discard_old
from tests.conftest import DatabaseUrls
from tests.people import Centre

PROJECT = {"timezone": "UTC", "language": "en"}


async def test_stored_answers_of_yesterday_are_discarded_and_todays_are_kept(
    centre: Centre, database: Database, urls: DatabaseUrls
) -> None:
    for name in ("old", "new"):
        made = await centre.admin.post("/v1/projects", json=PROJECT | {"name": name}, headers={"Idempotency-Key": name})
        assert made.status_code == 201
    admin = await asyncpg.connect(urls.admin)
    try:
        await admin.execute(
            "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE tenant_id = $1 AND key = 'old'",
            centre.tenant_id,
        )
        await discard_old(database)
        left = await admin.fetch("SELECT key FROM idempotency_keys WHERE tenant_id = $1", centre.tenant_id)
    finally:
        await admin.close()
    assert [row["key"] for row in left] == ["new"]
