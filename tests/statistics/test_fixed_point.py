"""Whole-number arithmetic."""

from decimal import Decimal
from fractions import Fraction
from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.statistics.fixed_point import apportion, round_half_up, to_millionths, to_trillionths

Split = tuple[int, list[int], list[int], list[int], list[int]]


def shares(total: int, weights: list[int], minima: list[int], maxima: list[int]) -> list[int]:
    """The shares of members of whom no two are alike."""
    wholes, raised = apportion(total, [1] * len(weights), weights, minima, maxima)
    assert not any(raised)
    return wholes


@pytest.mark.parametrize(("numerator", "denominator", "expected"), [(5, 2, 3), (7, 2, 4), (9, 4, 2), (0, 3, 0)])
def test_halves_are_rounded_up(numerator: int, denominator: int, expected: int) -> None:
    assert round_half_up(numerator, denominator) == expected


def test_decimals_become_millionths_and_trillionths_exactly() -> None:
    assert to_millionths(Decimal("1.5")) == 1_500_000
    assert to_millionths(Decimal("0.0000005")) == 1
    assert to_trillionths(Decimal("0.1")) == 100_000_000_000


def test_a_total_is_split_in_proportion_to_the_weights() -> None:
    assert shares(60, weights=[1, 2, 3], minima=[0, 0, 0], maxima=[60, 60, 60]) == [10, 20, 30]


def test_minima_come_first_and_only_the_rest_is_in_proportion() -> None:
    assert shares(60, weights=[1, 2], minima=[15, 15], maxima=[60, 60]) == [25, 35]


def test_what_a_capped_share_leaves_goes_to_the_others() -> None:
    assert shares(60, weights=[8, 1, 1], minima=[0, 0, 0], maxima=[20, 60, 60]) == [20, 20, 20]


def test_one_cap_may_bring_about_another() -> None:
    assert shares(60, weights=[8, 4, 1], minima=[0, 0, 0], maxima=[20, 25, 60]) == [20, 25, 15]


def test_the_largest_remainder_gains_and_equal_ones_favour_the_earlier() -> None:
    assert shares(10, weights=[1, 1, 1], minima=[0, 0, 0], maxima=[10, 10, 10]) == [4, 3, 3]
    assert shares(10, weights=[30, 31, 39], minima=[0, 0, 0], maxima=[10, 10, 10]) == [3, 3, 4]


@pytest.mark.parametrize("total", [1, 21])
def test_a_total_outside_the_bounds_is_refused(total: int) -> None:
    with pytest.raises(ValueError, match="cannot be split"):
        shares(total, weights=[1, 1], minima=[1, 1], maxima=[10, 10])


def test_nothing_is_split_between_nobody() -> None:
    assert shares(0, [], [], []) == []


def test_of_members_that_are_alike_the_first_get_the_remainder() -> None:
    assert apportion(10, counts=[3, 1], weights=[1, 1], minima=[0, 0], maxima=[9, 9]) == ([2, 2], [2, 0])


def test_a_group_whose_members_all_gain_has_a_larger_share() -> None:
    assert apportion(7, counts=[2, 3], weights=[2, 1], minima=[0, 0], maxima=[9, 9]) == ([2, 1], [0, 0])


def test_the_bounds_of_alike_members_count_for_each() -> None:
    with pytest.raises(ValueError, match="minima of 6 and maxima of 12"):
        apportion(13, counts=[3, 3], weights=[1, 1], minima=[1, 1], maxima=[2, 2])


@st.composite
def splits(draw: st.DrawFn) -> Split:
    groups = draw(st.integers(1, 8))
    counts = draw(st.lists(st.integers(1, 5), min_size=groups, max_size=groups))
    # Few different weights, so that remainders are often equal.
    weights = draw(st.lists(st.integers(1, 4) | st.integers(1, 10**6), min_size=groups, max_size=groups))
    minima = draw(st.lists(st.integers(0, 5), min_size=groups, max_size=groups))
    maxima = [least + draw(st.integers(0, 30) | st.integers(0, 10**4)) for least in minima]
    lowest, highest = (sum(map(mul, counts, bounds)) for bounds in (minima, maxima))
    return draw(st.integers(lowest, highest)), counts, weights, minima, maxima


def each(counts: list[int], values: list[int]) -> list[int]:
    """Every member's value, from every group's."""
    return [value for count, value in zip(counts, values, strict=True) for _ in range(count)]


@given(splits())
def test_alike_members_get_what_they_would_get_one_by_one(split: Split) -> None:
    total, counts, weights, minima, maxima = split
    wholes, raised = apportion(*split)
    assert all(0 <= gaining < count for gaining, count in zip(raised, counts, strict=True))
    told = [
        whole + (number < gaining)
        for count, whole, gaining in zip(counts, wholes, raised, strict=True)
        for number in range(count)
    ]
    assert told == shares(total, each(counts, weights), each(counts, minima), each(counts, maxima))


@given(splits())
def test_shares_sum_to_the_total_and_keep_their_bounds(split: Split) -> None:
    total, counts, _, minima, maxima = split
    wholes, raised = apportion(*split)
    assert sum(map(mul, counts, wholes)) + sum(raised) == total
    assert all(low <= share <= high for low, share, high in zip(minima, wholes, maxima, strict=True))
    assert all(share < high for share, gaining, high in zip(wholes, raised, maxima, strict=True) if gaining)


def one_by_one(total: int, weights: list[int], minima: list[int], maxima: list[int]) -> list[Fraction]:
    """The exact shares before rounding, by filling up the capped ones one at a time."""
    capped: set[int] = set()
    while True:
        spare = total - sum(minima) - sum(maxima[i] - minima[i] for i in capped)
        weight = sum(weights[i] for i in range(len(weights)) if i not in capped)
        exact = [
            Fraction(maxima[i]) if i in capped else minima[i] + Fraction(spare * weights[i], weight)
            for i in range(len(weights))
        ]
        over = [i for i in range(len(weights)) if exact[i] > maxima[i]]
        if not over:
            return exact
        capped.add(over[0])


@given(splits())
def test_no_share_is_a_whole_one_away_from_its_exact_fraction(split: Split) -> None:
    total, counts, weights, minima, maxima = split
    expanded = each(counts, weights), each(counts, minima), each(counts, maxima)
    exact = one_by_one(total, *expanded)
    assert all(abs(share - fraction) < 1 for share, fraction in zip(shares(total, *expanded), exact, strict=True))
