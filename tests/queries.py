"""Counts the SQL statements that a piece of code sends, and runs statements that tests write as expressions."""

from typing import Any, Self

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql import asyncpg

from app.platform.database import Database, Row, Session, dumps

_DIALECT = asyncpg.dialect(json_serializer=dumps)  # type: ignore[no-untyped-call]


class QueryRecorder:
    def __init__(self, database: Database) -> None:
        self.listeners = database.listeners
        self.statements: list[str] = []

    def clear(self) -> None:
        self.statements.clear()

    def __len__(self) -> int:
        return len(self.statements)

    def __enter__(self) -> Self:
        self.listeners.append(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self.listeners.remove(self._note)

    def _note(self, statement: str, _values: tuple[Any, ...], _seconds: float) -> None:
        self.statements.append(" ".join(statement.split()))


async def run(session: Session, expression: Executable) -> list[Row]:
    """Run an expression of SQLAlchemy in the session, defaults of the models included."""
    compiled: Any = expression.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
    values = compiled.construct_params()
    for column in getattr(compiled, "insert_prefetch", ()):
        default = column.default.arg
        values[column.key] = default(None) if callable(default) else default
    processors = compiled._bind_processors
    arguments = [processors.get(name, _unchanged)(values[name]) for name in compiled.positiontup or ()]
    return await session.run_numbered(compiled.string, *arguments)


def _unchanged(value: Any) -> Any:
    return value
