"""Fixtures of the tests of reports."""

import pytest

from app.api.context import AppContext
from tests.analysis.factories import SampleFactory
from tests.people import Centre


@pytest.fixture
def factory(context: AppContext, centre: Centre) -> SampleFactory:
    return SampleFactory(context, centre)
