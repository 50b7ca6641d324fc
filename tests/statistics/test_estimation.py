"""Estimates about all calls."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from app.statistics import (
    MeanEstimate,
    Sample,
    collapse_strata,
    estimate_mean,
    estimate_means,
    response_probabilities,
    wilson_interval,
)
from tests.statistics.samples import NAN, a_sample


def mean_of(sample: Sample) -> MeanEstimate:
    estimate = estimate_mean(sample)
    assert estimate is not None
    return estimate


class TestMean:
    def test_every_value_counts_for_the_calls_it_stands_for(self) -> None:
        estimate = mean_of(a_sample([100, 40], [0.5, 0.1]))
        assert estimate.value == pytest.approx((2 * 100 + 10 * 40) / 12)
        assert estimate.naive_mean == 70
        assert estimate.population == pytest.approx(12)
        assert estimate.n == 2

    def test_a_census_gives_the_exact_mean_and_no_error(self) -> None:
        estimate = mean_of(a_sample([100, 40, 70], [1, 1, 1], [0, 0, 1]))
        assert (estimate.value, estimate.low, estimate.high) == (70, 70, 70)
        assert (estimate.stderror, estimate.design_effect) == (0, None)

    def test_equal_probabilities_give_the_textbook_error_with_the_finite_population_factor(self) -> None:
        values = [3.0, 5.0, 8.0, 9.0, 14.0, 2.0]
        estimate = mean_of(a_sample(values, [0.1] * 6))
        error = sqrt((1 - 0.1) * np.var(values, ddof=1) / 6)
        assert estimate.value == pytest.approx(np.mean(values), rel=1e-12)
        assert estimate.stderror == pytest.approx(error, rel=1e-12)
        assert estimate.high == pytest.approx(np.mean(values) + error * student.ppf(0.975, 5), rel=1e-9)
        assert estimate.low == pytest.approx(np.mean(values) - error * student.ppf(0.975, 5), rel=1e-9)
        assert estimate.design_effect == pytest.approx(1, rel=1e-12)

    def test_stratified_equal_probabilities_give_the_textbook_error(self) -> None:
        """Known stratum sizes and proportional weights: V = Σ W² (1 − f) s²/n."""
        first, second = [3.0, 5.0, 8.0, 9.0], [30.0, 34.0, 31.0]
        estimate = mean_of(a_sample(first + second, [0.2] * 4 + [0.1] * 3, [0] * 4 + [1] * 3))
        shares = np.array([20, 30]) / 50
        means = np.array([np.mean(first), np.mean(second)])
        variances = np.array([(1 - 0.2) * np.var(first, ddof=1) / 4, (1 - 0.1) * np.var(second, ddof=1) / 3])
        assert estimate.value == pytest.approx(shares @ means, rel=1e-12)
        assert estimate.stderror == pytest.approx(sqrt(shares**2 @ variances), rel=1e-12)
        half = sqrt(shares**2 @ variances) * student.ppf(0.975, 5)
        assert estimate.high == pytest.approx(shares @ means + half, rel=1e-9)

    def test_strata_that_differ_make_the_sample_better_than_a_simple_one(self) -> None:
        estimate = mean_of(a_sample([10, 11, 90, 91], [0.1] * 4, [0, 0, 1, 1]))
        assert estimate.design_effect is not None
        assert estimate.design_effect < 0.01

    def test_certain_selections_add_no_error(self) -> None:
        alone = mean_of(a_sample([4, 8], [0.5, 0.5]))
        joined = mean_of(a_sample([4, 8, 6], [0.5, 0.5, 1]))
        assert alone.stderror is not None
        assert joined.value == 6
        assert joined.stderror == pytest.approx(alone.stderror * 4 / 5)

    def test_one_selection_alone_has_no_interval(self) -> None:
        estimate = mean_of(a_sample([80], [0.1]))
        assert (estimate.value, estimate.n, estimate.population) == (80, 1, 10)
        assert (estimate.low, estimate.high, estimate.stderror) == (None, None, None)

    def test_one_selection_that_was_the_only_call_is_certain(self) -> None:
        estimate = mean_of(a_sample([80], [1]))
        assert (estimate.low, estimate.high, estimate.stderror) == (80, 80, 0)

    def test_a_higher_confidence_gives_a_wider_interval(self) -> None:
        sample = a_sample([3, 5, 8], [0.1] * 3)
        wide, narrow = estimate_mean(sample, confidence=0.99), estimate_mean(sample, confidence=0.9)
        assert wide is not None
        assert narrow is not None
        assert wide.high is not None
        assert narrow.high is not None
        assert wide.high > narrow.high

    @pytest.mark.parametrize("values", [[], [NAN, NAN]])
    def test_nothing_evaluated_gives_no_estimate(self, values: list[float]) -> None:
        sample = a_sample(values, [0.5] * len(values))
        assert estimate_mean(sample) is None
        assert estimate_means(sample, np.zeros(len(values), dtype=np.int64)) == {}

    @pytest.mark.parametrize("probability", [0, -0.1, 1.1, NAN])
    def test_impossible_probabilities_are_refused(self, probability: float) -> None:
        with pytest.raises(ValueError, match="inclusion probabilities"):
            a_sample([1], [probability])

    def test_arrays_of_different_lengths_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one entry for each"):
            a_sample([1, 2], [0.5])

    @given(st.permutations(range(8)))
    def test_the_order_of_selections_does_not_matter(self, order: list[int]) -> None:
        sample = a_sample([3, 5, NAN, 9, 14, 2, 7, 1], [0.1, 0.2, 0.3, 1, 0.5, 0.1, 0.9, 0.4], [3, 3, 3, 1, 1, 2, 0, 0])
        shuffled = Sample(
            sample.values[order], sample.probabilities[order], sample.strata[order], sample.windows[order]
        )
        one, other = mean_of(sample), mean_of(shuffled)
        assert other.value == pytest.approx(one.value, rel=1e-12)
        assert other.stderror == pytest.approx(one.stderror, rel=1e-9)


class TestDomains:
    SAMPLE = a_sample([3, 5, 8, 9, 30, 34], [0.1, 0.2, 0.1, 0.4, 0.5, 0.5], [0, 0, 0, 0, 1, 1])

    def test_a_domain_that_is_a_stratum_is_as_if_it_were_the_sample(self) -> None:
        estimates = estimate_means(self.SAMPLE, np.array([7, 7, 7, 7, 8, 8]))
        assert set(estimates) == {7, 8}
        alone = mean_of(a_sample([30, 34], [0.5, 0.5]))
        assert estimates[8].value == pytest.approx(alone.value)
        assert estimates[8].stderror == pytest.approx(alone.stderror)
        assert estimates[8].low == pytest.approx(alone.low)

    def test_a_domain_across_strata_is_one_of_the_whole_sample(self) -> None:
        """The variance of u = w(y − ŷ)/Σw with zeros outside the domain, taken stratum by stratum."""
        inside = np.array([True, False, True, False, True, False])
        estimate = estimate_means(self.SAMPLE, np.where(inside, 1, 2))[1]
        weights = 1 / self.SAMPLE.probabilities
        mean = np.average(self.SAMPLE.values[inside], weights=weights[inside])
        u = np.where(inside, weights * (self.SAMPLE.values - mean) / weights[inside].sum(), 0)
        variance = 0.0
        for stratum in (0, 1):
            chosen = self.SAMPLE.strata == stratum
            spare, n = 1 - self.SAMPLE.probabilities[chosen], chosen.sum()
            centre = np.average(u[chosen], weights=spare)
            variance += n / (n - 1) * (spare @ (u[chosen] - centre) ** 2)
        assert estimate.value == pytest.approx(mean)
        assert estimate.stderror == pytest.approx(sqrt(variance), rel=1e-12)

    def test_negative_codes_are_no_domain_but_part_of_the_sample(self) -> None:
        named = estimate_means(self.SAMPLE, np.array([1, 2, 1, 2, 1, 2]))
        unnamed = estimate_means(self.SAMPLE, np.array([1, -1, 1, -1, 1, -1]))
        assert set(unnamed) == {1}
        assert unnamed[1].stderror == pytest.approx(named[1].stderror)

    def test_domains_of_another_length_are_refused(self) -> None:
        with pytest.raises(ValueError, match="one code for each selection"):
            estimate_means(self.SAMPLE, np.array([1, 2]))

    def test_a_domain_heard_once_has_no_interval_even_within_a_larger_stratum(self) -> None:
        estimate = estimate_means(self.SAMPLE, np.array([1, 2, 2, 2, 2, 2]))[1]
        assert (estimate.value, estimate.low, estimate.high) == (3, None, None)

    def test_degrees_of_freedom_never_exceed_the_domains_own_selections(self) -> None:
        estimate = estimate_means(self.SAMPLE, np.array([1, 1, 2, 2, 2, 2]))[1]
        assert estimate.high is not None
        assert estimate.stderror is not None
        assert (estimate.high - estimate.value) / estimate.stderror == pytest.approx(student.ppf(0.975, 1))


class TestCollapsing:
    def test_strata_of_two_or_more_stay_apart(self) -> None:
        assert collapse_strata(np.array([9, 9, 4, 4, 4])).tolist() == [1, 1, 0, 0, 0]

    def test_single_selections_join_the_next_stratum(self) -> None:
        assert collapse_strata(np.array([0, 1, 2, 3, 3])).tolist() == [0, 0, 1, 1, 1]

    def test_a_last_single_selection_joins_the_stratum_before(self) -> None:
        assert collapse_strata(np.array([0, 0, 1, 1, 2])).tolist() == [0, 0, 1, 1, 1]

    def test_codes_may_lie_far_apart(self) -> None:
        assert collapse_strata(np.array([10**15, 3, 3, -(10**15), 10**15])).tolist() == [1, 0, 0, 0, 1]

    def test_one_selection_stays_alone(self) -> None:
        assert collapse_strata(np.array([5])).tolist() == [0]

    def test_collapsed_strata_give_a_finite_error(self) -> None:
        together = mean_of(a_sample([3, 5, 8, 9], [0.1] * 4, [0, 0, 1, 1]))
        collapsed = mean_of(a_sample([3, 5, 8, 9], [0.1] * 4, [0, 1, 2, 3]))
        assert collapsed.stderror == together.stderror

    @given(st.lists(st.integers(0, 6), min_size=2, max_size=20))
    def test_every_collapsed_stratum_holds_two_and_none_is_torn(self, strata: list[int]) -> None:
        collapsed = collapse_strata(np.array(strata))
        assert min(np.unique(collapsed, return_counts=True)[1]) >= 2
        pairs = set(zip(strata, collapsed.tolist(), strict=True))
        assert len(pairs) == len(set(strata))


class TestNonResponse:
    def test_without_silence_probabilities_stay_as_they_are(self) -> None:
        sample = a_sample([1, 2, 3], [0.1, 1, 0.7], [0, 0, 1])
        assert response_probabilities(sample).tolist() == pytest.approx([0.1, 1, 0.7])

    def test_the_silent_hand_their_weight_to_their_stratum(self) -> None:
        sample = a_sample([1, NAN, 3, 4], [0.1, 0.1, 0.5, 0.5], [0, 0, 1, 1])
        assert response_probabilities(sample).tolist() == pytest.approx([0.05, 0, 0.5, 0.5])

    def test_a_silent_stratum_hands_its_weight_to_its_window_alone(self) -> None:
        sample = a_sample([NAN, 2, 3, 4], [0.5, 0.5, 0.25, 0.2], [0, 1, 2, 3], [0, 0, 0, 1])
        assert response_probabilities(sample).tolist() == pytest.approx([0, 0.5 * 6 / 8, 0.25 * 6 / 8, 0.2])

    def test_the_population_is_kept(self) -> None:
        sample = a_sample([1, NAN, 3, NAN, NAN], [0.1, 0.3, 0.5, 0.2, 0.4], [0, 0, 1, 1, 2])
        assert mean_of(sample).population == pytest.approx((1 / sample.probabilities).sum())

    def test_a_window_nobody_evaluated_is_left_out(self) -> None:
        estimate = mean_of(a_sample([1, 3, NAN], [0.5, 0.5, 0.1], [0, 0, 1], [0, 0, 1]))
        assert (estimate.value, estimate.population) == (2, 4)

    def test_a_census_with_silence_is_a_census_no_more(self) -> None:
        estimate = mean_of(a_sample([1, 3, NAN, NAN], [1, 1, 1, 1]))
        assert estimate.stderror == pytest.approx(sqrt((1 - 0.5) * 2 / 2))

    def test_n_counts_the_evaluated_and_selected_all_that_were_drawn(self) -> None:
        sample = a_sample([NAN, 1, NAN, 3, NAN, NAN, 4], [0.5] * 7)
        estimates = estimate_means(sample, np.array([0, 1, 1, 1, 2, 2, 2]))
        assert {code: (e.n, e.selected) for code, e in estimates.items()} == {1: (2, 3), 2: (1, 3)}
        assert estimates[1].response_rate == pytest.approx(2 / 3)

    def test_an_agents_other_windows_stand_in_for_a_silent_stratum(self) -> None:
        """Agent 0 is silent in window 0 and answers in window 1; agent 1 keeps its own weights."""
        sample = a_sample([NAN, 2, 3, 4], [0.5, 0.25, 0.5, 0.5], [0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 1, 1])
        assert response_probabilities(sample).tolist() == pytest.approx([0, 1 / 6, 0.5, 0.5])

    def test_an_agent_who_is_silent_altogether_is_made_up_for_by_the_window(self) -> None:
        sample = a_sample([NAN, NAN, 3, 4], [0.5] * 4, [0, 1, 2, 3], [0, 1, 0, 1], [0, 0, 1, 1])
        assert response_probabilities(sample).tolist() == pytest.approx([0, 0, 0.25, 0.25])

    def test_no_weight_goes_to_a_window_nobody_evaluated_or_comes_from_it(self) -> None:
        sample = a_sample([1, NAN, 3], [0.5, 0.1, 0.5], [0, 1, 2], [0, 1, 2], [0, 0, 0])
        assert response_probabilities(sample).tolist() == pytest.approx([0.5, 0, 0.5])

    def test_groups_hold_twenty_selections_of_neighbouring_windows(self) -> None:
        """45 windows of one agent, the last silent in both groups: 20 selections make one, the other 25 the last."""
        windows = list(range(45))
        values = [NAN if window in {3, 44} else 50.0 for window in windows]
        agents = [0] * 45
        # Another agent keeps the silent windows heard.
        sample = a_sample([*values, 70, 70], [0.5] * 47, [*windows, 48, 89], [*windows, 3, 44], [*agents, 1, 1])
        carried = 1 / response_probabilities(sample)[[0, 19, 20, 43, 45]]
        assert carried.tolist() == pytest.approx([2 * 20 / 19, 2 * 20 / 19, 2 * 25 / 24, 2 * 25 / 24, 2])

    @given(st.data())
    def test_every_window_that_was_heard_keeps_its_population_together_with_its_agents(
        self, data: st.DataObject
    ) -> None:
        cells = data.draw(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans()), min_size=1))
        agents, windows, heard = zip(*cells, strict=True)
        sample = a_sample(
            [1.0 if is_heard else NAN for is_heard in heard],
            [0.1] * len(cells),
            [agent * 31 + window for agent, window, _ in cells],
            windows,
            agents,
        )
        spoken_of = {window for _, window, is_heard in cells if is_heard}
        adjusted = response_probabilities(sample)
        assert (adjusted > 0).tolist() == list(heard)
        expected = 10 * sum(window in spoken_of for window in windows)
        assert sum(1 / probability for probability in adjusted if probability) == pytest.approx(expected)


class TestWilson:
    def test_a_published_interval_is_met(self) -> None:
        """Newcombe 1998, table I, method 3: 81 of 263 and 0 of 20."""
        assert wilson_interval(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
        assert wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)

    @given(st.floats(0, 1), st.floats(0.5, 1e6))
    def test_it_holds_the_share_and_stays_within_zero_and_one(self, share: float, size: float) -> None:
        low, high = wilson_interval(share, size)
        assert 0 <= low <= share + 1e-12
        assert share - 1e-12 <= high <= 1


def test_estimates_of_many_domains_equal_those_of_each_alone() -> None:
    rng = np.random.default_rng(4)
    sample = Sample(
        rng.normal(80, 10, 500), rng.uniform(0.02, 1, 500), rng.integers(0, 60, 500), np.zeros(500, dtype=np.int64)
    )
    domains = rng.integers(0, 25, 500)
    for code, estimate in estimate_means(sample, domains).items():
        alone = estimate_means(sample, np.where(domains == code, 0, -1))[0]
        assert replace(alone) == estimate
