"""What benchmarks run against: a migrated PostgreSQL, the API in a process of its own, a tenant with a token.

Needs nothing but the virtual environment, and leaves nothing behind.
"""

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx

from app.identity import create_tenant, make_token
from app.platform.database import Database, migrate
from app.platform.database.embedded import EmbeddedPostgres, start_embedded
from app.platform.database.scope import System, SystemUse
from app.platform.settings import Settings
from tests.processes import running_api


@dataclass(frozen=True, slots=True)
class Service:
    """Everything a benchmark needs; `token` is that of the administrator `user_id`."""

    settings: Settings
    postgres: EmbeddedPostgres
    base_url: str
    tenant_id: UUID
    user_id: UUID
    token: str

    def client(self) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=120)


@asynccontextmanager
async def running_service() -> AsyncIterator[Service]:
    async with migrated_service() as service, running_api(service.settings) as base_url:
        yield replace(service, base_url=base_url)


@asynccontextmanager
async def migrated_service() -> AsyncIterator[Service]:
    """Everything but the API process."""
    with tempfile.TemporaryDirectory(prefix="qmt-bench-") as directory:
        postgres = await start_embedded(Path(directory) / "postgres")
        try:
            await migrate.migrate(postgres.migration_database_url)
            settings = Settings(
                database_url=postgres.database_url,
                migration_database_url=postgres.migration_database_url,
                data_dir=Path(directory),
            )
            tenant_id, user_id = await _tenant(settings)
            token = make_token(tenant_id, user_id, key=settings.signing_key, lifetime=timedelta(hours=1))
            yield Service(settings, postgres, "", tenant_id, user_id, token)
        finally:
            postgres.stop()


async def _tenant(settings: Settings) -> tuple[UUID, UUID]:
    assert settings.database_url
    database = Database(settings.database_url, pool_size=1)
    try:
        async with database.begin(System(SystemUse.CREATE_TENANT)) as session:
            made = await create_tenant(
                session, slug="bench", name="Bench", admin_email="bench@example.com", admin_password="not-a-secret-123"
            )
            return made.tenant_id, made.admin_id
    finally:
        await database.close()
