"""A session: one transaction in one scope, over one connection.

`Database.begin(scope)` is the only way to a session. Statements go to asyncpg directly, without
SQLAlchemy's session in between (docs/decisions/0016).
"""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

import asyncpg

from app.platform.actor import Actor
from app.platform.database.scope import Scope, Tenant
from app.platform.database.sql import Row, Statement, journalled_tables_written, translate
from app.platform.errors import Unavailable

# Hears of each statement with its arguments and the seconds it took: for measurements, and tests that count statements.
Listener = Callable[[str, tuple[Any, ...], float], None]

_NESTED_LOOPS = "SELECT set_config('enable_nestloop', :setting, true)"


class UnjournalledWrite(RuntimeError):
    """A transaction changed rows and recorded no event."""


class Session:
    """`actor`: who acts, for the journal. `events`: how many events the transaction has recorded."""

    def __init__(self, connection: Any, scope: Scope, listeners: list[Listener]) -> None:
        self.scope = scope
        self.events = 0
        self._actor: Actor | None = None
        self._connection = connection
        self._listeners = listeners
        self._written: set[str] = set()

    @property
    def tenant_id(self) -> UUID:
        """The tenant of the session's scope."""
        if not isinstance(self.scope, Tenant):
            raise TypeError("the system scope has no tenant")
        return self.scope.id

    @property
    def actor(self) -> Actor:
        if self._actor is None:
            raise TypeError("the session has no actor: act_as(session, …)")
        return self._actor

    def act_as(self, actor: Actor) -> None:
        self._actor = actor

    async def fetch_all(self, statement: str, /, **values: Any) -> list[Row]:
        translated = translate(statement)
        return await self._fetch(translated, translated.arguments(values))

    async def fetch_optional(self, statement: str, /, **values: Any) -> Row | None:
        """The only row, or None; LookupError where there are more."""
        rows = await self.fetch_all(statement, **values)
        if len(rows) > 1:
            raise LookupError(f"one row at most was expected, and {len(rows)} came")
        return rows[0] if rows else None

    async def fetch_one(self, statement: str, /, **values: Any) -> Row:
        """The only row; LookupError where there is not exactly one."""
        row = await self.fetch_optional(statement, **values)
        if row is None:
            raise LookupError("one row was expected, and none came")
        return row

    async def fetch_value(self, statement: str, /, **values: Any) -> Any:
        """The first column of the only row; None where there is no row."""
        row = await self.fetch_optional(statement, **values)
        return None if row is None else row[0]

    async def fetch_column(self, statement: str, /, **values: Any) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in await self.fetch_all(statement, **values)]

    async def execute(self, statement: str, /, **values: Any) -> int:
        """Run a statement that returns no rows; how many it changed."""
        translated = translate(statement)
        status: str = await self._call(self._connection.execute, translated.text, translated.arguments(values))
        count = status.rpartition(" ")[2]
        changed = int(count) if count.isdecimal() else 0
        self._note_writes(translated, changed)
        return changed

    async def stream(self, statement: str, /, **values: Any) -> AsyncIterator[Row]:
        """The rows a few hundred at a time, for more of them than fit into memory."""
        translated = translate(statement)
        cursor = await self._call(self._connection.cursor, translated.text, translated.arguments(values))
        while rows := await guarded(self._connection, cursor.fetch, 500):
            for row in rows:
                yield row

    async def copy_out(
        self, query: str, sink: Callable[[bytes], Awaitable[None]], *, file_format: Literal["csv", "text"]
    ) -> int:
        """Send the rows of a query to `sink` as `COPY … TO STDOUT` writes them; how many there were.

        Each call of `sink` gets whole rows. PostgreSQL waits while it works, so that nothing piles up.
        """
        status: str = await guarded(
            self._connection, self._connection.copy_from_query, query, output=sink, format=file_format
        )
        return int(status.rpartition(" ")[2])

    async def send(self, text: str) -> None:
        """Send one or several statements without parameters in one message."""
        await self._call(self._connection.execute, text, ())

    async def run_numbered(self, statement: str, /, *values: Any) -> list[Row]:
        """Run a statement of another library, whose parameters have numbers."""
        described = Statement(statement, (), journalled_tables_written(statement))
        rows = await self._fetch(described, values)
        # Without names nothing tells how many rows were changed; so any change counts.
        self._note_writes(described, 1)
        return rows

    @asynccontextmanager
    async def without_nested_loops(self) -> AsyncIterator[None]:
        """Within the block, large tables are joined by hashing or merging, never row by row.

        The planner has no statistics for a new or fast-growing tenant. It then expects a handful of rows and chooses
        a nested loop, which takes minutes where a hash join takes a second. For statements over many rows of several
        tables only; the planner decides better about others.
        """
        await self.fetch_value(_NESTED_LOOPS, setting="off")
        yield
        await self.fetch_value(_NESTED_LOOPS, setting="on")

    def check_journal(self) -> None:
        """Refuse to commit changes of which the journal knows nothing."""
        if self._written and not self.events:
            raise UnjournalledWrite(f"changed {', '.join(sorted(self._written))} without recording an event")

    async def _fetch(self, statement: Statement, arguments: Sequence[Any]) -> list[Row]:
        rows: list[Row] = await self._call(self._connection.fetch, statement.text, arguments)
        self._note_writes(statement, len(rows))
        return rows

    async def _call(self, method: Callable[..., Any], text: str, arguments: Sequence[Any]) -> Any:
        """Run a statement and tell the listeners of it."""
        if not self._listeners:
            return await guarded(self._connection, method, text, *arguments)
        started = time.perf_counter()
        result = await guarded(self._connection, method, text, *arguments)
        for listener in self._listeners:
            listener(text, tuple(arguments), time.perf_counter() - started)
        return result

    def _note_writes(self, statement: Statement, changed: int) -> None:
        # A statement that found nothing to change has changed nothing.
        if changed and statement.journalled_tables:
            self._written |= statement.journalled_tables


async def guarded(connection: Any, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Call the database; what passes by itself becomes an error that says to try again."""
    try:
        return await method(*arguments, **options)
    except asyncpg.QueryCanceledError as error:
        raise Unavailable("this took too long and was stopped: ask for less, or try again later") from error
    except asyncpg.InvalidCachedStatementError as error:
        raise Unavailable("the database was migrated just now: try again") from error
    except asyncpg.InternalClientError as error:
        # asyncpg confuses its messages where the server ends the connection between two of them.
        connection.terminate()
        raise Unavailable("the connection to the database was lost: try again") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        if is_lost(connection):
            raise Unavailable("the connection to the database was lost: try again") from error
        raise


def is_lost(connection: Any) -> bool:
    """Whether the connection is closed. The pool takes back at once what the server has closed."""
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:
        return True


def act_as(session: Session, actor: Actor) -> None:
    session.act_as(actor)
