"""Statements sent as they are written: for hot paths, where building them anew would cost more than running them."""

from typing import Any

from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession


async def driver_sql(session: AsyncSession, statement: str, *values: Any) -> CursorResult[Any]:
    """Run a statement with `$1`-style parameters in the session's transaction."""
    connection = await session.connection()
    return await connection.exec_driver_sql(statement, tuple(values))


def escape_like(term: str) -> str:
    """A term whose `%`, `_` and `\\` stand for themselves in LIKE."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
