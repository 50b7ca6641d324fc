"""The database of this machine's installation, for commands that run beside or without the service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.platform.database.database import Database
from app.platform.database.embedded import start_embedded
from app.platform.database.migrate import migrate
from app.platform.settings import Settings


@asynccontextmanager
async def with_database_urls(settings: Settings) -> AsyncIterator[Settings]:
    """Settings that name a database: the one given, or the built-in one, which runs at least while the block lasts."""
    if settings.database_url:
        yield settings
        return
    postgres = await start_embedded(settings.data_dir / "postgres")
    try:
        urls = {"database_url": postgres.database_url, "migration_database_url": postgres.migration_database_url}
        yield settings.model_copy(update=urls)
    finally:
        postgres.stop()


@asynccontextmanager
async def local_database(settings: Settings) -> AsyncIterator[Database]:
    """A migrated database to work on."""
    async with with_database_urls(settings) as named:
        assert named.database_url
        assert named.migration_database_url
        await migrate(named.migration_database_url)
        database = Database(named.database_url, pool_size=2)
        try:
            yield database
        finally:
            await database.close()
