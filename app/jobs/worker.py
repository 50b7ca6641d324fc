"""The loop that takes jobs off their queues, and the clock that runs the schedules.

Each queue, and the clock, has a connection of its own. It connects again when the database was lost. Any other error
stops the worker: its jobs return to their queues and the supervisor sees the process fail.
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

from app.jobs.engine import SETTINGS, QueueMessage, clean_up, queries
from app.jobs.errors import RetryLater
from app.jobs.metrics import SCHEDULE_ERRORS
from app.jobs.runner import Runner
from app.jobs.schedules import Schedule

log = structlog.get_logger()

_DATABASE_GONE = (
    OSError,
    asyncpg.InterfaceError,
    # asyncpg raises this where a connection is lost between two messages of one statement.
    asyncpg.InternalClientError,
    PostgresConnectionError,
    OperatorInterventionError,
    TooManyConnectionsError,
    FailingListenerError,
)
_RECONNECT_S = 1.0


@dataclass(frozen=True)
class Worker:
    """`queues`: how many jobs of each queue this worker runs at once."""

    database_url: str
    runner: Runner
    queues: dict[str, int]
    schedules: tuple[Schedule, ...] = ()

    async def run(self) -> None:
        """Work until `runner.stopping` is set; jobs in progress then finish or return to their queues."""
        async with asyncio.TaskGroup() as group:
            for queue, slots in self.queues.items():
                group.create_task(self._reconnecting(queue, partial(self._serve, queue, slots)))
            group.create_task(self._reconnecting("clock", self._run_schedules))

    async def _reconnecting(self, name: str, serve: Callable[[], Awaitable[None]]) -> None:
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
            async with self._stopped_with_worker(manager.shutdown):
                await manager.run(
                    dequeue_timeout=min(timedelta(seconds=5), lease / 2),
                    batch_size=1,
                    max_concurrent_tasks=max(2, slots),
                    heartbeat_timeout=lease,
                    shutdown_on_listener_failure=True,
                )

    async def _run_schedules(self) -> None:
        async with self._engine() as engine:
            scheduler = self._scheduler(engine)
            async with self._stopped_with_worker(scheduler.shutdown):
                await scheduler.run()

    @contextlib.asynccontextmanager
    async def _engine(self) -> AsyncIterator[Queries]:
        """The engine on one connection: a pool would replace a lost one, but not listen to the same channels again."""
        settings = {"application_name": "qmt-worker"}
        connection = await asyncpg.connect(self.database_url, server_settings=settings)
        try:
            yield queries(AsyncpgDriver(connection))
        finally:
            connection.terminate()

    @contextlib.asynccontextmanager
    async def _stopped_with_worker(self, shutdown: asyncio.Event) -> AsyncIterator[None]:
        """Stop a part of the engine when the worker stops."""

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
        # The engine takes at least two messages at once. With one slot the second one waits here, its job unclaimed.
        slot = asyncio.Semaphore(slots)

        # `hold`: a message that the engine cannot put back is not deleted, as its job would be lost with it.
        @manager.entrypoint(queue, on_failure="hold")
        async def take(job: EngineJob) -> None:
            async with slot:
                await self._run(job)

        return manager

    async def _run(self, job: EngineJob) -> None:
        """Run the job of a message. Whatever happens, the message is deleted only when the job needs it no more."""
        try:
            message = QueueMessage.from_bytes(job.payload)
        except ValueError:
            log.exception("queue message cannot be read", message_id=job.id)
            return
        try:
            await self.runner.run(message)
        except RetryLater as later:
            raise RetryRequested(delay=later.delay, reason=str(later)) from later
        except (Exception, asyncio.CancelledError) as error:
            log.warning("job left unfinished", job_id=str(message.job_id), exc_info=error)
            raise RetryRequested(delay=timedelta(seconds=self.runner.lease_s), reason=repr(error)) from error

    def _scheduler(self, engine: Queries) -> SchedulerManager:
        scheduler = SchedulerManager(engine)
        own = Schedule("jobs.clean_up", "* * * * *", partial(clean_up, engine))
        for schedule in (*self.schedules, own):
            scheduler.schedule(schedule.name, schedule.cron)(_handler(schedule))
        return scheduler


def _handler(schedule: Schedule) -> Callable[[EngineSchedule], Awaitable[None]]:
    async def run(_: EngineSchedule) -> None:
        try:
            await schedule.run()
        except Exception:
            SCHEDULE_ERRORS.labels(schedule.name).inc()
            log.exception("schedule failed", schedule=schedule.name)

    return run
