"""Work that is done by a clock: once for the whole installation, or for each tenant that has something to do.

A schedule of tenants does no work at its time. It asks in one statement which tenants have work, and enqueues a job
for each of them unless one is still queued, running or waiting for a retry. So tenants without work cost nothing,
any number of workers share the jobs, a crash loses none of them, and one that hangs or fails delays no other tenant:
it reaches its time limit, backs off, and is tried again until it succeeds.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from app.jobs.registry import JobHandler, JobKind
from app.jobs.service import enqueue_once_for_tenants
from app.platform.database import Database, Session, System, SystemUse

# The queue of the jobs of all schedules.
QUEUE = "schedules"


@dataclass(frozen=True, slots=True)
class Schedule:
    """What one worker does each time the cron expression (in UTC) comes round."""

    name: str
    cron: str
    run: Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class TenantSchedule:
    """Work for each tenant that has some.

    `find_tenants`: which these are, in the system scope (`RUN_SCHEDULES`), in one statement that an index answers.
    `work`: the handler of the tenant's job. It finds again what there is to do, and may run when nothing is left.
    """

    name: str
    cron: str
    find_tenants: Callable[[Session], Awaitable[Iterable[UUID]]]
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
        """Enqueue the jobs of the tenants that have work; how many."""
        async with database.begin(System(SystemUse.RUN_SCHEDULES)) as session:
            return await enqueue_once_for_tenants(session, self.name, await self.find_tenants(session))
