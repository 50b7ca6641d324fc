"""The unit of work: one session, one scope, one transaction.

`Database.begin(scope)` is the only way to a session. It commits when its block ends well and rolls back when
it does not; nobody else commits. A transaction that changed a journalled row without recording an event is
refused, so that the journal cannot be forgotten.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

import structlog
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, SessionTransaction

from app.platform.errors import Unavailable
from app.platform.scope import SET_SCOPE, Scope, System, scope_settings

log = structlog.get_logger()

# Tables whose changes need no event: the journal itself, the plumbing of requests and jobs, and what is
# derived from journalled rows and can be computed again.
NOT_JOURNALLED = frozenset(
    {
        "events",
        "event_seals",
        "event_seal_entries",
        "jobs",
        "idempotency_keys",
        "sign_in_failures",
        "agent_error_tallies",
        "transcript_segments",
    }
)

_WRITE = re.compile(
    r"\b(?:INSERT\s+INTO|DELETE\s+FROM|MERGE\s+INTO|(?<!FOR )(?<!DO )(?<!NO KEY )UPDATE)\s+"
    r"(?:ONLY\s+)?(?:\"?\w+\"?\.)?\"?(\w+)\"?",
    re.IGNORECASE,
)


# A statement that ran into its time limit.
_CANCELLED = "57014"


class ScopeMissing(RuntimeError):
    """A session was used without saying whose data it may touch."""


class UnjournalledWrite(RuntimeError):
    """A transaction changed rows and told the journal nothing."""


@lru_cache(maxsize=4096)
def journalled_tables_written(statement: str) -> frozenset[str]:
    """The journalled tables that a statement writes to, read off its text."""
    written = {name.lower() for name in _WRITE.findall(statement)}
    return frozenset(name for name in written - NOT_JOURNALLED if not name.startswith("pgqueuer"))


class ScopedSession(Session):
    """A session that sets its scope as the transaction begins and refuses to begin without one."""


@event.listens_for(ScopedSession, "after_begin")
def _enter_scope(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    scope: Scope | None = session.info.get("scope")
    if scope is None:
        raise ScopeMissing("a session must be begun with Database.begin(scope)")
    connection.info["written"] = session.info["written"] = set()
    connection.exec_driver_sql(SET_SCOPE, scope_settings(scope))


def _note_writes(conn: Connection, cursor: Any, statement: str, *_rest: Any) -> None:
    written = conn.info.get("written")
    # A statement that found nothing to change has changed nothing.
    if written is not None and cursor.rowcount != 0:
        written |= journalled_tables_written(statement)


class Database:
    """An engine and the way to begin a unit of work on it."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._sessions = async_sessionmaker(
            engine, sync_session_class=ScopedSession, expire_on_commit=False, autoflush=False
        )
        event.listen(engine.sync_engine, "after_cursor_execute", _note_writes)

    @asynccontextmanager
    async def begin(self, scope: Scope) -> AsyncIterator[AsyncSession]:
        if isinstance(scope, System):
            log.debug("system scope", reason=scope.reason)
        try:
            async with self._sessions(info={"scope": scope, "events": 0}) as session:
                yield session
                await commit(session)
        except PoolTimeoutError as error:
            raise Unavailable("every database connection is busy: try again") from error
        except DBAPIError as error:
            if error.connection_invalidated:
                raise Unavailable("the connection to the database was lost: try again") from error
            if getattr(error.orig, "sqlstate", None) == _CANCELLED:
                raise Unavailable("this took too long and was given up: ask for less, or try again later") from error
            raise

    async def ping(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async def close(self) -> None:
        await self.engine.dispose()


async def commit(session: AsyncSession) -> None:
    await session.flush()
    written = session.info.get("written")
    if written and not session.info["events"]:
        raise UnjournalledWrite(f"changed {', '.join(sorted(written))} without recording an event")
    await session.commit()
