"""Throws away what is only kept for a while: answers that may be asked for again, and old failed sign-ins."""

from app.platform.database import Database
from app.platform.database.compat import driver_sql
from app.platform.database.scope import System, SystemUse

_OLD = (
    "DELETE FROM idempotency_keys WHERE created_at < now() - interval '24 hours'",
    "DELETE FROM sign_in_failures WHERE window_started_at < now() - interval '24 hours'",
)


async def discard_old(database: Database) -> None:
    async with database.begin(System(SystemUse.DISCARD_OLD)) as session:
        for statement in _OLD:
            await driver_sql(session, statement)
