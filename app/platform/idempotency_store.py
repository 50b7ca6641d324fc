"""SQL behind `Idempotency-Key`: which requests were made under a key, and what they were answered."""

from dataclasses import dataclass
from uuid import UUID

from app.platform.database import Session
from app.platform.database.compat import driver_sql

_CLAIM = """
INSERT INTO idempotency_keys (tenant_id, principal_id, key, fingerprint) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_READ = """
SELECT fingerprint, status, media_type, body FROM idempotency_keys WHERE principal_id = $1 AND key = $2
"""
_STORE = """
UPDATE idempotency_keys SET status = $3, media_type = $4, body = $5 WHERE principal_id = $1 AND key = $2
"""


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What a request was answered; no status where the answer was not to be kept."""

    fingerprint: bytes
    status: int | None
    media_type: str | None
    body: bytes


async def claim(session: Session, principal_id: UUID, key: str, fingerprint: bytes) -> bool:
    """Whether the key is free; it is taken then. Waits for another transaction that is just taking it."""
    taken = await driver_sql(session, _CLAIM, session.tenant_id, principal_id, key, fingerprint)
    return bool(taken.rowcount)


async def read(session: Session, principal_id: UUID, key: str) -> StoredAnswer:
    row = (await driver_sql(session, _READ, principal_id, key)).one()
    return StoredAnswer(bytes(row.fingerprint), row.status, row.media_type, bytes(row.body or b""))


async def store(session: Session, principal_id: UUID, key: str, answer: StoredAnswer) -> None:
    await driver_sql(session, _STORE, principal_id, key, answer.status, answer.media_type, answer.body)
