"""What the tests of reports share."""

import pytest

from app.api.context import AppContext
from tests.analysis.building import Builder
from tests.people import Centre


@pytest.fixture
def build(context: AppContext, centre: Centre) -> Builder:
    return Builder(context, centre)
