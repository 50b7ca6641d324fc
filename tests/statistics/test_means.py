"""Means of the population and of its domains."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from app.statistics import (
    Sample,
    estimate_mean,
    estimate_means,
    estimate_means_of,
)
from tests.statistics.factories import NAN, codes, make_sample, population_mean


class TestMean:
    def test_values_are_weighted_by_the_inverse_probability(self) -> None:
        estimate = population_mean(make_sample([100, 40], [0.5, 0.1]))
        assert estimate.value == pytest.approx((2 * 100 + 10 * 40) / 12)
        assert estimate.naive_mean == 70
        assert estimate.population == pytest.approx(12)
        assert estimate.n == 2

    def test_a_census_gives_the_exact_mean_without_error(self) -> None:
        estimate = population_mean(make_sample([100, 40, 70], [1, 1, 1], [0, 0, 1]))
        assert (estimate.value, estimate.low, estimate.high) == (70, 70, 70)
        assert (estimate.stderror, estimate.design_effect) == (0, None)

    def test_equal_probabilities_give_the_textbook_error_with_the_finite_population_correction(self) -> None:
        values = [3.0, 5.0, 8.0, 9.0, 14.0, 2.0]
        estimate = population_mean(make_sample(values, [0.1] * 6))
        error = sqrt((1 - 0.1) * np.var(values, ddof=1) / 6)
        assert estimate.value == pytest.approx(np.mean(values), rel=1e-12)
        assert estimate.stderror == pytest.approx(error, rel=1e-12)
        assert estimate.high == pytest.approx(np.mean(values) + error * student.ppf(0.975, 5), rel=1e-9)
        assert estimate.low == pytest.approx(np.mean(values) - error * student.ppf(0.975, 5), rel=1e-9)
        assert estimate.design_effect == pytest.approx(1, rel=1e-12)

    def test_stratified_equal_probabilities_give_the_textbook_error(self) -> None:
        """Known stratum sizes and proportional weights: V = Σ W² (1 − f) s²/n."""
        first, second = [3.0, 5.0, 8.0, 9.0], [30.0, 34.0, 31.0]
        estimate = population_mean(make_sample(first + second, [0.2] * 4 + [0.1] * 3, [0] * 4 + [1] * 3))
        shares = np.array([20, 30]) / 50
        means = np.array([np.mean(first), np.mean(second)])
        variances = np.array([(1 - 0.2) * np.var(first, ddof=1) / 4, (1 - 0.1) * np.var(second, ddof=1) / 3])
        assert estimate.value == pytest.approx(shares @ means, rel=1e-12)
        assert estimate.stderror == pytest.approx(sqrt(shares**2 @ variances), rel=1e-12)
        half = sqrt(shares**2 @ variances) * student.ppf(0.975, 5)
        assert estimate.high == pytest.approx(shares @ means + half, rel=1e-9)

    def test_strata_with_different_means_give_a_low_design_effect(self) -> None:
        estimate = population_mean(make_sample([10, 11, 90, 91], [0.1] * 4, [0, 0, 1, 1]))
        assert estimate.design_effect is not None
        assert estimate.design_effect < 0.01

    def test_certain_selections_add_no_error(self) -> None:
        alone = population_mean(make_sample([4, 8], [0.5, 0.5]))
        joined = population_mean(make_sample([4, 8, 6], [0.5, 0.5, 1]))
        assert alone.stderror is not None
        assert joined.value == 6
        assert joined.stderror == pytest.approx(alone.stderror * 4 / 5)

    def test_one_respondent_has_no_interval(self) -> None:
        estimate = population_mean(make_sample([80], [0.1]))
        assert (estimate.value, estimate.n, estimate.population) == (80, 1, 10)
        assert (estimate.low, estimate.high, estimate.stderror) == (None, None, None)

    def test_one_respondent_that_is_the_only_call_is_a_census(self) -> None:
        estimate = population_mean(make_sample([80], [1]))
        assert (estimate.low, estimate.high, estimate.stderror) == (80, 80, 0)

    def test_a_higher_confidence_gives_a_wider_interval(self) -> None:
        sample = make_sample([3, 5, 8], [0.1] * 3)
        wide, narrow = estimate_mean(sample, confidence=0.99), estimate_mean(sample, confidence=0.9)
        assert wide is not None
        assert narrow is not None
        assert wide.high is not None
        assert narrow.high is not None
        assert wide.high > narrow.high

    @pytest.mark.parametrize("values", [[], [NAN, NAN]])
    def test_a_sample_without_respondents_gives_no_estimate(self, values: list[float]) -> None:
        sample = make_sample(values, [0.5] * len(values))
        assert estimate_mean(sample) is None
        assert estimate_means(sample, np.zeros(len(values), dtype=np.int64)) == {}

    @pytest.mark.parametrize("probability", [0, -0.1, 1.1, NAN])
    def test_probabilities_out_of_range_are_rejected(self, probability: float) -> None:
        with pytest.raises(ValueError, match="inclusion probabilities"):
            make_sample([1], [probability])

    def test_arrays_of_different_lengths_are_rejected(self) -> None:
        with pytest.raises(ValueError, match="one entry for each"):
            make_sample([1, 2], [0.5])

    @given(st.permutations(range(8)))
    def test_the_order_of_selections_does_not_matter(self, order: list[int]) -> None:
        sample = make_sample(
            [3, 5, NAN, 9, 14, 2, 7, 1], [0.1, 0.2, 0.3, 1, 0.5, 0.1, 0.9, 0.4], [3, 3, 3, 1, 1, 2, 0, 0]
        )
        shuffled = Sample(
            sample.values[order], sample.probabilities[order], sample.strata[order], sample.windows[order]
        )
        one, other = population_mean(sample), population_mean(shuffled)
        assert other.value == pytest.approx(one.value, rel=1e-12)
        assert other.stderror == pytest.approx(one.stderror, rel=1e-9)


class TestDomains:
    SAMPLE = make_sample([3, 5, 8, 9, 30, 34], [0.1, 0.2, 0.1, 0.4, 0.5, 0.5], [0, 0, 0, 0, 1, 1])

    def test_a_domain_that_is_a_stratum_is_estimated_as_a_sample_of_its_own(self) -> None:
        estimates = estimate_means(self.SAMPLE, np.array([7, 7, 7, 7, 8, 8]))
        assert set(estimates) == {7, 8}
        alone = population_mean(make_sample([30, 34], [0.5, 0.5]))
        assert estimates[8].value == pytest.approx(alone.value)
        assert estimates[8].stderror == pytest.approx(alone.stderror)
        assert estimates[8].low == pytest.approx(alone.low)

    def test_a_domain_across_strata_is_estimated_from_the_whole_sample(self) -> None:
        """The variance of u = w(y − ŷ)/Σw with zeros outside the domain, computed for each stratum."""
        inside = np.array([True, False, True, False, True, False])
        estimate = estimate_means(self.SAMPLE, np.where(inside, 1, 2))[1]
        weights = 1 / self.SAMPLE.probabilities
        mean = np.average(self.SAMPLE.values[inside], weights=weights[inside])
        u = np.where(inside, weights * (self.SAMPLE.values - mean) / weights[inside].sum(), 0)
        variance = 0.0
        for stratum in (0, 1):
            chosen = self.SAMPLE.strata == stratum
            one_minus_pi, n = 1 - self.SAMPLE.probabilities[chosen], chosen.sum()
            centre = np.average(u[chosen], weights=one_minus_pi)
            variance += n / (n - 1) * (one_minus_pi @ (u[chosen] - centre) ** 2)
        assert estimate.value == pytest.approx(mean)
        assert estimate.stderror == pytest.approx(sqrt(variance), rel=1e-12)

    def test_negative_codes_are_no_domain_but_part_of_the_sample(self) -> None:
        named = estimate_means(self.SAMPLE, np.array([1, 2, 1, 2, 1, 2]))
        unnamed = estimate_means(self.SAMPLE, np.array([1, -1, 1, -1, 1, -1]))
        assert set(unnamed) == {1}
        assert unnamed[1].stderror == pytest.approx(named[1].stderror)

    def test_domains_of_another_length_are_rejected(self) -> None:
        with pytest.raises(ValueError, match="one code for each selection"):
            estimate_means(self.SAMPLE, np.array([1, 2]))

    def test_a_domain_with_one_respondent_has_no_interval_even_within_a_larger_stratum(self) -> None:
        estimate = estimate_means(self.SAMPLE, np.array([1, 2, 2, 2, 2, 2]))[1]
        assert (estimate.value, estimate.low, estimate.high) == (3, None, None)

    def test_degrees_of_freedom_are_less_than_the_domains_respondents(self) -> None:
        estimate = estimate_means(self.SAMPLE, np.array([1, 1, 2, 2, 2, 2]))[1]
        assert estimate.high is not None
        assert estimate.stderror is not None
        assert (estimate.high - estimate.value) / estimate.stderror == pytest.approx(student.ppf(0.975, 1))


def test_estimates_of_many_domains_equal_those_of_each_domain_alone() -> None:
    rng = np.random.default_rng(4)
    sample = Sample(
        rng.normal(80, 10, 500), rng.uniform(0.02, 1, 500), rng.integers(0, 60, 500), np.zeros(500, dtype=np.int64)
    )
    domains = rng.integers(0, 25, 500)
    for code, estimate in estimate_means(sample, domains).items():
        alone = estimate_means(sample, np.where(domains == code, 0, -1))[0]
        assert replace(alone) == estimate


def test_several_variables_are_estimated_as_each_alone() -> None:
    sample = make_sample([60, NAN, 90, 75, 40], [0.1, 0.3, 0.5, 0.2, 1], [0, 0, 1, 1, 2])
    domains = codes([0, 0, 0, 1, -1])
    variables = [sample.values, 100 - sample.values, np.array([100, 7, 100, 0, 50.0])]
    bounds = (0, 100)
    alone = [
        estimate_means(replace(sample, values=np.where(np.isnan(sample.values), NAN, values)), domains, bounds=bounds)
        for values in variables
    ]
    assert estimate_means_of(variables, sample, domains, bounds=bounds) == alone


def test_no_mean_passes_a_bound_by_rounding() -> None:
    """The weighted mean of equal values is 100.00000000000001 for some weights."""
    probabilities = np.random.default_rng(1).uniform(0.01, 1, (200, 7))
    for row in probabilities:
        estimate = estimate_mean(make_sample([100] * 7, row.tolist()), bounds=(0, 100))
        assert estimate is not None
        assert estimate.value <= 100
