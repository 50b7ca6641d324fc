"""Statements with numbered parameters: for repositories that have not been given named ones yet."""

# ruff: noqa: SLF001
import re
from collections.abc import Iterator
from typing import Any

from app.platform.database.session import Session
from app.platform.database.sql import Row, Statement, journalled_tables_written


class Result:
    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows, self.rowcount = rows, rowcount

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def all(self) -> list[Row]:
        return self._rows

    def one(self) -> Row:
        (row,) = self._rows
        return row

    def one_or_none(self) -> Row | None:
        return self.one() if self._rows else None

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one_or_none(self) -> Any:
        return self.one()[0] if self._rows else None

    def scalars(self) -> "Scalars":
        return Scalars(row[0] for row in self._rows)

    def mappings(self) -> "Result":
        return self


class Scalars(list[Any]):
    def all(self) -> list[Any]:
        return self


async def driver_sql(session: Session, statement: str, *values: Any) -> Result:
    described = Statement(statement, (), journalled_tables_written(statement))
    if "RETURNING" not in statement and not statement.lstrip().upper().startswith(("SELECT", "SHOW", "WITH")):
        status = await session._call(session._connection.execute, statement, values)
        count = status.rpartition(" ")[2]
        changed = int(count) if count.isdecimal() else 0
        session._note_writes(described, changed)
        return Result([], changed)
    writes = re.search(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", statement)
    if statement.lstrip().upper().startswith("WITH") and writes and "RETURNING" not in statement.rpartition(")")[2]:
        status = await session._call(session._connection.execute, statement, values)
        changed = int(status.rpartition(" ")[2])
        session._note_writes(described, changed)
        return Result([], changed)
    rows = await session._fetch(described, values)
    return Result(rows, len(rows))
