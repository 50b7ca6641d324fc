"""Statements sent as they are written: for hot paths, where building them anew would cost more than running them."""

from typing import Any

from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session


async def driver_sql(session: AsyncSession, statement: str, *values: Any) -> CursorResult[Any]:
    """Run a statement with `$1`-style parameters in the session's transaction."""
    return await session.run_sync(_run, statement, values)


def _run(session: Session, statement: str, values: tuple[Any, ...]) -> CursorResult[Any]:
    # The connection is asked for in here, where that costs no second switch between greenlets.
    return session.connection().exec_driver_sql(statement, values)


def escape_like(term: str) -> str:
    """A term whose `%`, `_` and `\\` stand for themselves in LIKE."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
