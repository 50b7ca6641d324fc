"""What the processes under test run on."""

import asyncpg
import pytest

from app.platform import migrate
from app.platform.embedded import DATABASE, EmbeddedPostgres
from app.platform.settings import Settings
from tests.conftest import with_database


@pytest.fixture(scope="session")
async def settings_of_processes(cluster: EmbeddedPostgres, worker_name: str, settings: Settings) -> Settings:
    """A database of their own: a worker serves every tenant and would find the jobs that other tests have left."""
    name = f"{DATABASE}_{worker_name}_e2e"
    connection = await asyncpg.connect(cluster.admin_url)
    await connection.execute(f"DROP DATABASE IF EXISTS {name}")
    await connection.execute(f"CREATE DATABASE {name} OWNER qmt_owner TEMPLATE template0 ENCODING 'UTF8'")
    await connection.close()
    owner = with_database(cluster.migration_database_url, name)
    await migrate.migrate(owner)
    urls = {"database_url": with_database(cluster.database_url, name), "migration_database_url": owner}
    return settings.model_copy(update=urls)
