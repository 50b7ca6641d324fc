"""SQL behind `Idempotency-Key`: which requests were made under a key, and how they were answered."""

from dataclasses import dataclass
from uuid import UUID

from app.platform.database import Session

# Nobody waits here: a request that finds the lock taken inserts nothing. The lock covers the time until the row of the
# other request is committed, so that the insertion meets either no row or a committed one.
_CLAIM = """
WITH lock AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended(:lock_name, 0)) AS taken
), claimed AS (
    INSERT INTO idempotency_keys (tenant_id, principal_id, key, fingerprint)
    SELECT :tenant_id, :principal_id, :key, :fingerprint FROM lock WHERE taken
    ON CONFLICT DO NOTHING
    RETURNING key
)
SELECT EXISTS (SELECT FROM claimed)
"""
_READ = """
SELECT fingerprint, status, media_type, body FROM idempotency_keys
WHERE tenant_id = :tenant_id AND principal_id = :principal_id AND key = :key
"""
_STORE = """
UPDATE idempotency_keys SET status = :status, media_type = :media_type, body = :body
WHERE tenant_id = :tenant_id AND principal_id = :principal_id AND key = :key
"""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a request; without a status where the answer must not be kept."""

    fingerprint: bytes
    status: int | None
    media_type: str | None
    body: bytes


async def claim(session: Session, principal_id: UUID, key: str, fingerprint: bytes) -> bool:
    """Take the key for this transaction; False where it was used before or another transaction is using it."""
    claimed: bool = await session.fetch_value(
        _CLAIM,
        lock_name=f"idempotency/{session.tenant_id}/{principal_id}/{key}",
        tenant_id=session.tenant_id,
        principal_id=principal_id,
        key=key,
        fingerprint=fingerprint,
    )
    return claimed


async def read(session: Session, principal_id: UUID, key: str) -> StoredAnswer | None:
    """What was stored under a key that was used before; None where no transaction with this key has committed."""
    row = await session.fetch_optional(_READ, tenant_id=session.tenant_id, principal_id=principal_id, key=key)
    if row is None:
        return None
    return StoredAnswer(bytes(row.fingerprint), row.status, row.media_type, bytes(row.body or b""))


async def store(session: Session, principal_id: UUID, key: str, answer: StoredAnswer) -> None:
    await session.execute(
        _STORE,
        tenant_id=session.tenant_id,
        principal_id=principal_id,
        key=key,
        status=answer.status,
        media_type=answer.media_type,
        body=answer.body,
    )
