"""Settings of the processes under test."""

import pytest

from app.platform.database.embedded import DATABASE, EmbeddedPostgres
from app.platform.settings import Settings
from tests.conftest import make_database


@pytest.fixture(scope="session")
async def settings_of_processes(cluster: EmbeddedPostgres, worker_name: str, settings: Settings) -> Settings:
    """With a database of their own: a worker serves every tenant, and would run the jobs that other tests left."""
    urls = await make_database(cluster, f"{DATABASE}_{worker_name}_e2e")
    return settings.model_copy(update={"database_url": urls.runtime, "migration_database_url": urls.owner})
