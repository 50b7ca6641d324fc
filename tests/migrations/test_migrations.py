"""Migrations: one head, no drift from the models, up and down."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.database import Database, migrate
from app.platform.database.embedded import EmbeddedPostgres
from app.schema import metadata
from migrations.tables import SERVER_TIMES
from tests.conftest import make_empty_database, with_database
from tests.migrations.rows import insert_rows, tables_without_rows

CHECKS = """
SELECT conrelid::regclass::text, conname FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
# The times of all tables, each with the check of its bounds.
TIMES = """
SELECT t.relname AS table, a.attname AS column, pg_get_constraintdef(c.oid) AS definition
FROM pg_class t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.atttypid = 'timestamptz'::regtype AND NOT a.attisdropped
LEFT JOIN pg_constraint c ON c.conrelid = t.oid AND c.conname = format('ck_%s_%s_bounds', t.relname, a.attname)
WHERE t.relkind IN ('r', 'p') AND t.relnamespace = 'public'::regnamespace
"""

BOUNDS = (
    "CHECK ((({0} >= '1970-01-01 00:00:00+00'::timestamp with time zone) AND "
    "({0} < '2200-01-01 00:00:00+00'::timestamp with time zone)))"
)


@pytest.fixture
async def fresh(cluster: EmbeddedPostgres, worker_name: str) -> AsyncIterator[AsyncEngine]:
    """An empty database of its own."""
    urls = await make_empty_database(cluster, f"qmt_migrations_{worker_name}")
    engine = migrate.owner_engine(urls.owner)
    yield engine
    await engine.dispose()


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migrate.config()).get_heads()) == 1


async def test_models_and_migrations_agree(fresh: AsyncEngine) -> None:
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        await connection.run_sync(migrate.check)


async def test_models_and_migrations_name_the_same_checks(fresh: AsyncEngine) -> None:
    """Alembic does not compare checks."""
    in_models = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        assert set(map(tuple, await connection.exec_driver_sql(CHECKS))) == in_models


async def test_every_time_from_a_client_lies_within_the_years_that_are_kept(fresh: AsyncEngine) -> None:
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        rows = (await connection.exec_driver_sql(TIMES)).all()
    assert {row.column for row in rows} >= SERVER_TIMES
    checked = [row for row in rows if row.column not in SERVER_TIMES]
    assert {f"{row.table}.{row.column}" for row in checked} >= {"calls.started_at", "assignments.due_at"}
    assert [row for row in checked if row.definition != BOUNDS.format(row.column)] == []


@pytest.fixture
async def filled(fresh: AsyncEngine, cluster: EmbeddedPostgres) -> AsyncEngine:
    """A migrated database with a row in every table."""
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
    admin_url = with_database(cluster.admin_url, str(fresh.url.database))
    await insert_rows(admin_url)
    assert await tables_without_rows(admin_url) == set()
    return fresh


async def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(filled: AsyncEngine) -> None:
    async with filled.connect() as connection:
        await connection.run_sync(migrate.downgrade, "base")
        left = await connection.exec_driver_sql(
            """
            SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
            UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT nspname FROM pg_namespace WHERE nspname = 'pgqueuer'
            """
        )
        assert left.scalars().all() == ["alembic_version"]
        await connection.rollback()
        await connection.run_sync(migrate.upgrade)
        assert await at_head(filled)


async def test_each_migration_can_be_repeated_after_it_is_taken_back(fresh: AsyncEngine) -> None:
    revisions = [script.revision for script in ScriptDirectory.from_config(migrate.config()).walk_revisions()]
    async with fresh.connect() as connection:
        for revision in reversed(revisions):
            await connection.run_sync(migrate.upgrade, revision)
            await connection.run_sync(migrate.downgrade, "-1")
            await connection.run_sync(migrate.upgrade, revision)
        assert await at_head(fresh)


async def test_two_starters_at_once_migrate_once(fresh: AsyncEngine) -> None:
    url = fresh.url.render_as_string(hide_password=False)
    await asyncio.gather(migrate.migrate(url), migrate.migrate(url))
    assert await at_head(fresh)


async def test_a_migration_waits_only_briefly_for_a_lock_in_either_direction(fresh: AsyncEngine) -> None:
    for direction, revision in ((migrate.upgrade, "head"), (migrate.downgrade, "base")):
        async with fresh.connect() as connection:
            await connection.run_sync(direction, revision)
            assert (await connection.exec_driver_sql("SHOW lock_timeout")).scalar_one() == "10s"


async def at_head(engine: AsyncEngine) -> bool:
    database = Database(engine.url.render_as_string(hide_password=False), pool_size=1)
    try:
        return await migrate.at_head(database)
    finally:
        await database.close()
