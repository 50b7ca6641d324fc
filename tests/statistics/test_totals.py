"""Totals: of values, and of calls."""

from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from app.statistics import estimate_sizes, estimate_totals
from tests.statistics.samples import NAN, a_sample, codes


def test_every_value_counts_for_the_calls_it_stands_for() -> None:
    totals = estimate_totals(a_sample([3, 5, 8], [0.5, 0.1, 0.2]), codes([1, 1, 2]))
    assert [total.value for total in totals.values()] == pytest.approx([56, 40])
    assert [(total.n, total.selected) for total in totals.values()] == [(2, 2), (1, 1)]


def test_equal_probabilities_give_the_textbook_error() -> None:
    """N²(1 − f)s²/n."""
    values = [3.0, 5.0, 8.0, 9.0, 14.0]
    total = estimate_totals(a_sample(values, [0.1] * 5), codes([0] * 5))[0]
    assert total.value == pytest.approx(390)
    assert total.stderror == pytest.approx(50 * sqrt(0.9 * np.var(values, ddof=1) / 5))


def test_the_error_of_a_domains_total_knows_that_its_number_of_calls_is_estimated() -> None:
    """All values of the domain are 10, so that it is all in where the domain's calls fell."""
    total = estimate_totals(a_sample([10] * 8, [0.1] * 8), codes([1, 1, 1, -1, -1, -1, -1, -1]))[1]
    ones = [10.0] * 3 + [0.0] * 5
    assert total.stderror == pytest.approx(80 * sqrt(0.9 * np.var(ones, ddof=1) / 8))


def test_the_interval_is_one_of_the_logarithm() -> None:
    total = estimate_totals(a_sample([3, 5, 8, 9], [0.1] * 4), codes([0] * 4))[0]
    assert total.stderror is not None
    reach = student.ppf(0.975, 3) * sqrt(log(1 + (total.stderror / total.value) ** 2))
    assert (total.low, total.high) == pytest.approx((total.value * exp(-reach), total.value * exp(reach)))


def test_the_interval_ends_at_what_was_seen() -> None:
    total = estimate_totals(a_sample([0, 0, 900, 0, 900], [0.9, 0.9, 0.9, 0.2, 0.9]), codes([0] * 5))[0]
    assert total.low == 1800


def test_values_below_zero_have_a_symmetrical_interval() -> None:
    total = estimate_totals(a_sample([-3, 5, -8, 9], [0.1] * 4), codes([0] * 4))[0]
    assert total.low is not None
    assert total.high is not None
    assert total.stderror is not None
    assert total.high - total.value == pytest.approx(total.value - total.low)
    assert total.high - total.value == pytest.approx(student.ppf(0.975, 3) * total.stderror)


def test_a_census_gives_the_exact_total_and_no_error() -> None:
    total = estimate_totals(a_sample([3, 5, 0], [1, 1, 1], [0, 0, 1]), codes([0] * 3))[0]
    assert (total.value, total.low, total.high, total.stderror) == (8, 8, 8, 0)


@pytest.mark.parametrize(("values", "domains"), [([5, 8, 9], [0, 1, 1]), ([0, 0, 9], [0, 0, 1])])
def test_one_selection_or_nothing_but_zeros_have_no_interval(values: list[float], domains: list[int]) -> None:
    total = estimate_totals(a_sample(values, [0.1] * 3), codes(domains))[0]
    assert (total.low, total.high, total.stderror) == (None, None, None)


def test_a_census_of_zeros_is_certain() -> None:
    total = estimate_totals(a_sample([0, 0], [1, 1]), codes([0, 0]))[0]
    assert (total.value, total.low, total.high) == (0, 0, 0)


def test_the_silent_are_made_up_for() -> None:
    assert estimate_totals(a_sample([4, NAN, 6, NAN], [0.1] * 4), codes([0] * 4))[0].value == pytest.approx(200)


def test_sizes_are_totals_of_ones_whatever_the_values() -> None:
    sizes = estimate_sizes(a_sample([70, NAN, 90, 0], [0.1, 0.1, 0.2, 0.5]), codes([1, 1, 2, 2]))
    ones = estimate_totals(a_sample([1, NAN, 1, 1], [0.1, 0.1, 0.2, 0.5]), codes([1, 1, 2, 2]))
    assert sizes == ones
    assert sizes[1].value + sizes[2].value == pytest.approx(27)


def test_nothing_evaluated_gives_no_totals() -> None:
    assert estimate_totals(a_sample([NAN, NAN], [0.1, 0.1]), codes([0, 0])) == {}
