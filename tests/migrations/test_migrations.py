"""Migrations: one head, no drift from the models, up and down."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform import migrate
from app.platform.embedded import EmbeddedPostgres
from app.platform.ids import new_id
from tests.conftest import make_empty_database, with_database


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


# A tenant with a little of everything that hangs together, frozen and append-only rows among it.
ROWS = """
INSERT INTO tenants (id, slug, name) VALUES ({tenant}, 'rows', 'Rows');
INSERT INTO users (tenant_id, id, email, full_name, role, active, version)
    VALUES ({tenant}, {user}, 'a@example.com', 'A', 'verifier', true, 1);
INSERT INTO projects (tenant_id, id, name, timezone, language, version)
    VALUES ({tenant}, {project}, 'Cards', 'UTC', 'en', 1);
INSERT INTO calls (tenant_id, id, source, external_id, project_id, started_at, duration_s, direction, complaint, tags,
                   attributes)
    VALUES ({tenant}, {call}, 'crm', '1', {project}, now(), 60, 'inbound', false, '{{}}', '{{}}');
INSERT INTO scorecards (tenant_id, id, name, version) VALUES ({tenant}, {scorecard}, 'S', 1);
INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition)
    VALUES ({tenant}, {version}, {scorecard}, 1, 'published', 80, '{{}}');
INSERT INTO evaluations (tenant_id, id, call_id, project_id, scorecard_id, scorecard_version_id, verifier_id, status,
                         version)
    VALUES ({tenant}, {evaluation}, {call}, {project}, {scorecard}, {version}, {user}, 'submitted', 1);
INSERT INTO events (tenant_id, id, type, occurred_at, actor_kind, subject_type)
    VALUES ({tenant}, {event}, 'tenant.created', now(), 'system', 'tenant');
"""
NAMES = ("tenant", "user", "project", "call", "scorecard", "version", "evaluation", "event")


async def insert_rows(admin_url: str, name: str) -> None:
    admin = await asyncpg.connect(with_database(admin_url, name))
    try:
        await admin.execute(ROWS.format(**{key: f"'{new_id()}'" for key in NAMES}))
    finally:
        await admin.close()


async def test_every_migration_goes_down_and_up_again_with_rows_in_the_tables(
    fresh: AsyncEngine, cluster: EmbeddedPostgres
) -> None:
    async with fresh.connect() as connection:
        await connection.run_sync(migrate.upgrade)
        await insert_rows(cluster.admin_url, str(fresh.url.database))
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
