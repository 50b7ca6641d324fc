"""One attempt at one job: claim it, run it, and leave it in a state that says how it went."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.jobs import repository
from app.jobs.context import JobContext
from app.jobs.engine import QueueMessage
from app.jobs.errors import AttemptStopped, LeaseLost, PermanentFailure, RetryLater, TimeLimitExceeded
from app.jobs.lease import run_with_lease_renewal
from app.jobs.metrics import ATTEMPTS, WAIT_SECONDS
from app.jobs.registry import JobKind, kind_or_fallback
from app.jobs.types import ClaimedJob, JobState
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.errors import DomainError, TooManyRequests, Unavailable
from app.platform.ids import new_id

log = structlog.get_logger()

_LONGEST_BACK_OFF_S = 300
# Domain errors that may not occur at the next attempt.
_TRANSIENT = (TooManyRequests, Unavailable)


@dataclass(frozen=True)
class Runner:
    """`grace_s`: how long a job that reports no progress may go on once the worker is stopping."""

    database: Database
    resources: dict[str, Any]
    lease_s: int
    stopping: asyncio.Event
    grace_s: float = 2.0

    async def run(self, message: QueueMessage) -> None:
        """Attempt the job of a message. Raises RetryLater when the message has to be delivered again."""
        if self.stopping.is_set():
            raise RetryLater(timedelta())
        token = new_id()
        claimed = await self._claim(message, token)
        if claimed is None:
            return
        kind = kind_or_fallback(claimed.kind)
        if claimed.attempts == 1:
            WAIT_SECONDS.labels(kind.name).observe(claimed.waited_s)
        with structlog.contextvars.bound_contextvars(job_id=str(message.job_id), tenant_id=str(message.tenant_id)):
            await self._attempt(kind, self._context(kind, message, claimed, token))

    async def _claim(self, message: QueueMessage, token: UUID) -> ClaimedJob | None:
        async with self.database.begin(Tenant(message.tenant_id)) as session:
            claimed = await repository.claim(session, message.job_id, token, self.lease_s)
            if claimed is not None:
                return claimed
            left = await repository.lease_left_s(session, message.job_id)
        if left is not None:
            # Another worker runs the job. The message stays, in case that worker dies.
            raise RetryLater(timedelta(seconds=left + 1))
        return None

    def _context(self, kind: JobKind, message: QueueMessage, claimed: ClaimedJob, token: UUID) -> JobContext:
        return JobContext(
            database=self.database,
            tenant_id=message.tenant_id,
            job_id=message.job_id,
            payload=claimed.payload,
            attempt=claimed.attempts,
            lease_token=token,
            lease_s=self.lease_s,
            resources=self.resources,
            stopping=self.stopping,
            keep_result=kind.keep_result,
        )

    async def _attempt(self, kind: JobKind, context: JobContext) -> None:
        try:
            await run_with_lease_renewal(context, _run_handler(kind, context), grace_s=self.grace_s)
        except AttemptStopped:
            await self._return_to_queue(kind, context)
        except LeaseLost:
            log.warning("job lease lost", kind=kind.name)
            _count(kind, "lease_lost")
            # The message is not ours to delete: the worker that has the lease now may die too.
            raise RetryLater(timedelta(seconds=self.lease_s + 1)) from None
        except Exception as error:
            await self._end_failed_attempt(kind, context, error)
        else:
            _count(kind, "succeeded")

    async def _return_to_queue(self, kind: JobKind, context: JobContext) -> None:
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            await repository.return_to_queue(session, context.job_id, context.lease_token)
        log.info("job returned to its queue", kind=kind.name)
        _count(kind, "handed_back")
        raise RetryLater(timedelta()) from None

    async def _end_failed_attempt(self, kind: JobKind, context: JobContext, error: Exception) -> None:
        if _is_permanent(error) and kind.max_attempts is not None:
            await self._fail(kind, context, str(error))
            return
        log.warning("job attempt failed", kind=kind.name, attempt=context.attempt, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        if kind.is_last(context.attempt):
            await self._fail(kind, context, reason)
        else:
            await self._wait_for_retry(kind, context, reason)

    async def _wait_for_retry(self, kind: JobKind, context: JobContext, reason: str) -> None:
        state = JobState.WAITING_FOR_RETRY
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            await repository.finish(session, context.job_id, context.lease_token, state, error=reason)
        _count(kind, "held")
        raise RetryLater(back_off(context.attempt))

    async def _fail(self, kind: JobKind, context: JobContext, reason: str) -> None:
        log.warning("job failed", kind=kind.name, reason=reason)
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            act_as(session, Actor("job", context.job_id))
            await repository.finish(session, context.job_id, context.lease_token, JobState.FAILED, error=reason)
            if kind.on_failure:
                await kind.on_failure(session, context.payload, reason)
        _count(kind, "failed")


async def _run_handler(kind: JobKind, context: JobContext) -> None:
    if kind.max_attempts is not None and context.attempt > kind.max_attempts:
        # The worker died in each of those attempts. Without a limit this job would kill workers for ever.
        raise PermanentFailure(f"given up: its worker died in each of {kind.max_attempts} attempts")
    await _within_time_limit(kind, context)
    if not context.finished:
        async with context.finishing():
            pass


async def _within_time_limit(kind: JobKind, context: JobContext) -> None:
    limit = asyncio.timeout(kind.time_limit_s)
    try:
        async with limit:
            await kind.handler(context)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TimeLimitExceeded(f"the attempt took longer than {kind.time_limit_s:g} s") from error


def _is_permanent(error: Exception) -> bool:
    return isinstance(error, PermanentFailure | DomainError) and not isinstance(error, _TRANSIENT)


def back_off(attempt: int) -> timedelta:
    """A random time in the upper half of a span that doubles, so that many jobs do not retry at the same moment."""
    span = min(_LONGEST_BACK_OFF_S, 2.0 ** min(attempt, 16))
    return timedelta(seconds=random.uniform(0.5, 1.0) * span)  # noqa: S311 (not a secret)


def _count(kind: JobKind, outcome: str) -> None:
    ATTEMPTS.labels(kind.name, outcome).inc()
