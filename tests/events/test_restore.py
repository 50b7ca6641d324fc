"""A journal that is dumped and restored into another cluster goes on, is sealed, and is verified."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app import events
from app.events import JournalFaultKind
from app.identity import create_tenant
from app.platform.actor import Actor
from app.platform.database import Database
from app.platform.database.embedded import EmbeddedPostgres, start_embedded
from app.platform.database.scope import System, SystemUse, Tenant
from app.platform.database.session import act_as
from tests.conftest import DatabaseUrls, make_database, make_empty_database
from tests.events.factories import SomethingHappened, record, seal, tampering, verify

# As docs/operations.md says it.
BACKUP_ROLE = """
DROP ROLE IF EXISTS qmt_backup;
CREATE ROLE qmt_backup LOGIN BYPASSRLS;
GRANT pg_read_all_data TO qmt_backup;
"""


@pytest.fixture(scope="module")
def directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qmt-restore-") as name:
        path = Path(name)
        # The server runs as a user of its own, who has to reach its data.
        path.chmod(0o755)
        yield path


@pytest.fixture(scope="module")
async def source(cluster: EmbeddedPostgres, worker_name: str) -> DatabaseUrls:
    async with superuser(cluster.admin_url) as connection:
        await connection.execute(BACKUP_ROLE)
        # So that the other cluster's transactions have lower numbers.
        for _ in range(500):
            await connection.execute("SELECT pg_current_xact_id()")
    return await make_database(cluster, f"qmt_dumped_{worker_name}")


@pytest.fixture(scope="module")
async def target(directory: Path) -> AsyncIterator[tuple[EmbeddedPostgres, DatabaseUrls]]:
    """An empty database in a second cluster, with the same two roles."""
    postgres = await start_embedded(directory / "cluster")
    yield postgres, await make_empty_database(postgres, "qmt_restored")
    postgres.stop()


@asynccontextmanager
async def superuser(url: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def opened(urls: DatabaseUrls) -> AsyncIterator[Database]:
    database = Database(urls.runtime, pool_size=5)
    try:
        yield database
    finally:
        await database.close()


async def make_tenant(database: Database) -> UUID:
    """A tenant, whose journal has one event."""
    async with database.begin(System(SystemUse.CREATE_TENANT)) as session:
        made = await create_tenant(
            session, slug="dumped", name="Dumped", admin_email="a@example.com", admin_password="correct horse battery"
        )
    return made.tenant_id


async def run_tool(cluster: EmbeddedPostgres, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(cluster.server.bin_path / name), *arguments]
    return await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)


async def transaction_number(urls: DatabaseUrls) -> int:
    async with superuser(urls.admin) as connection:
        return int(await connection.fetchval("SELECT pg_current_xact_id()::text"))


async def test_a_restored_journal_goes_on(
    cluster: EmbeddedPostgres, source: DatabaseUrls, target: tuple[EmbeddedPostgres, DatabaseUrls], directory: Path
) -> None:
    second, restored = target
    dump = str(directory / "qmt.dump")
    async with opened(source) as database:
        tenant_id = await make_tenant(database)
        await record(database, tenant_id, 4)
        await seal(database, tenant_id, 5, batch=2)
        await record(database, tenant_id, 2)
        noted = (await verify(database, tenant_id)).head
        async with database.begin(Tenant(tenant_id)) as session:
            # What is not committed is not in the dump.
            act_as(session, Actor("system", None))
            await events.record(session, SomethingHappened(subject_id=None, after={}))
            made = await run_tool(
                cluster,
                "pg_dump",
                "--format=custom",
                f"--file={dump}",
                source.admin.replace("postgres@", "qmt_backup@"),
            )
            assert made.returncode == 0, made.stderr
    put_back = await run_tool(second, "pg_restore", "--single-transaction", f"--dbname={restored.admin}", dump)
    assert put_back.returncode == 0, put_back.stderr
    assert await transaction_number(restored) < await transaction_number(source)
    async with opened(restored) as database:
        found = await verify(database, tenant_id, known_head=noted)
        assert (found.valid, found.sealed, found.pending, found.head) == (True, 5, 2, noted)
        await record(database, tenant_id, 3)
        await seal(database, tenant_id, 5)
        found = await verify(database, tenant_id, known_head=noted)
        assert (found.valid, found.sealed, found.pending) == (True, 10, 0)
        async with tampering(restored.admin) as connection:
            await connection.execute("UPDATE events SET type = 'test.invented' WHERE type = 'tenant.created'")
        fault = (await verify(database, tenant_id)).first_fault
        assert fault
        assert (fault.kind, fault.batch) == (JournalFaultKind.EVENT_CHANGED, 1)


async def test_the_owner_cannot_make_a_dump_that_lacks_rows(cluster: EmbeddedPostgres, source: DatabaseUrls) -> None:
    made = await run_tool(cluster, "pg_dump", "--format=custom", "--file=/dev/null", source.owner)
    assert made.returncode != 0
    assert "row-level security" in made.stderr
