"""Intervals of bounded values: scores and proportions."""

from dataclasses import replace
from math import sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from app.statistics import MeanEstimate, Sample, estimate_mean, estimate_means, estimate_proportions, wilson_interval
from tests.statistics.factories import NAN, codes, interval_of, make_sample

SCORES = (0, 100)


def mean_score(sample: Sample) -> MeanEstimate:
    estimate = estimate_mean(sample, bounds=SCORES)
    assert estimate is not None
    return estimate


class TestMeans:
    def test_value_and_stderror_are_those_without_bounds(self) -> None:
        sample = make_sample([70, 85, 98, 100], [0.1, 0.2, 0.1, 0.4], [0, 0, 1, 1])
        plain = estimate_mean(sample)
        assert plain is not None
        assert replace(mean_score(sample), low=plain.low, high=plain.high) == plain

    def test_one_domain_has_wilsons_interval_with_its_effective_size_and_students_quantile(self) -> None:
        """The ends of the interval are the μ with |ŷ − μ| = t·√(φ·μ(1 − μ)·Σ(1 − π)w²/(Σw)²)."""
        values = np.array([71.0, 88, 93, 97, 85, 99, 92, 78])
        estimate = mean_score(make_sample(values.tolist(), [0.1] * 8))
        kurtosis = np.mean((values - values.mean()) ** 4) / np.var(values) ** 2
        quantile = student.ppf(0.975, int(min(7, 2 * 8 / 0.9 / (kurtosis - 1))))
        mean, variance = values.mean() / 100, 0.9 * np.var(values, ddof=1) / 8 / 10**4
        dispersion = variance / (mean * (1 - mean))
        for end in interval_of(estimate):
            assert abs(mean - end / 100) == pytest.approx(quantile * sqrt(dispersion * end / 100 * (1 - end / 100)))

    @pytest.mark.parametrize(("calls", "least", "most"), [(4, 2.5, 9), (20, 2, 6), (2000, 1, 1.35)])
    def test_a_smaller_domain_takes_more_of_its_variance_from_the_others(
        self, calls: int, least: float, most: float
    ) -> None:
        """How much wider the interval of similar calls becomes if another domain has dissimilar ones."""
        rng = np.random.default_rng(3)
        steady, varied = np.linspace(80, 90, calls), rng.uniform(0, 100, 200)
        sample = make_sample([*steady, *varied], [0.1] * (calls + 200))
        widths = [
            np.subtract(*interval_of(estimate_means(sample, codes([0] * calls + [other] * 200), bounds=SCORES)[0]))
            for other in (1, -1)
        ]
        assert least < widths[0] / widths[1] < most

    def test_rare_disasters_reduce_the_degrees_of_freedom_of_a_domains_own_variance(self) -> None:
        """The other domain has the same variance in both samples: from all its calls, or from one disaster."""
        mine = [88.0, 92.0] * 6
        even = [90 + 9 * (-1) ** n for n in range(40)]
        disaster = [90.0] * 39 + [90 - 9 * sqrt(40)]
        widths = []
        for others in (even, disaster):
            sample = make_sample(mine + others, [0.1] * 52)
            low, high = interval_of(estimate_means(sample, codes([0] * 12 + [1] * 40), bounds=SCORES)[0])
            widths.append(high - low)
        assert widths[1] > 1.1 * widths[0]

    def test_two_respondents_have_a_useful_interval(self) -> None:
        rng = np.random.default_rng(5)
        sample = make_sample([80, 96, *rng.uniform(60, 100, 60)], [0.02] * 62)
        plain, bounded = (
            interval_of(estimate_means(sample, codes([0, 0] + [1] * 60), bounds=bounds)[0]) for bounds in (None, SCORES)
        )
        assert plain[1] - plain[0] > 100
        assert 55 < bounded[0] < 88 < bounded[1] < 100

    def test_one_respondent_has_no_interval(self) -> None:
        estimate = estimate_means(make_sample([80, 96, 90], [0.1] * 3), codes([0, 1, 1]), bounds=SCORES)[0]
        assert (estimate.low, estimate.high, estimate.stderror) == (None, None, None)

    def test_a_domain_with_the_best_value_only_has_an_interval_with_width(self) -> None:
        sample = make_sample([100] * 20 + [80, 90, 100, 60] * 5, [0.02] * 40)
        low, high = interval_of(estimate_means(sample, codes([0] * 20 + [1] * 20), bounds=SCORES)[0])
        assert high == 100
        assert 90 < low < 99.5

    @pytest.mark.parametrize("value", [100, 96])
    def test_equal_values_have_the_largest_variance_that_bounded_values_can_have(self, value: float) -> None:
        size = 20 / 0.98 * (NormalDist().inv_cdf(0.975) / student.ppf(0.975, 19)) ** 2
        low, high = wilson_interval(value / 100, size)
        assert interval_of(mean_score(make_sample([value] * 20, [0.02] * 20))) == pytest.approx((100 * low, 100 * high))

    def test_strata_without_variance_within_take_the_variance_between_them(self) -> None:
        low, high = interval_of(mean_score(make_sample([80] * 5 + [90] * 5, [0.1] * 10, [0] * 5 + [1] * 5)))
        assert low < 84 < 86 < high

    def test_a_census_has_an_interval_without_width(self) -> None:
        assert interval_of(mean_score(make_sample([100, 40, 70], [1, 1, 1]))) == pytest.approx((70, 70))

    def test_calls_of_no_domain_do_not_change_the_intervals(self) -> None:
        """With one and with two domains; the other calls are in strata of their own."""
        rng = np.random.default_rng(6)
        for domains in ([0] * 8 + [1] * 12, [0] * 20):
            values = rng.uniform(60, 100, 20).tolist()
            alone = estimate_means(make_sample(values, [0.1] * 20), codes(domains), bounds=SCORES)
            wild = make_sample([*values, *[0, 100] * 15], [0.1] * 50, [0] * 20 + [1] * 30)
            beside = estimate_means(wild, codes(domains + [-1] * 30), bounds=SCORES)
            assert [interval_of(estimate) for estimate in beside.values()] == [
                pytest.approx(interval_of(estimate)) for estimate in alone.values()
            ]

    def test_a_domain_has_an_interval_if_many_more_calls_are_in_no_domain(self) -> None:
        """The one disaster in the domain gives every variance few degrees of freedom."""
        sample = make_sample([*[90.0] * 9, 0, *[70, 80] * 50], [0.1] * 110)
        (estimate,) = estimate_means(sample, codes([0] * 10 + [-1] * 100), bounds=SCORES).values()
        low, high = interval_of(estimate)
        assert low < 81 < high

    @pytest.mark.parametrize("value", [-0.1, 100.1])
    def test_values_out_of_bounds_are_rejected(self, value: float) -> None:
        with pytest.raises(ValueError, match="within the bounds"):
            estimate_mean(make_sample([50, value], [0.1, 0.1]), bounds=SCORES)

    def test_no_named_domain_gives_no_estimate(self) -> None:
        assert estimate_means(make_sample([50, 60], [0.1, 0.1]), codes([-1, -1]), bounds=SCORES) == {}

    def test_a_scale_with_another_minimum_gives_the_same_interval_on_that_scale(self) -> None:
        values = [1.5, 3, 4.5, 5, 2]
        stars = estimate_mean(make_sample(values, [0.1] * 5), bounds=(1, 5))
        points = mean_score(make_sample([25 * (value - 1) for value in values], [0.1] * 5))
        assert stars is not None
        assert [25 * (end - 1) for end in interval_of(stars)] == pytest.approx(list(interval_of(points)))

    @given(
        st.lists(
            st.tuples(st.sampled_from([0.0, 50.0, 96.0, 99.9, 100.0]), st.floats(0.001, 1), st.integers(0, 3)),
            min_size=2,
            max_size=40,
        )
    )
    def test_intervals_contain_the_value_and_stay_within_the_bounds(
        self, calls: list[tuple[float, float, int]]
    ) -> None:
        values, probabilities, domains = zip(*calls, strict=True)
        for estimate in estimate_means(make_sample(values, probabilities), codes(domains), bounds=SCORES).values():
            if estimate.low is not None:
                low, high = interval_of(estimate)
                assert 0 <= low <= estimate.value + 1e-9
                assert estimate.value - 1e-9 <= high <= 100


