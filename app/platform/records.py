"""The plain reads and writes that the repositories of versioned records share.

A record is a frozen dataclass whose fields are columns of its table; `version` counts its changes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.errors import DomainError, StaleVersion
from app.platform.pagination import PageRequest
from app.platform.scope import Tenant


class Identified(Protocol):
    @property
    def id(self) -> UUID: ...


R = TypeVar("R", bound=Identified)


def tenant_of(session: AsyncSession) -> UUID:
    """The tenant of the session's scope."""
    scope = session.info["scope"]
    if not isinstance(scope, Tenant):
        raise TypeError("the system scope has no tenant")
    return scope.id


def read_as(record: type[R], row: Any) -> R:
    """A record from anything that has its fields as attributes."""
    return record(**{field.name: getattr(row, field.name) for field in fields(record)})  # type: ignore[arg-type]


def columns_of(record: Any, model: Any) -> dict[str, Any]:
    names = set(model.__table__.columns.keys())
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name in names}


async def insert_record(session: AsyncSession, model: Any, record: Identified) -> None:
    await session.execute(insert(model).values(tenant_id=tenant_of(session), **columns_of(record, model)))


async def get_record(session: AsyncSession, model: Any, record: type[R], record_id: UUID) -> R | None:
    row = await session.scalar(select(model).where(model.id == record_id))
    return None if row is None else read_as(record, row)


async def page_of_records(
    session: AsyncSession, model: Any, record: type[R], page: PageRequest, *where: ColumnElement[bool]
) -> list[R]:
    """Up to one row more than a page holds, in the order of creation."""
    query = select(model).where(*where).order_by(model.id).limit(page.limit + 1)
    if after := page.after(UUID):
        query = query.where(model.id > after[0])
    return [read_as(record, row) for row in await session.scalars(query)]


async def update_record(session: AsyncSession, model: Any, record: Identified, *, expected: int) -> None:
    """Write a record over the version that was read; refuse when somebody else was faster."""
    statement = update(model).where(model.id == record.id, model.version == expected)
    result = await session.execute(statement.values(**columns_of(record, model)))
    if getattr(result, "rowcount", 0) == 0:
        raise StaleVersion("somebody else has changed it since it was read")


@contextmanager
def explaining(**errors: DomainError) -> Iterator[None]:
    """Turn the violation of a named constraint into the error that it means to a client."""
    try:
        yield
    except IntegrityError as violation:
        name = getattr(getattr(violation.orig, "__cause__", None), "constraint_name", None)
        if name in errors:
            raise errors[name] from violation
        raise
