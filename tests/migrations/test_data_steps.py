"""A migration that changes rows changes those of all tenants or fails: it never skips rows without an error."""

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from textwrap import indent

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.platform.database import migrate
from app.platform.database.embedded import EmbeddedPostgres
from app.platform.ids import new_id
from tests.conftest import make_empty_database

MIGRATION = """
from alembic import op
from migrations.tenancy import seeing_all

revision = "next"
down_revision = "{head}"


def upgrade():
{step}


def downgrade():
{step}
"""
RENAME = """op.execute("UPDATE projects SET name = name || '!'")"""
RENAME_SEEING_ALL = f"""
with seeing_all("projects"):
    {RENAME}
"""
TENANTS = [new_id(), new_id()]


@pytest.fixture
async def engine(cluster: EmbeddedPostgres, worker_name: str) -> AsyncIterator[AsyncEngine]:
    """A migrated database with a project in each of two tenants."""
    urls = await make_empty_database(cluster, f"qmt_data_steps_{worker_name}")
    await migrate.migrate(urls.owner)
    admin = await asyncpg.connect(urls.admin)
    await admin.execute(
        "INSERT INTO tenants (id, slug, name) SELECT id, id, 'T' FROM unnest($1::uuid[]) AS id", TENANTS
    )
    await admin.execute(
        "INSERT INTO projects (tenant_id, id, name, timezone, language, version) "
        "SELECT id, id, 'Cards', 'UTC', 'en', 1 FROM unnest($1::uuid[]) AS id",
        TENANTS,
    )
    await admin.close()
    engine = migrate.owner_engine(urls.owner)
    yield engine
    await engine.dispose()


Direction = Callable[[Config, str], None]


async def migrate_with(step: str, directory: Path, engine: AsyncEngine, direction: Direction, revision: str) -> None:
    """Run the project's migrations, followed by one that does the step."""

    def run(connection: Connection) -> None:
        config = migrate.config(connection)
        (head,) = ScriptDirectory.from_config(config).get_heads()
        (directory / "next.py").write_text(MIGRATION.format(head=head, step=indent(step, "    ")), encoding="utf-8")
        places = (str(migrate.SCRIPTS / "versions"), str(directory))
        config.set_main_option("version_locations", os.pathsep.join(places))
        direction(config, revision)
        connection.commit()

    async with engine.connect() as connection:
        await connection.run_sync(run)


async def project_names(engine: AsyncEngine) -> list[str]:
    async with engine.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY")
        names = (await connection.exec_driver_sql("SELECT name FROM projects")).scalars().all()
        await connection.rollback()
    return list(names)


async def is_forced(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        query = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'projects'"
        return bool((await connection.exec_driver_sql(query)).scalar_one())


async def test_a_step_that_row_level_security_would_hide_rows_from_fails(engine: AsyncEngine, tmp_path: Path) -> None:
    with pytest.raises(DBAPIError, match="would be affected by row-level security"):
        await migrate_with(RENAME, tmp_path, engine, command.upgrade, "head")
    assert await project_names(engine) == ["Cards", "Cards"]


async def test_a_step_that_sees_all_rows_changes_those_of_every_tenant(engine: AsyncEngine, tmp_path: Path) -> None:
    await migrate_with(RENAME_SEEING_ALL, tmp_path, engine, command.upgrade, "head")
    assert await project_names(engine) == ["Cards!", "Cards!"]
    assert await is_forced(engine)
    await migrate_with(RENAME_SEEING_ALL, tmp_path, engine, command.downgrade, "-1")
    assert await project_names(engine) == ["Cards!!", "Cards!!"]
    assert await is_forced(engine)
