"""One attempt at one job: claim, run, and leave it in a state that says how it went."""

import asyncio
import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from app.jobs import repository
from app.jobs.context import JobContext
from app.jobs.engine import Ticket
from app.jobs.lease import attend
from app.jobs.metrics import ATTEMPTS
from app.jobs.registry import JobKind, kind_or_stand_in
from app.jobs.types import HandedBack, JobState, LeaseLost, PermanentFailure
from app.platform.actor import Actor
from app.platform.database import Database, Row
from app.platform.database.scope import Tenant
from app.platform.database.session import act_as
from app.platform.errors import DomainError, TooManyRequests, Unavailable
from app.platform.ids import new_id

log = structlog.get_logger()

_LONGEST_BACK_OFF_S = 300
# Refusals of the domain that another time may not meet.
_PASSING = (TooManyRequests, Unavailable)


class TryLater(Exception):
    """The engine should offer the job again after a while."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay


@dataclass(frozen=True)
class Runner:
    """`grace_s`: how long a job that reports no progress may go on once the worker is stopping."""

    database: Database
    resources: dict[str, Any]
    lease_s: int
    stopping: asyncio.Event
    grace_s: float = 2.0

    async def run(self, ticket: Ticket) -> None:
        """Attempt the job of a ticket. Raises TryLater when the ticket is still needed."""
        if self.stopping.is_set():
            raise TryLater(timedelta())
        token = new_id()
        claimed = await self._claim(ticket, token)
        if claimed is None:
            return
        context = JobContext(
            database=self.database,
            tenant_id=ticket.tenant_id,
            job_id=ticket.job_id,
            payload=claimed.payload,
            attempt=claimed.attempts,
            lease_token=token,
            lease_s=self.lease_s,
            resources=self.resources,
            stopping=self.stopping,
        )
        with structlog.contextvars.bound_contextvars(job_id=str(ticket.job_id), tenant_id=str(ticket.tenant_id)):
            await self._attempt(kind_or_stand_in(claimed.kind), context)

    async def _claim(self, ticket: Ticket, token: UUID) -> Row | None:
        async with self.database.begin(Tenant(ticket.tenant_id)) as session:
            claimed = await repository.claim(session, ticket.job_id, token, self.lease_s)
            if claimed is not None:
                return claimed
            left = await repository.lease_left_s(session, ticket.job_id)
        if left is not None:
            # Somebody else is at it; should they fall silent, we want to know.
            raise TryLater(timedelta(seconds=left + 1))
        return None

    async def _attempt(self, kind: JobKind, context: JobContext) -> None:
        try:
            await attend(context, _work(kind, context), grace_s=self.grace_s)
        except HandedBack:
            await self._hand_back(kind, context)
        except LeaseLost:
            log.warning("job lease lost", kind=kind.name)
            _count(kind, "lease_lost")
            # The ticket is not ours to tear up: who has the lease now may fall silent too.
            raise TryLater(timedelta(seconds=self.lease_s + 1)) from None
        except Exception as error:
            await self._settle(kind, context, error)
        else:
            _count(kind, "succeeded")

    async def _hand_back(self, kind: JobKind, context: JobContext) -> None:
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            await repository.hand_back(session, context.job_id, context.lease_token)
        log.info("job handed back", kind=kind.name)
        _count(kind, "handed_back")
        raise TryLater(timedelta()) from None

    async def _settle(self, kind: JobKind, context: JobContext, error: Exception) -> None:
        if _is_permanent(error):
            await self._give_up(kind, context, str(error))
            return
        log.warning("job attempt failed", kind=kind.name, attempt=context.attempt, exc_info=error)
        reason = f"{type(error).__name__}: {error}"
        if context.attempt >= kind.max_attempts:
            await self._give_up(kind, context, reason)
        else:
            await self._hold(kind, context, reason)

    async def _hold(self, kind: JobKind, context: JobContext, reason: str) -> None:
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            await repository.leave(session, context.job_id, context.lease_token, JobState.HELD, error=reason)
        _count(kind, "held")
        raise TryLater(back_off(context.attempt))

    async def _give_up(self, kind: JobKind, context: JobContext, reason: str) -> None:
        log.warning("job failed", kind=kind.name, reason=reason)
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            act_as(session, Actor("job", context.job_id))
            await repository.leave(session, context.job_id, context.lease_token, JobState.FAILED, error=reason)
            if kind.on_failure:
                await kind.on_failure(session, context.payload, reason)
        _count(kind, "failed")


async def _work(kind: JobKind, context: JobContext) -> None:
    if context.attempt > kind.max_attempts:
        # Those attempts had no chance to say how they ended: a job that brings its worker down would go round for ever.
        raise PermanentFailure(f"given up: its worker died in each of {kind.max_attempts} attempts")
    await kind.handler(context)
    if not context.finished:
        async with context.finish():
            pass


def _is_permanent(error: Exception) -> bool:
    return isinstance(error, PermanentFailure | DomainError) and not isinstance(error, _PASSING)


def back_off(attempt: int) -> timedelta:
    """Jitter over the upper half of a doubling, capped span, so that retries of many jobs do not come together."""
    span = min(_LONGEST_BACK_OFF_S, 2.0 ** min(attempt, 16))
    return timedelta(seconds=random.uniform(0.5, 1.0) * span)  # noqa: S311 (not a secret)


def _count(kind: JobKind, outcome: str) -> None:
    ATTEMPTS.labels(kind.name, outcome).inc()
