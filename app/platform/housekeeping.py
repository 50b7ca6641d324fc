"""Removes rows that are kept for a limited time only, a bounded number in each transaction."""

from collections.abc import Awaitable, Callable

from app.platform.database import Database, Session, System, SystemUse

BATCH = 1000

# Removes up to so many old rows of all tenants; returns how many there were.
Removal = Callable[[Session, int], Awaitable[int]]

_REMOVE_ANSWERS = """
DELETE FROM idempotency_keys WHERE (tenant_id, principal_id, key) IN (
    SELECT tenant_id, principal_id, key FROM idempotency_keys WHERE created_at < now() - interval '24 hours'
    ORDER BY created_at LIMIT :limit)
"""


async def remove_in_batches(removal: Removal, database: Database, *, batch: int = BATCH) -> int:
    """Remove what is old; how many rows. Locks are held for one batch only."""
    total = removed = await _remove_batch(removal, database, batch)
    while removed == batch:
        removed = await _remove_batch(removal, database, batch)
        total += removed
    return total


async def remove_stored_answers(session: Session, limit: int) -> int:
    """Remove answers stored under an `Idempotency-Key` a day ago."""
    return await session.execute(_REMOVE_ANSWERS, limit=limit)


async def _remove_batch(removal: Removal, database: Database, batch: int) -> int:
    async with database.begin(System(SystemUse.DISCARD_OLD)) as session:
        return await removal(session, batch)
