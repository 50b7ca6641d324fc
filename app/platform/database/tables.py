"""What table definitions share: the declarative base, names of constraints, the tenant's columns and keys.

The models describe the schema for migrations. At run time repositories send SQL.
"""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKeyConstraint, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.platform.clock import END_OF_TIME, FIRST_TIME

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """`timestamptz` that takes and gives aware UTC only: a naive time is a bug, not a guess."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value if value is None else value.astimezone(UTC)


# Times that the server reads off its own clock. A check of them would cost every INSERT some microseconds.
SERVER_TIMES = frozenset(
    {
        "active_since",
        "added_at",
        "built_at",
        "cancelled_at",
        "claimed_at",
        "closed_at",
        "committed_at",
        "created_at",
        "decided_at",
        "drawn_at",
        "failed_at",
        "finished_at",
        "invited_at",
        "lease_until",
        "occurred_at",
        "opened_at",
        "present_until",
        "published_at",
        "read_at",
        "recorded_at",
        "refused_at",
        "reminded_at",
        "retry_at",
        "revealed_at",
        "revoked_at",
        "sealed_at",
        "sent_at",
        "skipped_at",
        "submitted_at",
        "updated_at",
        "voided_at",
        "window_started_at",
        "withdrawn_at",
    }
)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSONB, list[Any]: JSONB}

    def __init_subclass__(cls, **options: Any) -> None:
        """Check each time that comes from a client, as `create_table` of the migrations does."""
        super().__init_subclass__(**options)
        table = cast(Table, cls.__table__)
        times = [column for column in table.columns if isinstance(column.type, UtcDateTime)]
        for column in [column for column in times if column.name not in SERVER_TIMES]:
            bounds = f"{column.name} >= '{FIRST_TIME}' AND {column.name} < '{END_OF_TIME}'"
            table.append_constraint(CheckConstraint(bounds, name=f"{column.name}_bounds"))


class TenantRow:
    """What every tenant table has: its tenant, an id, and both together as its primary key.

    A class body cannot take `__table_args__` from two places, so a table names its own as
    `__table_args__ = tenant_table(foreign_key(...), ...)`.
    """

    tenant_id: Mapped[UUID] = mapped_column(sort_order=-10)
    id: Mapped[UUID] = mapped_column(sort_order=-9)


def tenant_table(*args: Any) -> tuple[Any, ...]:
    """Table arguments of a `TenantRow` table: the primary key, the way to its tenant, and the rest."""
    return (PrimaryKeyConstraint("tenant_id", "id"), tenant_key(), *args)


def tenant_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["tenant_id"], ["tenants.id"])


def foreign_key(column: str, table: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key that cannot point into another tenant."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options)
