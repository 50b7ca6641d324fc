"""PgQueuer, held at arm's length: what knows its names is here and in the worker."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.ports.driver import Driver, NotifyCallback

from app.platform.database import Row, Session
from app.platform.database.compat import driver_sql

SETTINGS = DBSettings(db_schema="pgqueuer")
_ENVIRONMENT = QueryBuilderEnvironment(SETTINGS)
_QUEUE = QueryQueueBuilder(SETTINGS)
_SCHEDULER = QuerySchedulerBuilder(SETTINGS)
_TICKETS = SETTINGS.qualified.queue_table

_FRONT = f"SELECT coalesce(max(priority), 0) FROM {_TICKETS} WHERE entrypoint = $1 AND status = 'queued'"  # noqa: S608

# `stranded`: parked by the engine because it lost the database, until `housekeep` offers it again.
_CENSUS = f"""
SELECT entrypoint AS queue,
       CASE WHEN status = 'picked' THEN 'running' WHEN status = 'failed' THEN 'stranded'
            WHEN execute_after > now() THEN 'held' ELSE 'queued' END AS state,
       count(*) AS jobs, extract(epoch FROM now() - min(created))::float8 AS oldest_s
FROM {_TICKETS} GROUP BY 1, 2
"""  # noqa: S608 (the table's name is a constant)

_FORGET = f"DELETE FROM {SETTINGS.qualified.queue_table_log} WHERE created < now() - interval '7 days'"  # noqa: S608


def queries(driver: Driver) -> Queries:
    return Queries(driver, qbe=_ENVIRONMENT, qbq=_QUEUE, qbs=_SCHEDULER)


@dataclass
class SessionDriver(Driver):
    """Sends the engine's statements over a session, so that they share its transaction."""

    session: Session
    _shutdown: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        result = await self.session.run_numbered(query, *args)
        return [dict(row) for row in result]

    async def execute(self, query: str, *args: object) -> str:
        await self.session.run_numbered(query, *args)
        return ""

    async def notify(self, channel: str, payload: str) -> None:
        await driver_sql(self.session, "SELECT pg_notify($1, $2)", channel, payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        raise TypeError("a session's transaction cannot listen")

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> "SessionDriver":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the engine carries: enough to find the job in its tenant."""

    tenant_id: UUID
    job_id: UUID

    def dump(self) -> bytes:
        return self.tenant_id.bytes + self.job_id.bytes

    @classmethod
    def load(cls, payload: bytes | None) -> "Ticket":
        data = payload or b""
        return cls(UUID(bytes=data[:16]), UUID(bytes=data[16:]))


async def put(session: Session, queue: str, ticket: Ticket, *, priority: int) -> None:
    await queries(SessionDriver(session)).enqueue(queue, ticket.dump(), priority)


async def front(session: Session, queue: str) -> int:
    """The priority of the ticket that is next in its queue; 0 when none waits."""
    return int((await driver_sql(session, _FRONT, queue)).scalar_one())


async def census(session: Session) -> Sequence[Row]:
    """How many tickets of each queue are in which state, and the age of the oldest. They say nothing of tenants."""
    return (await driver_sql(session, _CENSUS)).all()


async def housekeep(engine: Queries) -> None:
    """Offer stranded tickets again, and forget the engine's log of a week ago, which it keeps for ever."""
    if stranded := await engine.list_failed_jobs(limit=1000, order="ASC"):
        await engine.requeue_jobs([job.id for job in stranded])
    await engine.driver.execute(_FORGET)
