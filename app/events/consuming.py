"""One step of one consumer in one tenant: some events, its handler for each, and its cursor, in one transaction.

If the handler fails, the events before are consumed again without it, and then the failing one is tried after a delay
that doubles. An event that is refused for good, or that fails too often, is set aside in `event_failures`: others wait
for it no longer.
"""

import asyncio
import random
from enum import Enum, auto
from uuid import UUID

import structlog

from app.events.consumers import Consumer
from app.events.metrics import CONSUMED
from app.events.repository import cursors, seals
from app.events.types import Cursor, Delivery
from app.jobs import PermanentFailure
from app.platform.actor import Actor
from app.platform.database import Database, Session
from app.platform.database.scope import Tenant
from app.platform.errors import DomainError, TooManyRequests, Unavailable

log = structlog.get_logger()

STEP = 50
MAX_FAILURES = 10
_HANDLER_TIMEOUT_S = 30
_LONGEST_DELAY_S = 300
# Refusals that another time may not meet.
_PASSING = (TooManyRequests, Unavailable)


class HandlerFailed(Exception):
    """A handler raised an error. `index`: how many events of the step were consumed before."""

    def __init__(self, index: int, at: Cursor, delivery: Delivery, cause: Exception) -> None:
        super().__init__(f"{type(cause).__name__}: {cause}")
        self.index = index
        self.at = at
        self.delivery = delivery
        self.permanent = isinstance(cause, PermanentFailure | DomainError) and not isinstance(cause, _PASSING)


class StepResult(Enum):
    """`AT_END`: everything that is sealed is consumed. `MORE`: it is not. `WAITS`: for a retry, or another worker."""

    AT_END = auto()
    MORE = auto()
    WAITS = auto()


async def consume_step(database: Database, tenant_id: UUID, consumer: Consumer) -> StepResult:
    """Consume up to `STEP` events."""
    try:
        return await _consume(database, tenant_id, consumer, STEP)
    except HandlerFailed as failed:
        if failed.index:
            return await _consume(database, tenant_id, consumer, failed.index)
        return await _note_failure(database, tenant_id, consumer, failed)


async def _consume(database: Database, tenant_id: UUID, consumer: Consumer, limit: int) -> StepResult:
    async with database.begin(Tenant(tenant_id)) as session:
        cursor = await cursors.lock_cursor(session, consumer.name)
        if cursor is None:
            created = await cursors.create_cursor(session, consumer.name)
            return StepResult.MORE if created else StepResult.WAITS
        end = (await seals.chain_head(session)).number
        found = await cursors.next_deliveries(session, cursor, consumer.types, stop=end, limit=limit)
        for index, delivery in enumerate(found):
            try:
                await _handle(session, consumer, delivery)
            except Exception as error:
                raise HandlerFailed(index, cursor, delivery, error) from error
        at_end = len(found) < limit
        batch, position = (end + 1, 0) if at_end else (found[-1].batch, found[-1].position + 1)
        await cursors.move_cursor(session, consumer.name, batch=batch, position=position)
    CONSUMED.labels(consumer.name, "consumed").inc(len(found))
    return StepResult.AT_END if at_end else StepResult.MORE


async def _handle(session: Session, consumer: Consumer, delivery: Delivery) -> None:
    # The journal tells which event caused what the handler does.
    session.act_as(Actor("consumer", delivery.event.id))
    async with asyncio.timeout(_HANDLER_TIMEOUT_S):
        await consumer.handler(session, delivery.event)
    session.check_journal()


async def _note_failure(database: Database, tenant_id: UUID, consumer: Consumer, failed: HandlerFailed) -> StepResult:
    event, at = failed.delivery.event, failed.at
    given_up = failed.permanent or at.failures + 1 >= MAX_FAILURES
    log.warning(
        "consumer failed",
        consumer=consumer.name,
        tenant_id=str(tenant_id),
        event_id=str(event.id),
        failures=at.failures + 1,
        given_up=given_up,
        exc_info=failed.__cause__,
    )
    CONSUMED.labels(consumer.name, "given_up" if given_up else "failed").inc()
    async with database.begin(Tenant(tenant_id)) as session:
        if given_up:
            if await cursors.lock_cursor(session, consumer.name) == at:
                await cursors.give_up(session, consumer.name, event.id, error=str(failed))
                after = failed.delivery
                await cursors.move_cursor(session, consumer.name, batch=after.batch, position=after.position + 1)
        else:
            delay_s = back_off_s(at.failures + 1)
            await cursors.note_failure(session, consumer.name, at, error=str(failed), delay_s=delay_s)
    return StepResult.MORE if given_up else StepResult.WAITS


def back_off_s(failures: int) -> float:
    """A doubling, capped delay with jitter, so that retries of many tenants do not come together."""
    return random.uniform(0.5, 1.0) * min(_LONGEST_DELAY_S, 2.0**failures)  # noqa: S311 (not a secret)
