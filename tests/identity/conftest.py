"""A second tenant, whose rows the first one must not see."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from app.api.context import AppContext
from tests.people import Centre, make_centre


@pytest.fixture
async def other_centre(app: FastAPI, context: AppContext) -> AsyncIterator[Centre]:
    async with make_centre(app, context) as made:
        yield made
