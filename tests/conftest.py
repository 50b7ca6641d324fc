"""A real PostgreSQL, migrated once a run and a database of its own for every test process; nothing is mocked."""

import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from filelock import FileLock
from hypothesis import settings as hypothesis_settings

from app import main
from app.api.context import AppContext
from app.platform.database import Database, migrate
from app.platform.database.embedded import DATABASE, EmbeddedPostgres, start_embedded
from app.platform.settings import Settings
from tests.people import Centre, make_centre
from tests.queries import QueryRecorder

# A loaded machine is slow, not wrong.
hypothesis_settings.register_profile("qmt", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis_settings.load_profile("qmt")


@dataclass(frozen=True)
class DatabaseUrls:
    runtime: str
    owner: str
    admin: str


@pytest.fixture(scope="session")
async def cluster() -> AsyncIterator[EmbeddedPostgres]:
    """One cluster a run, shared by the test processes; the last one to leave stops and removes it.

    Not in pytest's own temporary directory, which another run makes unreadable for the server's user.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    directory = Path(tempfile.gettempdir()) / f"qmt-cluster-{run}"
    lock = FileLock(f"{directory}.lock")
    with lock:
        postgres = await start_embedded(directory)
    yield postgres
    with lock:
        postgres.stop()
        if not (directory / "postmaster.pid").exists():
            shutil.rmtree(directory)
            Path(lock.lock_file).unlink(missing_ok=True)


@pytest.fixture(scope="session")
async def urls(cluster: EmbeddedPostgres, worker_name: str) -> DatabaseUrls:
    """A migrated database of this test process's own."""
    return await make_database(cluster, f"{DATABASE}_{worker_name}")


async def make_database(cluster: EmbeddedPostgres, name: str) -> DatabaseUrls:
    """A migrated database, empty even if there was one of that name."""
    urls = await make_empty_database(cluster, name)
    await migrate.migrate(urls.owner)
    return urls


async def make_empty_database(cluster: EmbeddedPostgres, name: str) -> DatabaseUrls:
    connection = await asyncpg.connect(cluster.admin_url)
    try:
        await connection.execute(f"DROP DATABASE IF EXISTS {name}")
        await connection.execute(f"CREATE DATABASE {name} OWNER qmt_owner TEMPLATE template0 ENCODING 'UTF8'")
    finally:
        await connection.close()
    given = (cluster.database_url, cluster.migration_database_url, cluster.admin_url)
    return DatabaseUrls(*(with_database(url, name) for url in given))


def with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def data_dir() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="qmt-test-"))
    yield directory
    shutil.rmtree(directory)


@pytest.fixture(scope="session")
def settings(urls: DatabaseUrls, data_dir: Path) -> Settings:
    return Settings(
        database_url=urls.runtime,
        migration_database_url=urls.owner,
        data_dir=data_dir,
        log_level="error",
        rate_limit_per_minute=1_000_000,
        worker_lease_s=3,
        # A test that reads a stream of events to its end must not wait long.
        event_stream_life_s=1,
    )


@pytest.fixture(scope="session")
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    application = main.create(settings)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture(scope="session")
def context(app: FastAPI) -> AppContext:
    context: AppContext = app.state.context
    return context


@pytest.fixture(scope="session")
def database(context: AppContext) -> Database:
    return context.database


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://qmt.test") as client:
        yield client


@pytest.fixture(scope="session")
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def centre(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    """A fresh tenant with a user and a client of every role, a project, a team and two agents."""
    async with make_centre(app, context) as made:
        yield made


@pytest.fixture
def queries(database: Database) -> Iterator[QueryRecorder]:
    with QueryRecorder(database) as recorder:
        yield recorder
