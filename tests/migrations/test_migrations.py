"""Migrations: one head, no drift from the models, up and down."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform import migrate
from app.platform.embedded import EmbeddedPostgres
from tests.conftest import with_database


@pytest.fixture
async def fresh(cluster: EmbeddedPostgres, worker_name: str) -> AsyncIterator[AsyncEngine]:
    """An empty database of its own."""
    name = f"qmt_migrations_{worker_name}"
    admin = await asyncpg.connect(cluster.admin_url)
    await admin.execute(f"DROP DATABASE IF EXISTS {name}")
    await admin.execute(f"CREATE DATABASE {name} OWNER qmt_owner TEMPLATE template0 ENCODING 'UTF8'")
    engine = migrate.owner_engine(with_database(cluster.migration_database_url, name))
    yield engine
    await engine.dispose()
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrate.config()).get_heads()) == 1


async def test_models_and_migrations_agree(fresh: AsyncEngine) -> None:
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        await connection.run_sync(migrate.check)


async def test_every_migration_goes_down_and_up_again(fresh: AsyncEngine) -> None:
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        await connection.run_sync(migrate.downgrade, "base")
        left = await connection.exec_driver_sql(
            "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
            "AND relname <> 'alembic_version'"
        )
        assert left.scalar_one() == 0
        await connection.rollback()
        await connection.run_sync(migrate.upgrade)
        assert await migrate.at_head(fresh)


async def test_two_starters_at_once_migrate_once(fresh: AsyncEngine) -> None:
    url = fresh.url.render_as_string(hide_password=False)
    await asyncio.gather(migrate.migrate(url), migrate.migrate(url))
    assert await migrate.at_head(fresh)
