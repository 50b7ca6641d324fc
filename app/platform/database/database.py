"""The database: a pool of connections, and the way to begin a transaction on one of them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import orjson
import structlog

from app.platform.database.scope import Scope, System, Tenant, scope_statement, snapshot_statement
from app.platform.database.session import Listener, Session, guarded, is_lost
from app.platform.database.sql import Row
from app.platform.errors import Unavailable

log = structlog.get_logger()

# A way to begin short transactions, for work that must not keep one open all the time.
TransactionFactory = Callable[[], AbstractAsyncContextManager[Session]]

_ACQUIRE_WITHIN_S = 10
_SETTINGS = {
    "timezone": "UTC",
    "application_name": "qmt",
    # A process that stops in the middle of a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "60s",
    # Nor may a statement that has run away hold a processor for ever.
    "statement_timeout": "180s",
}
_DATABASE_GONE = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
)


class TransactionFailed(RuntimeError):
    """A block ended well although a statement in it had failed: its changes were rolled back."""


class Database:
    """`pool_size`: the most connections that this process opens. The first one is opened when it is needed."""

    def __init__(self, url: str, *, pool_size: int) -> None:
        self._url = plain_url(url)
        self._pool_size = pool_size
        self._opened: Any = None
        self._opening = asyncio.Lock()
        self.listeners: list[Listener] = []

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[Session]:
        """A session in the scope. It commits when the block ends well and rolls back when it does not.

        Nobody else commits. A transaction that changed a journalled row without recording an event is refused, so
        that the journal cannot be forgotten.
        """
        if isinstance(scope, System):
            log.debug("system scope", use=scope.use)
        async with self._transaction(scope, scope_statement(scope)) as session:
            yield session

    @asynccontextmanager
    async def begin_snapshot(self, scope: Tenant) -> AsyncIterator[Session]:
        """A session that only reads: all its statements see the tenant's rows as of one moment."""
        async with self._transaction(scope, snapshot_statement(scope)) as session:
            yield session

    @asynccontextmanager
    async def _transaction(self, scope: Scope, beginning: str) -> AsyncIterator[Session]:
        async with self.connection() as connection:
            session = Session(connection, scope, self.listeners)
            try:
                # One message: the transaction and its scope begin together.
                await session.send(beginning)
                yield session
                session.check_journal()
                await _commit(connection)
            except BaseException:
                await _roll_back(connection)
                raise

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection of the pool outside any transaction and scope: row-level security shows it nothing."""
        pool = await self._pool()
        try:
            connection = await pool.acquire(timeout=_ACQUIRE_WITHIN_S)
        except TimeoutError as error:
            raise Unavailable("every database connection is busy: try again") from error
        except _DATABASE_GONE as error:
            raise Unavailable("the database does not answer: try again") from error
        try:
            yield connection
        finally:
            await pool.release(connection)

    def connections(self) -> dict[str, int]:
        """How many connections are open, and how many of them are in use."""
        if self._opened is None:
            return {"open": 0, "in_use": 0}
        size: int = self._opened.get_size()
        return {"open": size, "in_use": size - self._opened.get_idle_size()}

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()
            self._opened = None

    async def _pool(self) -> Any:
        if self._opened is None:
            async with self._opening:
                if self._opened is None:
                    self._opened = await asyncpg.create_pool(
                        self._url,
                        min_size=0,
                        max_size=self._pool_size,
                        init=_prepare,
                        reset=_leave_as_it_is,
                        record_class=Row,
                        server_settings=_SETTINGS,
                        statement_cache_size=1000,
                        max_cached_statement_lifetime=0,
                    )
        return self._opened


def plain_url(url: str) -> str:
    """A PostgreSQL URL without the name of a driver; ValueError for any other URL."""
    scheme, rest = url.split("://", 1)
    if scheme not in ("postgresql", "postgres", "postgresql+asyncpg"):
        raise ValueError(f"not a PostgreSQL URL: {scheme}://…")
    return f"postgresql://{rest}"


async def _prepare(connection: Any) -> None:
    """JSON is read as values. It is written as text, which its writer has made (`dumps`)."""
    for name in ("json", "jsonb"):
        await connection.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=orjson.loads)


async def _leave_as_it_is(_: Any) -> None:
    """Every setting is the transaction's own and ends with it: there is nothing to reset between two."""


async def _commit(connection: Any) -> None:
    """PostgreSQL answers a COMMIT after a failed statement with a rollback and no error: that is one here."""
    if await guarded(connection, connection.execute, "COMMIT") != "COMMIT":
        raise TransactionFailed("a statement failed and its error was caught, so that nothing could be committed")


async def _roll_back(connection: Any) -> None:
    """Leave the transaction. A connection that cannot even do that is closed."""
    if is_lost(connection):
        return
    try:
        await connection.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        connection.terminate()
    except asyncio.CancelledError:
        connection.terminate()
        raise
