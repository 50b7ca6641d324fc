"""The loop that takes jobs off their queues, and the clock that starts what comes round again.

Each queue, and the clock, is served over a connection of its own and begun anew when the database has gone away and
come back. Any other fault of theirs stops the worker: its jobs are handed back and the supervisor sees it fail.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import asyncpg
import structlog
from asyncpg.exceptions import OperatorInterventionError, PostgresConnectionError, TooManyConnectionsError
from pgqueuer.adapters.drivers.asyncpg import AsyncpgDriver
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain.errors import FailingListenerError, RetryRequested
from pgqueuer.domain.models import Job as EngineJob
from pgqueuer.domain.models import Schedule as EngineSchedule

from app.jobs.engine import SETTINGS, Ticket, housekeep, queries
from app.jobs.runner import Runner, TryLater

log = structlog.get_logger()

Tick = Callable[[], Awaitable[None]]

_DATABASE_GONE = (
    OSError,
    asyncpg.InterfaceError,
    PostgresConnectionError,
    OperatorInterventionError,
    TooManyConnectionsError,
    FailingListenerError,
)
_RECONNECT_S = 1.0


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
        async with asyncio.TaskGroup() as group:
            for queue, slots in self.queues.items():
                group.create_task(self._keep_up(queue, partial(self._serve, queue, slots)))
            group.create_task(self._keep_up("schedules", self._keep_time))

    async def _keep_up(self, name: str, serve: Callable[[], Awaitable[None]]) -> None:
        stopping = self.runner.stopping
        while not stopping.is_set():
            try:
                await serve()
            except _DATABASE_GONE as error:
                log.warning("database lost", serving=name, error=repr(error))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), _RECONNECT_S)
            except Exception:
                stopping.set()
                raise

    async def _serve(self, queue: str, slots: int) -> None:
        lease = timedelta(seconds=self.runner.lease_s)
        async with self._engine() as engine:
            manager = self._manager(engine, queue, slots)
            async with self._stopping(manager.shutdown):
                await manager.run(
                    dequeue_timeout=min(timedelta(seconds=5), lease / 2),
                    batch_size=1,
                    max_concurrent_tasks=max(2, slots),
                    heartbeat_timeout=lease,
                    shutdown_on_listener_failure=True,
                )

    async def _keep_time(self) -> None:
        async with self._engine() as engine:
            scheduler = self._scheduler(engine)
            async with self._stopping(scheduler.shutdown):
                await scheduler.run()

    @contextlib.asynccontextmanager
    async def _engine(self) -> AsyncIterator[Queries]:
        """The engine on one connection: a pool would replace one that died, but not what it listened to."""
        settings = {"application_name": "qmt-worker"}
        connection = await asyncpg.connect(self.database_url, server_settings=settings)
        try:
            yield queries(AsyncpgDriver(connection))
        finally:
            connection.terminate()

    @contextlib.asynccontextmanager
    async def _stopping(self, shutdown: asyncio.Event) -> AsyncIterator[None]:
        """Pass the worker's stop on to a part of the engine."""

        async def pass_on() -> None:
            await self.runner.stopping.wait()
            shutdown.set()

        task = asyncio.create_task(pass_on())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait({task})

    def _manager(self, engine: Queries, queue: str, slots: int) -> QueueManager:
        manager = QueueManager(engine, channel=SETTINGS.channel)
        # The engine takes two jobs at the least: the one too many waits here, unclaimed.
        turn = asyncio.Semaphore(slots)

        # A ticket that the engine cannot put back is held, not deleted: without it the job would be lost.
        @manager.entrypoint(queue, on_failure="hold")
        async def take(job: EngineJob) -> None:
            async with turn:
                await self._run(job)

        return manager

    async def _run(self, job: EngineJob) -> None:
        """Run a ticket's job. However that ends, the ticket is torn up only when the job needs it no more."""
        try:
            ticket = Ticket.load(job.payload)
        except ValueError:
            log.exception("ticket unreadable", ticket=job.id)
            return
        try:
            await self.runner.run(ticket)
        except TryLater as later:
            raise RetryRequested(delay=later.delay, reason=str(later)) from later
        except (Exception, asyncio.CancelledError) as error:
            log.warning("job left in mid-air", job_id=str(ticket.job_id), exc_info=error)
            raise RetryRequested(delay=timedelta(seconds=self.runner.lease_s), reason=repr(error)) from error

    def _scheduler(self, engine: Queries) -> SchedulerManager:
        scheduler = SchedulerManager(engine)
        housekeeping = Schedule("jobs.housekeep", "* * * * *", partial(housekeep, engine))
        for schedule in (*self.schedules, housekeeping):
            scheduler.schedule(schedule.name, schedule.cron)(_ticking(schedule))
        return scheduler


def _ticking(schedule: Schedule) -> Callable[[EngineSchedule], Awaitable[None]]:
    async def tick(_: EngineSchedule) -> None:
        await schedule.tick()

    return tick
