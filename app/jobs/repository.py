"""SQL of jobs. A running job is written only by who holds its lease."""

from typing import Any
from uuid import UUID

from app.jobs.types import Job, JobState, LeaseLost, Progress
from app.platform.database import Row, Session, dumps
from app.platform.database.compat import driver_sql

_INSERT = "INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts) VALUES ($1, $2, $3, $4, 'queued', 0)"

# A row that is locked is being written by who holds its lease, however long that has been running out.
_CLAIM = """
UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = $2,
                lease_until = now() + make_interval(secs => $3), started_at = coalesce(started_at, now())
WHERE id = (SELECT id FROM jobs
            WHERE id = $1 AND state IN ('queued', 'running', 'held') AND (lease_until IS NULL OR lease_until < now())
            FOR UPDATE SKIP LOCKED)
RETURNING kind, payload, attempts
"""

_RENEW = """
UPDATE jobs SET lease_until = now() + make_interval(secs => $3), done = coalesce($4, done),
                total = coalesce($5, total), unit = coalesce($6, unit)
WHERE id = $1 AND lease_token = $2 AND state = 'running'
"""

_HOLD = "SELECT id FROM jobs WHERE id = $1 AND lease_token = $2 AND state = 'running' FOR UPDATE"

_LEAVE = """
UPDATE jobs SET state = $3::text, error = $4, result = $5, lease_token = NULL, lease_until = NULL,
                done = coalesce($6, done), total = coalesce($7, total), unit = coalesce($8, unit),
                finished_at = CASE WHEN $3::text IN ('succeeded', 'failed') THEN now() END
WHERE id = $1 AND lease_token = $2 AND state = 'running'
"""

_HAND_BACK = """
UPDATE jobs SET state = 'queued', lease_token = NULL, lease_until = NULL, attempts = attempts - 1
WHERE id = $1 AND lease_token = $2 AND state = 'running'
"""

_READ = """
SELECT id, kind, state, attempts, done, total, unit, error, result, created_at, finished_at FROM jobs WHERE id = :id
"""

_WAITING = """
SELECT count(*) FROM (SELECT FROM jobs WHERE kind = $1 AND state IN ('queued', 'running', 'held') LIMIT 1000) AS w
"""

_UNFINISHED = """
SELECT id FROM jobs WHERE kind = $1 AND payload = $2 AND state IN ('queued', 'running', 'held') LIMIT 1
"""

_LEASE_LEFT = """
SELECT greatest(coalesce(extract(epoch FROM lease_until - now()), 0), 0)::float8 FROM jobs
WHERE id = $1 AND state IN ('queued', 'running', 'held')
"""


async def insert(session: Session, tenant_id: UUID, job_id: UUID, kind: str, payload: dict[str, Any]) -> None:
    await driver_sql(session, _INSERT, tenant_id, job_id, kind, dumps(payload))


async def unfinished(session: Session, kind: str, payload: dict[str, Any]) -> UUID | None:
    found: UUID | None = (await driver_sql(session, _UNFINISHED, kind, dumps(payload))).scalar_one_or_none()
    return found


async def waiting(session: Session, kind: str) -> int:
    """How many jobs of this kind the tenant has unfinished; a thousand stands for more."""
    return int((await driver_sql(session, _WAITING, kind)).scalar_one())


async def claim(session: Session, job_id: UUID, token: UUID, lease_s: int) -> Row | None:
    return (await driver_sql(session, _CLAIM, job_id, token, float(lease_s))).one_or_none()


async def lease_left_s(session: Session, job_id: UUID) -> float | None:
    """How long the lease of an unfinished job still runs; None when there is nothing left to do."""
    left: float | None = (await driver_sql(session, _LEASE_LEFT, job_id)).scalar_one_or_none()
    return left


async def renew(
    session: Session,
    job_id: UUID,
    token: UUID,
    lease_s: int,
    progress: Progress | None,
) -> None:
    done, total, unit = progress or (None, None, None)
    result = await driver_sql(session, _RENEW, job_id, token, float(lease_s), done, total, unit)
    if result.rowcount == 0:
        raise LeaseLost(str(job_id))


async def hold_lease(session: Session, job_id: UUID, token: UUID) -> None:
    """Lock the job for this transaction, or learn that it is no longer ours to write for."""
    if (await driver_sql(session, _HOLD, job_id, token)).one_or_none() is None:
        raise LeaseLost(str(job_id))


async def leave(
    session: Session,
    job_id: UUID,
    token: UUID,
    state: JobState,
    *,
    error: str | None = None,
    result: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    done, total, unit = progress or (None, None, None)
    written = None if result is None else dumps(result)
    outcome = await driver_sql(session, _LEAVE, job_id, token, str(state), error, written, done, total, unit)
    if outcome.rowcount == 0:
        raise LeaseLost(str(job_id))


async def hand_back(session: Session, job_id: UUID, token: UUID) -> None:
    await driver_sql(session, _HAND_BACK, job_id, token)


async def get(session: Session, job_id: UUID) -> Job | None:
    row = await session.fetch_optional(_READ, id=job_id)
    if row is None:
        return None
    return Job(
        id=row.id,
        kind=row.kind,
        state=JobState(row.state),
        attempts=row.attempts,
        done=row.done,
        total=row.total,
        unit=row.unit,
        error=row.error,
        result=row.result,
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
