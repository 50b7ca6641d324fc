"""The loop that takes jobs off their queues, and the clock that starts what comes round again."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Job as EngineJob
from pgqueuer.domain.models import Schedule as EngineSchedule

from app.jobs.engine import SETTINGS, Ticket, queries
from app.jobs.runner import Runner, TryLater

log = structlog.get_logger()

Tick = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Something that is done by one worker each time the cron expression comes round."""

    name: str
    cron: str
    tick: Tick


@dataclass(frozen=True)
class Worker:
    database_url: str
    runner: Runner
    # How many jobs of each queue this worker runs at once.
    queues: dict[str, int]
    schedules: tuple[Schedule, ...] = ()

    async def run(self) -> None:
        """Work until `runner.stopping` is set; jobs in progress are finished or handed back."""
        async with asyncpg.create_pool(self.database_url, min_size=1, max_size=4 + 2 * len(self.queues)) as pool:
            managers = [self._manager(pool, queue, slots) for queue, slots in self.queues.items()]
            scheduler = self._scheduler(pool)
            stop = asyncio.create_task(self._stop(managers, scheduler))
            try:
                async with asyncio.TaskGroup() as group:
                    for manager, slots in zip(managers, self.queues.values(), strict=True):
                        group.create_task(self._serve(manager, slots))
                    if self.schedules:
                        group.create_task(scheduler.run())
            finally:
                stop.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await stop

    async def _stop(self, managers: list[QueueManager], scheduler: SchedulerManager) -> None:
        await self.runner.stopping.wait()
        for manager in managers:
            manager.shutdown.set()
        scheduler.shutdown.set()

    def _manager(self, pool: "asyncpg.Pool[Any]", queue: str, slots: int) -> QueueManager:
        manager = QueueManager(queries(AsyncpgPoolDriver(pool)), channel=SETTINGS.channel)
        # The engine may hand over a job more than we run at once: it waits here, unclaimed.
        turn = asyncio.Semaphore(slots)

        @manager.entrypoint(queue)
        async def take(job: EngineJob) -> None:
            async with turn:
                await self._run(job)

        return manager

    async def _run(self, job: EngineJob) -> None:
        try:
            await self.runner.run(Ticket.load(job.payload))
        except TryLater as later:
            raise RetryRequested(delay=later.delay, reason=str(later)) from later

    async def _serve(self, manager: QueueManager, slots: int) -> None:
        lease = timedelta(seconds=self.runner.lease_s)
        await manager.run(
            dequeue_timeout=min(timedelta(seconds=5), lease / 2),
            batch_size=slots,
            max_concurrent_tasks=2 * slots,
            heartbeat_timeout=lease,
        )

    def _scheduler(self, pool: "asyncpg.Pool[Any]") -> SchedulerManager:
        scheduler = SchedulerManager(queries(AsyncpgPoolDriver(pool)))
        for schedule in self.schedules:
            scheduler.schedule(schedule.name, schedule.cron)(_ticking(schedule))
        return scheduler


def _ticking(schedule: Schedule) -> Callable[[EngineSchedule], Awaitable[None]]:
    async def tick(_: EngineSchedule) -> None:
        await schedule.tick()

    return tick
