"""Whole-number arithmetic."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sampling.fixed_point import apportion, round_half_up, to_millionths, to_trillionths


@pytest.mark.parametrize(("numerator", "denominator", "expected"), [(5, 2, 3), (7, 2, 4), (9, 4, 2), (0, 3, 0)])
def test_halves_are_rounded_up(numerator: int, denominator: int, expected: int) -> None:
    assert round_half_up(numerator, denominator) == expected


def test_decimals_become_millionths_and_trillionths_exactly() -> None:
    assert to_millionths(Decimal("1.5")) == 1_500_000
    assert to_millionths(Decimal("0.0000005")) == 1
    assert to_trillionths(Decimal("0.1")) == 100_000_000_000


def test_a_total_is_split_in_proportion_to_the_weights() -> None:
    assert apportion(60, weights=[1, 2, 3], minima=[0, 0, 0], maxima=[60, 60, 60]) == [10, 20, 30]


def test_minima_come_first_and_only_the_rest_is_in_proportion() -> None:
    assert apportion(60, weights=[1, 2], minima=[15, 15], maxima=[60, 60]) == [25, 35]


def test_what_a_capped_share_leaves_goes_to_the_others() -> None:
    assert apportion(60, weights=[8, 1, 1], minima=[0, 0, 0], maxima=[20, 60, 60]) == [20, 20, 20]


def test_one_cap_may_bring_about_another() -> None:
    assert apportion(60, weights=[8, 4, 1], minima=[0, 0, 0], maxima=[20, 25, 60]) == [20, 25, 15]


def test_the_largest_remainder_gains_and_equal_ones_favour_the_earlier() -> None:
    assert apportion(10, weights=[1, 1, 1], minima=[0, 0, 0], maxima=[10, 10, 10]) == [4, 3, 3]
    assert apportion(10, weights=[30, 31, 39], minima=[0, 0, 0], maxima=[10, 10, 10]) == [3, 3, 4]


@pytest.mark.parametrize("total", [1, 21])
def test_a_total_outside_the_bounds_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match="cannot be split"):
        apportion(total, weights=[1, 1], minima=[1, 1], maxima=[10, 10])


def test_nothing_is_split_between_nobody() -> None:
    assert apportion(0, [], [], []) == []


@st.composite
def splits(draw: st.DrawFn) -> tuple[int, list[int], list[int], list[int]]:
    count = draw(st.integers(1, 12))
    weights = draw(st.lists(st.integers(1, 10**6), min_size=count, max_size=count))
    minima = draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))
    maxima = [least + draw(st.integers(0, 10**4)) for least in minima]
    return draw(st.integers(sum(minima), sum(maxima))), weights, minima, maxima


@given(splits())
def test_shares_sum_to_the_total_and_keep_their_bounds(split: tuple[int, list[int], list[int], list[int]]) -> None:
    total, weights, minima, maxima = split
    shares = apportion(total, weights, minima, maxima)
    assert sum(shares) == total
    assert all(low <= share <= high for low, share, high in zip(minima, shares, maxima, strict=True))
