"""Statements sent as they are written: for hot paths, where building them anew would cost more than running them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

_NESTED_LOOPS = "SELECT set_config('enable_nestloop', $1, true)"


async def driver_sql(session: AsyncSession, statement: str, *values: Any) -> CursorResult[Any]:
    """Run a statement with `$1`-style parameters in the session's transaction."""
    return await session.run_sync(_run, statement, values)


def _run(session: Session, statement: str, values: tuple[Any, ...]) -> CursorResult[Any]:
    # The connection is asked for in here, where that costs no second switch between greenlets.
    return session.connection().exec_driver_sql(statement, values)


@asynccontextmanager
async def joined_by_hashing(session: AsyncSession) -> AsyncIterator[None]:
    """While the block runs, large tables are joined by hashing, never row by row.

    Statistics know nothing of a tenant who has just come or just grown. A planner that therefore expects a handful
    of rows goes through a table once for each of what turn out to be thousands, which takes minutes for a second's
    work. For statements over many rows of several tables; others profit from being left to the planner.
    """
    await driver_sql(session, _NESTED_LOOPS, "off")
    yield
    await driver_sql(session, _NESTED_LOOPS, "on")


def escape_like(term: str) -> str:
    """A term whose `%`, `_` and `\\` stand for themselves in LIKE."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
