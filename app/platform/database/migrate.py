"""Migrations, run as the owner of the tables."""

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.platform.database.database import Database, plain_url

# Beside the package in a checkout; an installation says where it has put them.
SCRIPTS = Path(os.environ.get("QMT_MIGRATIONS_DIR") or Path(__file__).resolve().parents[3] / "migrations")
# Two starters at once must not migrate at once.
_LOCK = 0x514D54
# A statement that waits for a lock holds up all statements that come after it, so it gives up.
_LIMIT_WAITING = "SET lock_timeout = '10s'"


def config(connection: Connection | None = None) -> Config:
    configured = Config()
    configured.set_main_option("script_location", str(SCRIPTS))
    # The scripts import each other as `migrations.…`.
    configured.set_main_option("prepend_sys_path", str(SCRIPTS.parent))
    configured.set_main_option("path_separator", "os")
    # A folder for each release.
    configured.set_main_option("recursive_version_locations", "true")
    configured.attributes["connection"] = connection
    return configured


def upgrade(connection: Connection, revision: str = "head") -> None:
    connection.exec_driver_sql(_LIMIT_WAITING)
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
    connection.commit()
    try:
        command.upgrade(config(connection), revision)
        connection.commit()
    finally:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_LOCK})")
        connection.commit()


def downgrade(connection: Connection, revision: str) -> None:
    connection.exec_driver_sql(_LIMIT_WAITING)
    connection.commit()
    command.downgrade(config(connection), revision)
    connection.commit()


def check(connection: Connection) -> None:
    """Fail when the models and the migrated database differ."""
    command.check(config(connection))


def owner_engine(url: str) -> AsyncEngine:
    return create_async_engine(plain_url(url).replace("://", "+asyncpg://", 1), poolclass=NullPool)


async def migrate(url: str) -> None:
    engine = owner_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


async def at_head(database: Database) -> bool:
    """Whether the database is at the newest migration that this release knows."""
    heads = set(ScriptDirectory.from_config(config()).get_heads())
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
    return {row["version_num"] for row in rows} == heads
