"""The plain reads and writes that the repositories of versioned records share.

A record is a frozen dataclass whose fields are columns of its table; `version` counts its changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID

import asyncpg
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

_BY_ID = Keyset({"id": UUID})


def read_as(record: type[R], row: Any) -> R:
    """A record from anything that has its fields as attributes."""
    return record(**{field.name: getattr(row, field.name) for field in fields(record)})  # type: ignore[arg-type]


def columns_of(record: Any, model: Any) -> dict[str, Any]:
    """The fields of a record that are columns of its table, as the database takes them."""
    return {
        name: dumps(getattr(record, name)) if is_json and getattr(record, name) is not None else getattr(record, name)
        for name, is_json in _stored_fields(record.__class__, model)
    }


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
