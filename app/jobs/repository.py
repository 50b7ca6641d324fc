"""SQL of jobs. Only the worker that holds the lease of a running job writes to it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.jobs.errors import LeaseLost
from app.jobs.types import ClaimedJob, Job, JobState, Progress
from app.platform.database import Session, dumps

_INSERT = """
INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts)
VALUES (:tenant_id, :job_id, :kind, :payload, 'queued', 0)
"""

# The index on unfinished jobs with a key lets one of them in and waits for a transaction that is about to add one.
_INSERT_ONCE = """
INSERT INTO jobs (tenant_id, id, kind, payload, state, attempts, once_key)
SELECT j.tenant_id, j.job_id, :kind, j.payload::jsonb, 'queued', 0, j.payload
FROM unnest(:tenant_ids::uuid[], :job_ids::uuid[], :payloads::text[]) AS j (tenant_id, job_id, payload)
ORDER BY j.tenant_id, j.payload
ON CONFLICT (tenant_id, kind, once_key) WHERE state IN ('queued', 'running', 'held') DO NOTHING
RETURNING tenant_id, id
"""

_FIND_UNFINISHED = """
SELECT id FROM jobs WHERE kind = :kind AND once_key = :once_key AND state IN ('queued', 'running', 'held')
"""

# A locked row is being written by the worker that holds its lease, even if that lease has run out.
_CLAIM = """
UPDATE jobs SET state = 'running', attempts = attempts + 1, lease_token = :token,
                lease_until = now() + make_interval(secs => :lease_s), started_at = coalesce(started_at, now())
WHERE id = (SELECT id FROM jobs WHERE id = :job_id AND state IN ('queued', 'running', 'held')
            AND (lease_until IS NULL OR lease_until < now()) FOR UPDATE SKIP LOCKED)
RETURNING kind, payload, attempts, extract(epoch FROM now() - created_at)::float8 AS waited_s
"""

_RENEW = """
UPDATE jobs SET lease_until = now() + make_interval(secs => :lease_s), done = coalesce(:done, done),
                total = coalesce(:total, total), unit = coalesce(:unit, unit)
WHERE id = :job_id AND lease_token = :token AND state = 'running'
"""

_LOCK_LEASE = "SELECT id FROM jobs WHERE id = :job_id AND lease_token = :token AND state = 'running' FOR UPDATE"

_FINISH = """
UPDATE jobs SET state = :state::text, error = :error, result = :result, lease_token = NULL, lease_until = NULL,
                done = coalesce(:done, done), total = coalesce(:total, total), unit = coalesce(:unit, unit),
                finished_at = CASE WHEN :state::text IN ('succeeded', 'failed') THEN now() END
WHERE id = :job_id AND lease_token = :token AND state = 'running'
"""

_REMOVE = "DELETE FROM jobs WHERE id = :job_id AND lease_token = :token AND state = 'running'"

_RETURN_TO_QUEUE = """
UPDATE jobs SET state = 'queued', lease_token = NULL, lease_until = NULL, attempts = attempts - 1
WHERE id = :job_id AND lease_token = :token AND state = 'running'
"""

_GET = """
SELECT id, kind, state, attempts, done, total, unit, error, result, created_at, finished_at FROM jobs
WHERE id = :job_id
"""

_COUNT_UNFINISHED = """
SELECT count(*) FROM (SELECT FROM jobs WHERE kind = :kind AND state IN ('queued', 'running', 'held') LIMIT 1000) AS w
"""

_LEASE_LEFT = """
SELECT greatest(coalesce(extract(epoch FROM lease_until - now()), 0), 0)::float8 FROM jobs
WHERE id = :job_id AND state IN ('queued', 'running', 'held')
"""

_COUNT_RETRIES = """
SELECT kind, count(*) AS jobs FROM jobs WHERE state = 'held' AND kind = ANY(:kinds) GROUP BY kind
"""

_REMOVE_FINISHED = """
DELETE FROM jobs WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM jobs WHERE state = :state AND finished_at < :before
    ORDER BY finished_at LIMIT :limit)
