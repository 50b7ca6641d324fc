"""PgQueuer, held at arm's length: what knows its names is here and in the worker."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment, QueryQueueBuilder, QuerySchedulerBuilder
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.tm import TaskManager
from pgqueuer.domain.settings import DBSettings
from pgqueuer.ports.driver import Driver, NotifyCallback
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.sql import driver_sql

SETTINGS = DBSettings(db_schema="pgqueuer")
_ENVIRONMENT = QueryBuilderEnvironment(SETTINGS)
_QUEUE = QueryQueueBuilder(SETTINGS)
_SCHEDULER = QuerySchedulerBuilder(SETTINGS)


def queries(driver: Driver) -> Queries:
    return Queries(driver, qbe=_ENVIRONMENT, qbq=_QUEUE, qbs=_SCHEDULER)


@dataclass
class SessionDriver(Driver):
    """Sends the engine's statements over a session, so that they share its transaction."""

    session: AsyncSession
    _shutdown: asyncio.Event = field(default_factory=asyncio.Event)

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        result = await driver_sql(self.session, query, *args)
        return [dict(row) for row in result.mappings()]

    async def execute(self, query: str, *args: object) -> str:
        await driver_sql(self.session, query, *args)
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


async def put(session: AsyncSession, queue: str, ticket: Ticket, *, priority: int) -> None:
    await queries(SessionDriver(session)).enqueue(queue, ticket.dump(), priority)
