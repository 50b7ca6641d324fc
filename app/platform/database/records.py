"""The plain reads and writes that the repositories of versioned records share.

A record is a frozen dataclass whose fields are columns of its table; `version` counts its changes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.session import Session
from app.platform.database.sql import Row, Where, dumps
from app.platform.errors import DomainError, StaleVersion
from app.platform.pagination import Page, PageRequest


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


R = TypeVar("R", bound=Identified)
S = TypeVar("S")

_BY_ID = Keyset({"id": UUID})
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def read_as(record: type[S], row: Any, /, **given: Any) -> S:
    """A record from anything that has its fields as attributes; `given` are fields that are not taken from there."""
    names = [field.name for field in fields(record) if field.name not in given]  # type: ignore[arg-type]
    return record(**{name: getattr(row, name) for name in names}, **given)


def columns_of(record: Any, model: Any) -> dict[str, Any]:
    """The fields of a record that are columns of its table, as the database takes them."""
    return {
        name: dumps(getattr(record, name)) if is_json and getattr(record, name) is not None else getattr(record, name)
        for name, is_json in _stored_fields(record.__class__, model)
    }


def compose(statement: str, **parts: str) -> str:
    """A statement with its `{parts}` filled in: names and clauses of our own, never anything that a client sent."""
    return statement.format_map(parts)


class Columns:
    """The fields of a record that are columns of a table, for statements that read or write several tables at once.

    `parameters` are named as the columns are, after a prefix, and cast to the types of the columns.
    """

    def __init__(self, record: Any, model: Any, prefix: str = "") -> None:
        self._model, self._prefix = model, prefix
        self._columns = [model.__table__.columns[name] for name, _ in _stored_fields(record, model)]
        self.names = ", ".join(column.name for column in self._columns)
        self.parameters = ", ".join(self._parameters(""))
        # Of many records at once: an array of values for each column, as `unnest` takes them.
        self.arrays = ", ".join(self._parameters("[]"))

    def of(self, table: str) -> str:
        """The columns with the table before each name."""
        return ", ".join(f"{table}.{column.name}" for column in self._columns)

    def values(self, record: Any) -> dict[str, Any]:
        """What a record gives to the parameters."""
        return {f"{self._prefix}{name}": value for name, value in columns_of(record, self._model).items()}

    def value_lists(self, records: Sequence[Any]) -> dict[str, list[Any]]:
        """What many records give to `arrays`."""
        names = [column.name for column in self._columns]
        return {f"{self._prefix}{name}": [getattr(record, name) for record in records] for name in names}

    def _parameters(self, suffix: str) -> list[str]:
        return [f":{self._prefix}{column.name}::{column.type.compile(_DIALECT)}{suffix}" for column in self._columns]


async def insert_row(session: Session, model: Any, /, **columns: Any) -> None:
    await session.execute(_insert_statement(model, tuple(columns)), **columns)


async def insert_record(session: Session, model: Any, record: Identified, /, **more: Any) -> None:
    """Insert a record into its table; `more` are columns that are no fields of it."""
    await insert_row(session, model, tenant_id=session.tenant_id, **columns_of(record, model), **more)


async def get_record(session: Session, model: Any, record: type[R], record_id: UUID) -> R | None:
    row = await session.fetch_optional(f"{_select(record, model)} WHERE id = :id", id=record_id)
    return None if row is None else read_as(record, row)


async def page_of_records(
    session: Session, model: Any, record: type[R], page: PageRequest, where: Where | None = None
) -> Page[R]:
    """A page of the records, in the order of creation."""

    def read(row: Row) -> R:
        return read_as(record, row)

    return await fetch_page(session, _select(record, model), where or Where(), page, keyset=_BY_ID, read=read)


async def update_record(session: Session, model: Any, record: Identified, *, expected: int) -> None:
    """Write a record over the version that was read; StaleVersion where it has another version by now."""
    await update_row(session, model, columns_of(record, model), expected=expected)


async def update_row(session: Session, model: Any, columns: dict[str, Any], *, expected: int) -> None:
    """Write columns, the id among them, over the version that was read."""
    changed = await session.execute(_update_statement(model, tuple(columns)), **columns, expected_version=expected)
    if changed == 0:
        raise StaleVersion("it was changed after it was read")


@contextmanager
def map_integrity_errors(**errors: DomainError) -> Iterator[None]:
    """Turn the violation of a named constraint into the error that it means to a client."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as violation:
        if violation.constraint_name in errors:
            raise errors[violation.constraint_name] from violation
        raise


@lru_cache
def _stored_fields(record: Any, model: Any) -> tuple[tuple[str, bool], ...]:
    """The names of the record's fields that are columns, each with whether it is stored as JSON."""
    columns = model.__table__.columns
    stored = [field.name for field in fields(record) if field.name in columns]
    return tuple((name, isinstance(columns[name].type, JSONB)) for name in stored)


@lru_cache
def _select(record: Any, model: Any) -> str:
    names = ", ".join(f'"{name}"' for name, _ in _stored_fields(record, model))
    return f"SELECT {names} FROM {model.__tablename__}"  # noqa: S608 (names of our own tables and columns)


@lru_cache
def _insert_statement(model: Any, names: tuple[str, ...]) -> str:
    columns, values = ", ".join(f'"{name}"' for name in names), ", ".join(f":{name}" for name in names)
    return f"INSERT INTO {model.__tablename__} ({columns}) VALUES ({values})"  # noqa: S608


@lru_cache
def _update_statement(model: Any, names: tuple[str, ...]) -> str:
    changes = ", ".join(f'"{name}" = :{name}' for name in names if name != "id")
    return f"UPDATE {model.__tablename__} SET {changes} WHERE id = :id AND version = :expected_version"  # noqa: S608
