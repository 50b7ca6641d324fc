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
from tests.statistics.samples import NAN, a_sample, codes

SCORES = (0, 100)


def ends(estimate: MeanEstimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


def whole(sample: Sample) -> MeanEstimate:
    estimate = estimate_mean(sample, bounds=SCORES)
    assert estimate is not None
    return estimate


class TestMeans:
    def test_value_and_stderror_are_those_without_bounds(self) -> None:
        sample = a_sample([70, 85, 98, 100], [0.1, 0.2, 0.1, 0.4], [0, 0, 1, 1])
        plain = estimate_mean(sample)
        assert plain is not None
        assert replace(whole(sample), low=plain.low, high=plain.high) == plain

    def test_a_whole_sample_has_wilsons_interval_on_its_effective_size_with_students_quantile(self) -> None:
        """μ at the ends of the interval are those with |ŷ − μ| = t·√(φ·μ(1 − μ)·Σ(1 − π)w²/(Σw)²)."""
        values = np.array([71.0, 88, 93, 97, 85, 99, 92, 78])
        estimate = whole(a_sample(values.tolist(), [0.1] * 8))
        kurtosis = np.mean((values - values.mean()) ** 4) / np.var(values) ** 2
        quantile = student.ppf(0.975, int(min(7, 2 * 8 / 0.9 / (kurtosis - 1))))
        mean, variance = values.mean() / 100, 0.9 * np.var(values, ddof=1) / 8 / 10**4
        dispersion = variance / (mean * (1 - mean))
        for end in ends(estimate):
            assert abs(mean - end / 100) == pytest.approx(quantile * sqrt(dispersion * end / 100 * (1 - end / 100)))

    @pytest.mark.parametrize(("calls", "least", "most"), [(4, 3, 9), (20, 2, 6), (2000, 1, 1.2)])
    def test_the_fewer_calls_the_more_a_domain_borrows_from_the_others(
        self, calls: int, least: float, most: float
    ) -> None:
        """How much wider the interval of calls that are alike becomes beside others that are not."""
        rng = np.random.default_rng(3)
        steady, varied = np.linspace(80, 90, calls), rng.uniform(0, 100, 200)
        sample = a_sample([*steady, *varied], [0.1] * (calls + 200))
        widths = [
            np.subtract(*ends(estimate_means(sample, codes([0] * calls + [other] * 200), bounds=SCORES)[0]))
            for other in (1, -1)
        ]
        assert least < widths[0] / widths[1] < most

    def test_rare_disasters_make_a_domains_own_variance_count_for_less(self) -> None:
        """Two domains alike; the other values as spread in both samples, once evenly and once by one disaster."""
        mine = [88.0, 92.0] * 6
        even = [90 + 9 * (-1) ** n for n in range(40)]
        disaster = [90.0] * 39 + [90 - 9 * sqrt(40)]
        widths = []
        for others in (even, disaster):
            sample = a_sample(mine + others, [0.1] * 52)
            low, high = ends(estimate_means(sample, codes([0] * 12 + [1] * 40), bounds=SCORES)[0])
            widths.append(high - low)
        assert widths[1] > 1.1 * widths[0]

    def test_two_selections_have_a_usable_interval(self) -> None:
        rng = np.random.default_rng(5)
        sample = a_sample([80, 96, *rng.uniform(60, 100, 60)], [0.02] * 62)
        plain, bounded = (
            ends(estimate_means(sample, codes([0, 0] + [1] * 60), bounds=bounds)[0]) for bounds in (None, SCORES)
        )
        assert plain[1] - plain[0] > 100
        assert 55 < bounded[0] < 88 < bounded[1] < 100

    def test_one_selection_has_no_interval(self) -> None:
        estimate = estimate_means(a_sample([80, 96, 90], [0.1] * 3), codes([0, 1, 1]), bounds=SCORES)[0]
        assert (estimate.low, estimate.high, estimate.stderror) == (None, None, None)

    def test_a_domain_of_nothing_but_best_values_is_no_certainty(self) -> None:
        sample = a_sample([100] * 20 + [80, 90, 100, 60] * 5, [0.02] * 40)
        low, high = ends(estimate_means(sample, codes([0] * 20 + [1] * 20), bounds=SCORES)[0])
        assert high == 100
        assert 90 < low < 99.5

    @pytest.mark.parametrize("value", [100, 96])
    def test_where_all_values_are_alike_calls_may_still_differ_as_much_as_bounded_values_can(
        self, value: float
    ) -> None:
        size = 20 / 0.98 * (NormalDist().inv_cdf(0.975) / student.ppf(0.975, 19)) ** 2
        low, high = wilson_interval(value / 100, size)
        assert ends(whole(a_sample([value] * 20, [0.02] * 20))) == pytest.approx((100 * low, 100 * high))

    def test_strata_without_spread_within_leave_that_of_all_values(self) -> None:
        low, high = ends(whole(a_sample([80] * 5 + [90] * 5, [0.1] * 10, [0] * 5 + [1] * 5)))
        assert low < 84 < 86 < high

    def test_a_census_has_an_interval_without_width(self) -> None:
        assert ends(whole(a_sample([100, 40, 70], [1, 1, 1]))) == pytest.approx((70, 70))

    def test_values_that_are_part_of_no_domain_lend_nothing(self) -> None:
        """Other strata's calls beside two domains, or alone beside one, change nothing."""
        rng = np.random.default_rng(6)
        for domains in ([0] * 8 + [1] * 12, [0] * 20):
            values = rng.uniform(60, 100, 20).tolist()
            alone = estimate_means(a_sample(values, [0.1] * 20), codes(domains), bounds=SCORES)
            wild = a_sample([*values, *[0, 100] * 15], [0.1] * 50, [0] * 20 + [1] * 30)
            beside = estimate_means(wild, codes(domains + [-1] * 30), bounds=SCORES)
            assert [ends(estimate) for estimate in beside.values()] == [
                pytest.approx(ends(estimate)) for estimate in alone.values()
            ]

    def test_a_domain_has_an_interval_beside_many_more_calls_of_no_domain(self) -> None:
        """The one disaster in the domain lets the variance of any calls count for few degrees of freedom."""
        sample = a_sample([*[90.0] * 9, 0, *[70, 80] * 50], [0.1] * 110)
        (estimate,) = estimate_means(sample, codes([0] * 10 + [-1] * 100), bounds=SCORES).values()
        low, high = ends(estimate)
        assert low < 81 < high

    @pytest.mark.parametrize("value", [-0.1, 100.1])
    def test_values_outside_the_bounds_are_refused(self, value: float) -> None:
        with pytest.raises(ValueError, match="outside the bounds"):
            estimate_mean(a_sample([50, value], [0.1, 0.1]), bounds=SCORES)

    def test_no_named_domain_gives_no_estimate(self) -> None:
        assert estimate_means(a_sample([50, 60], [0.1, 0.1]), codes([-1, -1]), bounds=SCORES) == {}

    def test_a_scale_from_another_least_value_gives_the_interval_of_that_scale(self) -> None:
        values = [1.5, 3, 4.5, 5, 2]
        stars = estimate_mean(a_sample(values, [0.1] * 5), bounds=(1, 5))
        points = whole(a_sample([25 * (value - 1) for value in values], [0.1] * 5))
        assert stars is not None
        assert [25 * (end - 1) for end in ends(stars)] == pytest.approx(list(ends(points)))

    @given(
        st.lists(
            st.tuples(st.sampled_from([0.0, 50.0, 96.0, 99.9, 100.0]), st.floats(0.001, 1), st.integers(0, 3)),
            min_size=2,
            max_size=40,
        )
    )
    def test_intervals_hold_the_value_and_stay_within_the_bounds(self, calls: list[tuple[float, float, int]]) -> None:
        values, probabilities, domains = zip(*calls, strict=True)
        for estimate in estimate_means(a_sample(values, probabilities), codes(domains), bounds=SCORES).values():
            if estimate.low is not None:
                low, high = ends(estimate)
                assert 0 <= low <= estimate.value + 1e-9
                assert estimate.value - 1e-9 <= high <= 100


class TestProportions:
    def test_equal_probabilities_give_wilsons_interval_on_the_sample_size(self) -> None:
        """With 1 − π for the finite population, and n/(n − 1) and t for what is not known."""
        estimates = estimate_proportions(a_sample([1] * 30 + [0] * 30, [0.1] * 60), codes([0] * 60))
        size = 59 / 0.9 * (NormalDist().inv_cdf(0.975) / student.ppf(0.975, 59)) ** 2
        assert estimates[0].value == 0.5
        assert ends(estimates[0]) == pytest.approx(wilson_interval(0.5, size))

    def test_at_the_centre_of_a_large_sample_it_is_the_plain_interval(self) -> None:
        sample = a_sample([1, 0] * 5000, [0.1] * 10_000)
        wilson = estimate_proportions(sample, codes([0] * 10_000))[0]
        plain = estimate_mean(sample)
        assert plain is not None
        assert ends(wilson) == pytest.approx(ends(plain), abs=1e-5)

    def test_none_of_a_rare_kind_leaves_room_above(self) -> None:
        """Wilson's 0 of n/(1 − π), a little wider for t."""
        estimate = estimate_proportions(a_sample([0] * 100, [0.02] * 100), codes([0] * 100))[0]
        low, high = ends(estimate)
        assert (estimate.value, low) == (0, 0)
        assert high == pytest.approx(wilson_interval(0, 100 / 0.98)[1], rel=0.05)

    def test_domains_have_their_own_shares(self) -> None:
        sample = a_sample([1, 0, 0, 0, 1, 1, NAN], [0.5, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2])
        estimates = estimate_proportions(sample, codes([4, 4, 4, 4, 9, 9, 9]))
        assert estimates[4].value == pytest.approx(2 / 32)
        assert estimates[9].value == 1
        assert (estimates[9].n, estimates[9].selected) == (2, 3)

    @pytest.mark.parametrize("value", [0.5, 2, -1])
    def test_values_that_are_neither_0_nor_1_are_refused(self, value: float) -> None:
        with pytest.raises(ValueError, match="proportion"):
            estimate_proportions(a_sample([0, value], [0.1, 0.1]), codes([0, 0]))
