"""Wilson's interval of a proportion."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics import wilson_interval


def test_intervals_agree_with_published_ones() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20."""
    assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)


@given(st.floats(0, 1), st.floats(0.5, 1e6))
def test_the_interval_contains_the_proportion_and_stays_between_0_and_1(share: float, size: float) -> None:
    low, high = wilson_interval(share, size)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1
