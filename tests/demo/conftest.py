"""The demo's centre, made once: it is never changed."""

import pytest

from app.demo.simulator import Centre, simulate
from app.demo.types import Settings


@pytest.fixture(scope="session")
def centre() -> Centre:
    return simulate(Settings())
