"""Fixtures of the tests of exports."""

from tests.analysis.conftest import factory

__all__ = ["factory"]
