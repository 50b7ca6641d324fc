"""One attempt at one job: claim, run, and leave it in a state that says how it went."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import Row

from app.jobs import repository
from app.jobs.context import HandedBack, JobContext
from app.jobs.engine import Ticket
from app.jobs.registry import kind_of
from app.jobs.types import JobKind, JobState, LeaseLost, PermanentFailure
from app.platform.actor import Actor, act_as
from app.platform.errors import DomainError
from app.platform.ids import new_id
from app.platform.scope import Tenant
from app.platform.uow import Database

log = structlog.get_logger()

ATTEMPTS = Counter("qmt_job_attempts_total", "Attempts at jobs", ["kind", "outcome"])
_LONGEST_BACK_OFF_S = 300


class TryLater(Exception):
    """The engine should offer the job again after a while."""

    def __init__(self, delay: timedelta) -> None:
        super().__init__(f"again in {delay}")
        self.delay = delay


@dataclass(frozen=True)
class Runner:
    database: Database
    resources: dict[str, Any]
    lease_s: int
    stopping: asyncio.Event

    async def run(self, ticket: Ticket) -> None:
        token = new_id()
        claimed = await self._claim(ticket, token)
        if claimed is None:
            return
        kind = kind_of(claimed.kind)
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
            await self._attempt(kind, context)

    async def _claim(self, ticket: Ticket, token: UUID) -> Row[Any] | None:
        async with self.database.begin(Tenant(ticket.tenant_id)) as session:
            claimed = await repository.claim(session, ticket.job_id, token, self.lease_s)
            if claimed is not None:
                return claimed
            present = await repository.state_and_lease(session, ticket.job_id)
        if present is not None and present.lease_s is not None and present.lease_s > 0:
            # Somebody else is at it; should they fall silent, we want to know.
            raise TryLater(timedelta(seconds=present.lease_s + 1))
        return None

    async def _attempt(self, kind: JobKind, context: JobContext) -> None:
        try:
            async with _renewing(context):
                await kind.handler(context)
                if not context.finished:
                    async with context.finish():
                        pass
        except HandedBack:
            async with self.database.begin(Tenant(context.tenant_id)) as session:
                await repository.hand_back(session, context.job_id, context.lease_token)
            raise TryLater(timedelta()) from None
        except LeaseLost:
            log.warning("job lease lost", kind=kind.name)
            _count(kind, "lease_lost")
        except (PermanentFailure, DomainError) as error:
            await self._give_up(kind, context, str(error))
        except Exception as error:
            log.exception("job attempt failed", kind=kind.name, attempt=context.attempt)
            if context.attempt >= kind.max_attempts:
                await self._give_up(kind, context, f"{type(error).__name__}: {error}")
            else:
                await self._hold(kind, context, error)
        else:
            _count(kind, "succeeded")

    async def _hold(self, kind: JobKind, context: JobContext, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            await repository.leave(session, context.job_id, context.lease_token, JobState.HELD, error=reason)
        _count(kind, "held")
        raise TryLater(back_off(context.attempt)) from error

    async def _give_up(self, kind: JobKind, context: JobContext, reason: str) -> None:
        log.warning("job failed", kind=kind.name, reason=reason)
        async with self.database.begin(Tenant(context.tenant_id)) as session:
            act_as(session, Actor("job", context.job_id))
            await repository.leave(session, context.job_id, context.lease_token, JobState.FAILED, error=reason)
            if kind.on_failure:
                await kind.on_failure(session, context.payload, reason)
        _count(kind, "failed")


def back_off(attempt: int) -> timedelta:
    """Full jitter over a doubling, capped span, so that retries of many jobs do not come together."""
    span = min(_LONGEST_BACK_OFF_S, 2.0**attempt)
    return timedelta(seconds=random.uniform(0.5, 1.0) * span)  # noqa: S311 (not a secret)


def _count(kind: JobKind, outcome: str) -> None:
    ATTEMPTS.labels(kind.name, outcome).inc()


@contextlib.asynccontextmanager
async def _renewing(context: JobContext) -> AsyncIterator[None]:
    """Renew the lease while the block runs; end the block when the lease is lost."""
    block = asyncio.current_task()
    assert block is not None
    lost = False

    async def renew() -> None:
        nonlocal lost
        interval = min(2.0, context.lease_s / 3)
        while True:
            await asyncio.sleep(interval)
            try:
                await context.renew()
            except LeaseLost:
                if not context.finished:
                    lost = True
                    block.cancel()
                return
            except Exception as error:
                log.warning("lease not renewed", error=str(error))

    task = asyncio.create_task(renew())
    try:
        yield
    except asyncio.CancelledError:
        if lost:
            block.uncancel()
            raise LeaseLost(str(context.job_id)) from None
        raise
    finally:
        task.cancel()
        await asyncio.wait({task})
