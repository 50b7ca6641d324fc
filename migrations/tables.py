"""The parts of a table, so that a migration says only what is special about it.

Alembic names keys and checks by the naming convention of the models' metadata (env.py), as the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.tenancy import protect

ID = sa.Uuid()
TEXT = sa.Text()
TEXTS = sa.ARRAY(sa.Text())
INTEGER = sa.Integer()
SMALL = sa.SmallInteger()
BIG = sa.BigInteger()
FLAG = sa.Boolean()
BYTES = sa.LargeBinary()
DAY = sa.Date()
TIME = sa.DateTime(timezone=True)
SECONDS = sa.Numeric(10, 3)
SHARE = sa.Numeric(9, 8)
SCORE = sa.Numeric(5, 2)
JSON = JSONB()

# Times that the server reads off its own clock. All others come from clients, and are checked.
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
_BOUNDS = "{0} >= '1970-01-01 00:00:00+00' AND {0} < '2200-01-01 00:00:00+00'"

Part = sa.Column[Any] | sa.Constraint


def create_tenant_table(name: str, *parts: Part, key: tuple[str, ...] = ("id",), **protection: Any) -> None:
    """Create and protect a table of tenants' rows: `tenant_id` comes first, and begins the primary key.

    A key other than `id` names columns among the parts.
    """
    columns = [required("tenant_id", ID), *([required("id", ID)] if key == ("id",) else [])]
    tenant = sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"])
    create_table(name, *columns, *parts, sa.PrimaryKeyConstraint("tenant_id", *key), tenant)
    protect(name, **protection)


def create_table(name: str, *parts: Part) -> None:
    """Create a table, with a check of each time that comes from a client: it lies between the years 1970 and 2199.

    A time further away is a mistake, and makes the rows around it unreadable: it has no time of day in every zone.
    """
    times = [part.name for part in parts if isinstance(part, sa.Column) and part.type is TIME]
    checked = [time for time in times if time not in SERVER_TIMES]
    op.create_table(name, *parts, *(check(f"{time}_bounds", _BOUNDS.format(time)) for time in checked))


def drop_tables(*names: str) -> None:
    for name in names:
        op.drop_table(name)


def required(name: str, kind: Any, *parts: Any, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, *parts, nullable=False, **options)


def optional(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def time_of_insert(name: str) -> sa.Column[Any]:
    """A time that the database fills in when the row is inserted."""
    return required(name, TIME, server_default=sa.func.now())


def foreign_key(column: str, table: str, **options: Any) -> sa.ForeignKeyConstraint:
    """A foreign key that cannot point into another tenant."""
    return sa.ForeignKeyConstraint(["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], **options)


def unique(*columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns)


def check(name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=name)
