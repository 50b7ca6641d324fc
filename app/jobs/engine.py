"""PgQueuer: only this module and the worker use its names."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.ports.driver import Driver, NotifyCallback

from app.platform.database import Row, Session

SETTINGS = DBSettings(db_schema="pgqueuer")
_ENVIRONMENT = QueryBuilderEnvironment(SETTINGS)
_QUEUE = QueryQueueBuilder(SETTINGS)
_SCHEDULER = QuerySchedulerBuilder(SETTINGS)

_TOP_PRIORITY = """
SELECT coalesce(max(priority), 0) FROM pgqueuer.pgqueuer WHERE entrypoint = :queue AND status = 'queued'
"""

# `stranded`: the engine put the message aside when it lost the database; `clean_up` queues it again.
_QUEUE_STATS = """
SELECT entrypoint AS queue,
       CASE WHEN status = 'picked' THEN 'running' WHEN status = 'failed' THEN 'stranded'
            WHEN execute_after > now() THEN 'held' ELSE 'queued' END AS state,
       count(*) AS jobs, extract(epoch FROM now() - min(created))::float8 AS oldest_s
FROM pgqueuer.pgqueuer GROUP BY 1, 2
"""

_DELETE_OLD_LOG = "DELETE FROM pgqueuer.pgqueuer_log WHERE created < now() - interval '7 days'"


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
        await self.session.execute("SELECT pg_notify(:channel, :payload)", channel=channel, payload=payload)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        raise TypeError("a session's transaction cannot listen")

    @property
    def shutdown(self) -> asyncio.Event:
        return self._shutdown

    @property
    def tm(self) -> TaskManager:
        return TaskManager()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


@dataclass(frozen=True, slots=True)
class QueueMessage:
    """What the engine carries: the ids by which a worker finds the job in its tenant."""

    tenant_id: UUID
    job_id: UUID

    def to_bytes(self) -> bytes:
        return self.tenant_id.bytes + self.job_id.bytes

    @classmethod
    def from_bytes(cls, payload: bytes | None) -> Self:
        data = payload or b""
        return cls(UUID(bytes=data[:16]), UUID(bytes=data[16:]))


async def send(session: Session, queue: str, messages: Sequence[QueueMessage], *, priority: int = 0) -> None:
    """Queue messages in the session's transaction, in one statement."""
    count = len(messages)
    payloads: list[bytes | None] = [message.to_bytes() for message in messages]
    await queries(SessionDriver(session)).enqueue([queue] * count, payloads, [priority] * count)


async def top_priority(session: Session, queue: str) -> int:
    """The priority of the message that is next in its queue; 0 when none is queued."""
    return int(await session.fetch_value(_TOP_PRIORITY, queue=queue))


async def queue_stats(session: Session) -> list[Row]:
    """How many messages of each queue are in which state, and the age of the oldest, over all tenants."""
    return await session.fetch_all(_QUEUE_STATS)


async def clean_up(engine: Queries) -> None:
    """Queue stranded messages again, and delete the log of a week ago, which the engine itself never does."""
    if stranded := await engine.list_failed_jobs(limit=1000, order="ASC"):
        await engine.requeue_jobs([job.id for job in stranded])
    await engine.driver.execute(_DELETE_OLD_LOG)
