"""Identifiers. UUIDv7 keeps primary keys roughly in the order of creation, made in the application so that
every supported PostgreSQL will do."""

from uuid import UUID

from uuid_utils import uuid7


def new_id() -> UUID:
    """A new time-ordered id."""
    return UUID(bytes=uuid7().bytes)
