"""Alembic's entry: migrates over the connection handed to it (see app.platform.migrate)."""

from typing import Any

from alembic import context

from app.schema import metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The queue engine's schema is its own affair."""
    return kind != "schema" or name is None


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_name=include_name,
    compare_type=True,
    transaction_per_migration=True,
)
# A statement whose rows row-level security would hide from the migrating owner is an error, not an empty success.
context.config.attributes["connection"].exec_driver_sql("SET row_security = off")
with context.begin_transaction():
    context.run_migrations()
