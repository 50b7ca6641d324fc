"""The loop in every worker that seals new events and calls the consumers for them.

It asks twice a second, in one transaction, which tenants have unsealed events and which consumers have something to
consume. A tenant without new events costs nothing. Several workers may run it: locks keep them apart. Consumers run at
the same time as each other, and each of them takes its tenants in turn, so that a slow or failing one delays no other.
"""

import asyncio
import time
from uuid import UUID

import structlog

from app.events.consumers import Consumer, registered_consumers
from app.events.consuming import StepResult, consume_step
from app.events.repository import cursors
from app.events.sealing import BATCH, seal_batch
from app.platform.database import Database
from app.platform.database.scope import System, SystemUse, Tenant

log = structlog.get_logger()

_SEALERS = 4
_SEALING_PAUSE_S = 60
_DATABASE_PAUSE_S = 1.0


class Dispatcher:
    def __init__(self, database: Database, *, poll_s: float = 0.5) -> None:
        self._database = database
        self._poll_s = poll_s
        self._running: dict[str, asyncio.Task[None]] = {}
        # Set when a consumer has more to do than it did in its last step.
        self._more = asyncio.Event()
        # Tenants whose events could not be sealed, with the time of the next attempt.
        self._paused: dict[UUID, float] = {}

    async def run(self, stopping: asyncio.Event) -> None:
        """Dispatch until `stopping` is set. What a consumer is doing then is rolled back and done again later."""
        try:
            while not stopping.is_set():
                self._more.clear()
                await _any_set(stopping, self._more, within_s=await self._try_turn())
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _try_turn(self) -> float:
        """Do one turn; the seconds until the next."""
        try:
            sealed = await self.turn()
        except Exception as error:
            log.warning("events not dispatched", error=repr(error))
            return _DATABASE_PAUSE_S
        # What was sealed is consumed at once.
        return 0 if sealed else self._poll_s

    async def turn(self) -> int:
        """Start the consumers that have something to do, and seal what is unsealed; return the number of events."""
        consumers = {consumer.name: consumer for consumer in registered_consumers()}
        async with self._database.begin(System(SystemUse.FOLLOW_EVENTS)) as session:
            unsealed = await cursors.tenants_with_unsealed_events(session)
            due = await cursors.due_deliveries(session, list(consumers))
        for name, consumer in consumers.items():
            tenants = [tenant_id for due_name, tenant_id in due if due_name == name]
            if tenants and (name not in self._running or self._running[name].done()):
                self._running[name] = asyncio.create_task(self._consume(consumer, tenants))
        return await self._seal(unsealed)

    async def _seal(self, tenants: list[UUID]) -> int:
        limit = asyncio.Semaphore(_SEALERS)

        async def seal(tenant_id: UUID) -> int:
            async with limit:
                return await self._seal_tenant(tenant_id)

        present = time.monotonic()
        return sum(await asyncio.gather(*(seal(row) for row in tenants if self._paused.get(row, 0) <= present)))

    async def _seal_tenant(self, tenant_id: UUID) -> int:
        try:
            async with self._database.begin(Tenant(tenant_id)) as session:
                sealed = await seal_batch(session, BATCH)
        except Exception:
            log.exception("events not sealed", tenant_id=str(tenant_id))
            self._paused[tenant_id] = time.monotonic() + _SEALING_PAUSE_S
            return 0
        self._paused.pop(tenant_id, None)
        return sealed

    async def _consume(self, consumer: Consumer, tenants: list[UUID]) -> None:
        for tenant_id in tenants:
            try:
                result = await consume_step(self._database, tenant_id, consumer)
                if result is StepResult.AT_END:
                    await self._delete_backlog(tenant_id)
                elif result is StepResult.MORE:
                    self._more.set()
            except Exception as error:
                log.warning("consumer stopped", consumer=consumer.name, tenant_id=str(tenant_id), error=repr(error))

    async def _delete_backlog(self, tenant_id: UUID) -> None:
        """In a transaction after that of the cursor, so that the last of several consumers sees all the others."""
        async with self._database.begin(Tenant(tenant_id)) as session:
            await cursors.delete_backlog(session, [consumer.name for consumer in registered_consumers()])


async def _any_set(*flags: asyncio.Event, within_s: float) -> None:
    """Wait until one of the flags is set, or the time is over."""
    waits = [asyncio.create_task(flag.wait()) for flag in flags]
    await asyncio.wait(waits, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    await asyncio.wait(waits)