class TestProportions:
    def test_equal_probabilities_give_wilsons_interval_with_the_sample_size(self) -> None:
        """The size contains the finite population correction, n/(n − 1) and the ratio of t to z."""
        estimates = estimate_proportions(make_sample([1] * 30 + [0] * 30, [0.1] * 60), codes([0] * 60))
        size = 59 / 0.9 * (NormalDist().inv_cdf(0.975) / student.ppf(0.975, 59)) ** 2
        assert estimates[0].value == 0.5
        assert interval_of(estimates[0]) == pytest.approx(wilson_interval(0.5, size))

    def test_wilsons_interval_of_one_half_in_a_large_sample_equals_students(self) -> None:
        sample = make_sample([1, 0] * 5000, [0.1] * 10_000)
        wilson = estimate_proportions(sample, codes([0] * 10_000))[0]
        plain = estimate_mean(sample)
        assert plain is not None
        assert interval_of(wilson) == pytest.approx(interval_of(plain), abs=1e-5)

    def test_a_proportion_of_0_has_an_upper_end_above_0(self) -> None:
        """Wilson's interval for 0 of n/(1 − π), slightly wider because of t."""
        estimate = estimate_proportions(make_sample([0] * 100, [0.02] * 100), codes([0] * 100))[0]
        low, high = interval_of(estimate)
        assert (estimate.value, low) == (0, 0)
        assert high == pytest.approx(wilson_interval(0, 100 / 0.98)[1], rel=0.05)

    def test_each_domain_has_its_own_proportion(self) -> None:
        sample = make_sample([1, 0, 0, 0, 1, 1, NAN], [0.5, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2])
        estimates = estimate_proportions(sample, codes([4, 4, 4, 4, 9, 9, 9]))
        assert estimates[4].value == pytest.approx(2 / 32)
        assert estimates[9].value == 1
        assert (estimates[9].n, estimates[9].selected) == (2, 3)

    @pytest.mark.parametrize("value", [0.5, 2, -1])
    def test_values_that_are_neither_0_nor_1_are_rejected(self, value: float) -> None:
        with pytest.raises(ValueError, match="proportion"):
            estimate_proportions(make_sample([0, value], [0.1, 0.1]), codes([0, 0]))
