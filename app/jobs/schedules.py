"""Work that is done by a clock: once for the whole installation, or as jobs of the tenants that have something to do.

A schedule of jobs does no work at its time. It finds in one statement, over all tenants, what is due, and enqueues a
job for each unless the same one is still queued, running or waiting for a retry. So tenants without work cost nothing,
any number of workers share the jobs, a crash loses none of them, and one that hangs or fails delays no other: it
reaches its time limit, backs off, and is tried again until it succeeds.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.jobs.registry import JobHandler, JobKind
from app.jobs.service import enqueue_due
from app.platform.database import Database, Session, System, SystemUse

# The queue of the jobs of all schedules.
QUEUE = "schedules"


@dataclass(frozen=True, slots=True)
class DueJob:
    """A job that is due. Jobs of a tenant with equal payloads are the same job."""

    tenant_id: UUID
    payload: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one worker does each time the cron expression (in UTC) comes round."""

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class JobSchedule:
    """Jobs that are enqueued by the clock, for one tenant or one object of a tenant each.

    `find_due`: what is due, in the system scope (`RUN_SCHEDULES`), in one statement that an index answers.
    `work`: the handler of such a job. It looks again at what there is to do, as that may be nothing by now.
    """

    name: str
    cron: str
    find_due: Callable[[Session], Awaitable[Iterable[DueJob]]]
    work: JobHandler
    time_limit_s: float = 600

    @property
    def kind(self) -> JobKind:
        return JobKind(
            self.name,
            self.work,
            queue=QUEUE,
            max_attempts=None,
            time_limit_s=self.time_limit_s,
            keep_result=False,
        )

    def on(self, database: Database) -> Schedule:
        async def run() -> None:
            await self.enqueue_due(database)

        return Schedule(self.name, self.cron, run)

    async def enqueue_due(self, database: Database) -> int:
        """Enqueue the jobs that are due; how many."""
        async with database.begin(System(SystemUse.RUN_SCHEDULES)) as session:
            due = await self.find_due(session)
            return await enqueue_due(session, self.name, [(job.tenant_id, job.payload) for job in due])
