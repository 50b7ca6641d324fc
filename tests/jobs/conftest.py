"""A pool of two workers for this test process; a worker that a test has ended is replaced."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.platform.settings import Settings
from tests.jobs import kinds
from tests.jobs.workers import WorkerPool


@pytest.fixture(scope="module")
async def module_pool(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[WorkerPool]:
    directory: Path = tmp_path_factory.mktemp("workers")
    queue = directory.name
    kinds.register(queue)
    pool = WorkerPool(queue, settings, directory)
    yield pool
    await pool.kill_all()


@pytest.fixture
async def pool(module_pool: WorkerPool) -> WorkerPool:
    return await module_pool.wait_until_ready()
