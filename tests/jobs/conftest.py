"""A crew of two workers for this test process, replaced as tests wear them out."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.platform.settings import Settings
from tests.jobs import kinds
from tests.jobs.crew import Crew


@pytest.fixture(scope="module")
async def standing_crew(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    directory: Path = tmp_path_factory.mktemp("workers")
    queue = directory.name
    kinds.register(queue)
    crew = Crew(queue, settings, directory)
    yield crew
    await crew.dismiss()


@pytest.fixture
async def crew(standing_crew: Crew) -> Crew:
    return await standing_crew.full()
