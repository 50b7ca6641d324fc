"""Totals of values, and of calls."""

from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.stats import t as student

from app.statistics import SurveyEstimate, estimate_means, estimate_sizes, estimate_totals, total_of_mean
from tests.statistics.factories import NAN, codes, interval_of, make_sample


def test_values_are_weighted_by_the_inverse_probability() -> None:
    totals = estimate_totals(make_sample([3, 5, 8], [0.5, 0.1, 0.2]), codes([1, 1, 2]))
    assert [total.value for total in totals.values()] == pytest.approx([56, 40])
    assert [(total.n, total.selected) for total in totals.values()] == [(2, 2), (1, 1)]


def test_equal_probabilities_give_the_textbook_error() -> None:
    """N²(1 − f)s²/n."""
    values = [3.0, 5.0, 8.0, 9.0, 14.0]
    total = estimate_totals(make_sample(values, [0.1] * 5), codes([0] * 5))[0]
    assert total.value == pytest.approx(390)
    assert total.stderror == pytest.approx(50 * sqrt(0.9 * np.var(values, ddof=1) / 5))


def test_the_error_of_a_domains_total_contains_that_of_its_size() -> None:
    """All values of the domain are 10, so the only variance is that of its number of selections."""
    total = estimate_totals(make_sample([10] * 8, [0.1] * 8), codes([1, 1, 1, -1, -1, -1, -1, -1]))[1]
    ones = [10.0] * 3 + [0.0] * 5
    assert total.stderror == pytest.approx(80 * sqrt(0.9 * np.var(ones, ddof=1) / 8))


def test_the_interval_is_symmetrical_on_the_logarithmic_scale() -> None:
    total = estimate_totals(make_sample([3, 5, 8, 9], [0.1] * 4), codes([0] * 4))[0]
    assert total.stderror is not None
    margin = student.ppf(0.975, 3) * sqrt(log(1 + (total.stderror / total.value) ** 2))
    assert (total.low, total.high) == pytest.approx((total.value * exp(-margin), total.value * exp(margin)))


def test_the_interval_is_not_lower_than_the_sum_of_the_values_seen() -> None:
    total = estimate_totals(make_sample([0, 0, 900, 0, 900], [0.9, 0.9, 0.9, 0.2, 0.9]), codes([0] * 5))[0]
    assert total.low == 1800


def test_negative_values_give_a_symmetrical_interval() -> None:
    total = estimate_totals(make_sample([-3, 5, -8, 9], [0.1] * 4), codes([0] * 4))[0]
    assert total.low is not None
    assert total.high is not None
    assert total.stderror is not None
    assert total.high - total.value == pytest.approx(total.value - total.low)
    assert total.high - total.value == pytest.approx(student.ppf(0.975, 3) * total.stderror)


def test_a_census_gives_the_exact_total_without_error() -> None:
    total = estimate_totals(make_sample([3, 5, 0], [1, 1, 1], [0, 0, 1]), codes([0] * 3))[0]
    assert (total.value, total.low, total.high, total.stderror) == (8, 8, 8, 0)


@pytest.mark.parametrize(("values", "domains"), [([5, 8, 9], [0, 1, 1]), ([0, 0, 9], [0, 0, 1])])
def test_one_respondent_or_zeros_only_have_no_interval(values: list[float], domains: list[int]) -> None:
    total = estimate_totals(make_sample(values, [0.1] * 3), codes(domains))[0]
    assert (total.low, total.high, total.stderror) == (None, None, None)


def test_a_census_of_zeros_has_an_interval_without_width() -> None:
    total = estimate_totals(make_sample([0, 0], [1, 1]), codes([0, 0]))[0]
    assert (total.value, total.low, total.high) == (0, 0, 0)


def test_totals_are_adjusted_for_nonresponse() -> None:
    assert estimate_totals(make_sample([4, NAN, 6, NAN], [0.1] * 4), codes([0] * 4))[0].value == pytest.approx(200)


def test_sizes_are_totals_of_ones() -> None:
    sizes = estimate_sizes(make_sample([70, NAN, 90, 0], [0.1, 0.1, 0.2, 0.5]), codes([1, 1, 2, 2]))
    ones = estimate_totals(make_sample([1, NAN, 1, 1], [0.1, 0.1, 0.2, 0.5]), codes([1, 1, 2, 2]))
    assert sizes == ones
    assert sizes[1].value + sizes[2].value == pytest.approx(27)


def test_a_sample_without_respondents_gives_no_totals() -> None:
    assert estimate_totals(make_sample([NAN, NAN], [0.1, 0.1]), codes([0, 0])) == {}


def test_the_total_of_a_known_number_of_calls_is_the_mean_times_that_number() -> None:
    mean = estimate_means(make_sample([3, 5, 8, 9], [0.1] * 4), codes([0] * 4))[0]
    total = total_of_mean(mean, 47)
    assert total.value == pytest.approx(47 * 6.25)
    assert (total.n, total.selected) == (4, 4)
    assert interval_of(total) == pytest.approx([47 * end for end in interval_of(mean)])
    single = estimate_means(make_sample([3], [0.1]), codes([0]))[0]
    assert total_of_mean(single, 47) == SurveyEstimate(141, None, None, None, 1, 1)