"""


async def insert(session: Session, job_id: UUID, kind: str, payload: dict[str, Any]) -> None:
    await session.execute(_INSERT, tenant_id=session.tenant_id, job_id=job_id, kind=kind, payload=dumps(payload))


async def insert_once(
    session: Session, kind: str, jobs: Sequence[tuple[UUID, UUID, dict[str, Any]]]
) -> list[tuple[UUID, UUID]]:
    """Insert jobs, given as tenant, id and payload, unless the same job is unfinished.

    Returns tenant and id of those that were inserted.
    """
    rows = await session.fetch_all(
        _INSERT_ONCE,
        kind=kind,
        tenant_ids=[tenant_id for tenant_id, _, _ in jobs],
        job_ids=[job_id for _, job_id, _ in jobs],
        payloads=[_once_key(payload) for _, _, payload in jobs],
    )
    return [(row.tenant_id, row.id) for row in rows]


async def find_unfinished(session: Session, kind: str, payload: dict[str, Any]) -> UUID | None:
    found: UUID | None = await session.fetch_value(_FIND_UNFINISHED, kind=kind, once_key=_once_key(payload))
    return found


async def count_unfinished(session: Session, kind: str) -> int:
    """How many jobs of this kind the tenant has unfinished; a thousand stands for more."""
    return int(await session.fetch_value(_COUNT_UNFINISHED, kind=kind))


async def claim(session: Session, job_id: UUID, token: UUID, lease_s: int) -> ClaimedJob | None:
    row = await session.fetch_optional(_CLAIM, job_id=job_id, token=token, lease_s=float(lease_s))
    return row and ClaimedJob(row.kind, row.payload, row.attempts, row.waited_s)


async def lease_left_s(session: Session, job_id: UUID) -> float | None:
    """How long the lease of an unfinished job still runs; None when there is nothing left to do."""
    left: float | None = await session.fetch_value(_LEASE_LEFT, job_id=job_id)
    return left


async def renew(session: Session, job_id: UUID, token: UUID, lease_s: int, progress: Progress | None) -> None:
    done, total, unit = progress or (None, None, None)
    changed = await session.execute(
        _RENEW, job_id=job_id, token=token, lease_s=float(lease_s), done=done, total=total, unit=unit
    )
    _require_lease(job_id, held=changed)


async def lock_lease(session: Session, job_id: UUID, token: UUID) -> None:
    """Lock the job for this transaction; LeaseLost where the lease is no longer ours."""
    _require_lease(job_id, held=await session.execute(_LOCK_LEASE, job_id=job_id, token=token))


async def finish(
    session: Session,
    job_id: UUID,
    token: UUID,
    state: JobState,
    *,
    error: str | None = None,
    result: dict[str, Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """End the attempt: write the state that the job is in now, and give up its lease."""
    done, total, unit = progress or (None, None, None)
    changed = await session.execute(
        _FINISH,
        job_id=job_id,
        token=token,
        state=str(state),
        error=error,
        result=None if result is None else dumps(result),
        done=done,
        total=total,
        unit=unit,
    )
    _require_lease(job_id, held=changed)


async def remove(session: Session, job_id: UUID, token: UUID) -> None:
    """Remove a job that is done and whose result is not needed."""
    _require_lease(job_id, held=await session.execute(_REMOVE, job_id=job_id, token=token))


async def return_to_queue(session: Session, job_id: UUID, token: UUID) -> None:
    await session.execute(_RETURN_TO_QUEUE, job_id=job_id, token=token)


async def get(session: Session, job_id: UUID) -> Job | None:
    row = await session.fetch_optional(_GET, job_id=job_id)
    return row and Job(**(dict(row) | {"state": JobState(row.state)}))


async def count_retries(session: Session, kinds: Sequence[str]) -> dict[str, int]:
    """How many jobs of each kind wait for another attempt, over all tenants."""
    return {row.kind: row.jobs for row in await session.fetch_all(_COUNT_RETRIES, kinds=list(kinds))}


async def remove_finished(session: Session, state: JobState, before: datetime, limit: int) -> int:
    """Remove the oldest jobs of all tenants that ended in this state before a moment; how many there were."""
    return await session.execute(_REMOVE_FINISHED, state=str(state), before=before, limit=limit)


def _once_key(payload: dict[str, Any]) -> str:
    """The payload as a text that is the same for equal payloads."""
    return dumps(dict(sorted(payload.items())))


def _require_lease(job_id: UUID, *, held: int) -> None:
    if not held:
        raise LeaseLost(str(job_id))
