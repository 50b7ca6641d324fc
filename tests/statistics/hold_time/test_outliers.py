"""The usual spread of means, the limits that follow from it, and the bound on false discoveries."""

import numpy as np
import pytest
from scipy.stats import norm

from app.statistics import FloatArray
from app.statistics.hold_time.outliers import (
    Reference,
    false_discovery_threshold,
    reference_of,
    upper_limits,
    upper_p_values,
)


def zeros(size: int) -> FloatArray:
    return np.zeros(size, dtype=np.float64)


class TestReference:
    def test_means_that_differ_by_chance_alone_have_no_variance_between_them(self) -> None:
        means = 10 + 0.5 * norm.ppf((np.arange(99) + 0.5) / 99)
        reference = reference_of(means, np.full(99, 1.0))
        assert (reference.variance_between, reference.n) == (0, 99)
        assert reference.centre == pytest.approx(10)

    def test_the_variance_between_units_is_what_chance_does_not_explain(self) -> None:
        means = 10 + 2.0 * norm.ppf((np.arange(999) + 0.5) / 999)
        reference = reference_of(means, np.full(999, 1.0))
        assert reference.variance_between == pytest.approx(3.0, rel=0.02)

    def test_a_tenth_of_unusual_units_moves_it_little(self) -> None:
        means = 10 + norm.ppf((np.arange(100) + 0.5) / 100)
        plain = reference_of(means, zeros(100))
        means[-10:] += 1000
        moved = reference_of(means, zeros(100))
        assert moved.centre - plain.centre < 0.3
        assert moved.variance_between < 2 * plain.variance_between

    def test_equal_means_have_no_variance(self) -> None:
        assert reference_of(np.full(4, 7.0), zeros(4)) == Reference(7, 0, 4)
        assert reference_of(np.full(4, 7.0), np.full(4, 2.0)) == Reference(7, 0, 4)

    def test_a_precise_mean_counts_for_more(self) -> None:
        means, variances = np.array([1.0, 1.2, 3.0]), np.array([0.01, 0.01, 100.0])
        assert reference_of(means, variances).centre < 1.2

    def test_the_order_of_the_units_does_not_matter(self) -> None:
        means, variances = np.array([1.0, 4.0, 2.0, 9.0]), np.array([0.5, 0.1, 0.2, 0.3])
        there, back = reference_of(means, variances), reference_of(means[::-1], variances[::-1])
        assert there.centre == pytest.approx(back.centre, rel=1e-8)
        assert there.variance_between == pytest.approx(back.variance_between, rel=1e-6)


class TestLimits:
    @pytest.mark.parametrize("p_value", [0.2, 0.01, 1e-5])
    def test_at_its_limit_a_unit_has_the_p_value(self, p_value: float) -> None:
        variances, skewness = np.array([1.0, 0.25, 4.0, 0.0]), np.array([0.0, 0.8, 2.0, 0.0])
        reference = Reference(10, 0.5, 20)
        limits = upper_limits(variances, skewness, reference, p_value)
        assert upper_p_values(limits, variances, skewness, reference) == pytest.approx(p_value, rel=1e-6)

    def test_fewer_calls_mean_a_higher_limit(self) -> None:
        few, many = upper_limits(np.array([4.0, 0.1]), zeros(2), Reference(10, 0.5, 20), 0.01)
        assert few > many > 10

    def test_skewed_means_have_a_higher_limit(self) -> None:
        plain, skewed = upper_limits(np.array([1.0, 1.0]), np.array([0.0, 1.0]), Reference(10, 0, 200), 0.001)
        assert skewed > plain

    def test_skewed_chance_is_allowed_for(self) -> None:
        """Means of 30 exponential values: of 100,000, a thousandth are above the limit of a thousandth."""
        rng = np.random.default_rng(11)
        means = rng.exponential(1, (100_000, 30)).mean(axis=1)
        variance, skewness = np.array([1 / 30]), np.array([2 / np.sqrt(30)])
        limit = upper_limits(variance, skewness, Reference(1, 0, 10**6), 0.001)
        assert (means > limit).mean() == pytest.approx(0.001, abs=0.0003)

    def test_few_units_say_little_about_the_usual_spread(self) -> None:
        variance = np.array([1.0])
        of_three = upper_limits(variance, zeros(1), Reference(10, 1, 3), 0.01)
        assert of_three > upper_limits(variance, zeros(1), Reference(10, 1, 100), 0.01)

    def test_without_any_variance_the_usual_mean_is_not_unusual(self) -> None:
        assert upper_p_values(np.array([7.0]), zeros(1), zeros(1), Reference(7, 0, 4)) == pytest.approx(0.5)


def step_up(p_values: list[float], rate: float) -> set[int]:
    """Benjamini and Hochberg's procedure as they wrote it: the findings."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    last = max((k for k, place in enumerate(order, 1) if p_values[place] <= k * rate / len(order)), default=0)
    return set(order[:last])


@pytest.mark.parametrize("seed", range(20))
def test_the_threshold_finds_what_the_procedure_finds(seed: int) -> None:
    p_values = np.random.default_rng(seed).beta(0.3, 1, 40)
    threshold = false_discovery_threshold(p_values, 0.05)
    assert set(np.flatnonzero(p_values <= threshold).tolist()) == step_up(p_values.tolist(), 0.05)


def test_without_a_finding_the_threshold_is_that_of_the_first() -> None:
    assert false_discovery_threshold(np.array([0.5, 0.9]), 0.05) == pytest.approx(0.025)
    assert false_discovery_threshold(zeros(0), 0.05) == pytest.approx(0.05)
