"""Funnels: the binomial distribution as the oracle, Spiegelhalter's limits, coverage by simulation, over-dispersion."""

import numpy as np
import pytest
from scipy.stats import binom, poisson

from app.statistics import FloatArray
from app.statistics.control import FunnelLimit, count_funnel, mean_funnel, proportion_funnel
from app.statistics.control.funnel import binomial_limits, poisson_limits, winsorised_dispersion
from tests.statistics.control.test_charts import numbers

SIZES = (1, 2, 5, 13, 40, 250)


@pytest.mark.parametrize("centre", [0.001, 0.02, 0.2, 0.5, 0.93])
@pytest.mark.parametrize("tail", [0.025, 0.001])
def test_a_count_is_outside_if_so_extreme_a_one_is_less_likely_than_the_tail(tail: float, centre: float) -> None:
    for size in SIZES:
        counts = np.arange(size + 1)
        (lower,), (upper,) = binomial_limits(tail, numbers(size), centre)
        # A single hit or miss is never outside.
        above = (binom.sf(counts - 1, size, centre) < tail) & (counts > 1)
        below = (binom.cdf(counts, size, centre) < tail) & (counts < size - 1)
        assert (counts / size > upper + 1e-12).tolist() == above.tolist()
        assert (counts / size < lower - 1e-12).tolist() == below.tolist()


@pytest.mark.parametrize("centre", [0.01, 0.3, 2.5])
@pytest.mark.parametrize("tail", [0.025, 0.001])
def test_counts_per_call_are_outside_by_the_same_rule(tail: float, centre: float) -> None:
    counts = np.arange(200)
    for size in SIZES[:-1]:
        (lower,), (upper,) = poisson_limits(tail, numbers(size), centre)
        above = (poisson.sf(counts - 1, size * centre) < tail) & (counts > 1)
        assert (counts / size > upper + 1e-12).tolist() == above.tolist()
        assert (counts / size < lower - 1e-12).tolist() == (poisson.cdf(counts, size * centre) < tail).tolist()


def test_the_funnel_of_counts() -> None:
    funnel = count_funnel(numbers(0.5, 0.1, 2), numbers(10, 100, 10), 0.5)
    assert funnel.z == pytest.approx((funnel.values - 0.5) / (0.5 / numbers(10, 100, 10)) ** 0.5)
    assert funnel.outside == [FunnelLimit.NONE, FunnelLimit.LIMITS_99_8, FunnelLimit.LIMITS_99_8]
    nothing = count_funnel(numbers(0, 0), numbers(5, 9), 0)
    assert (nothing.upper_95.tolist(), nothing.outside) == ([0, 0], [FunnelLimit.NONE] * 2)
    with pytest.raises(ValueError, match="0 or more"):
        count_funnel(numbers(-1), numbers(1), 0.5)


def spiegelhalter_limit(probability: float, size: int, centre: float) -> float:
    """His interpolation between counts (2005, A.1.1)."""
    r = next(count for count in range(size + 1) if binom.cdf(count, size, centre) >= probability)
    alpha = (binom.cdf(r, size, centre) - probability) / binom.pmf(r, size, centre)
    return float(np.clip((r - alpha) / size, 0, 1))


@pytest.mark.parametrize("centre", [0.02, 0.2, 0.5, 0.93])
def test_spiegelhalters_limits_differ_by_one_count_at_most(centre: float) -> None:
    for size in SIZES:
        for tail in (0.025, 0.001):
            (lower,), (upper,) = binomial_limits(tail, numbers(size), centre)
            assert upper - spiegelhalter_limit(1 - tail, size, centre) == pytest.approx(0.5 / size, abs=0.51 / size)
            assert lower == pytest.approx(spiegelhalter_limit(tail, size, centre), abs=1 / size)


def test_spiegelhalters_limits_put_too_many_agents_outside() -> None:
    """The figures of the docstring: 3 errors in 20 calls are above his limit of 99.8 %, and inside of the exact one."""
    assert spiegelhalter_limit(0.999, 20, 0.02) < 3 / 20 < binomial_limits(0.001, numbers(20), 0.02)[1][0]
    assert binom.sf(2, 20, 0.02) == pytest.approx(0.0071, abs=5e-5)


def test_limits_between_whole_sizes_lie_between_theirs() -> None:
    lower, upper = binomial_limits(0.001, np.arange(20.0, 21.01, 0.1), 0.2)
    assert np.all(np.diff(upper) < 0)
    assert np.all(np.diff(lower) >= 0)


@pytest.mark.parametrize("centre", [1e-9, 0.001, 0.02, 0.3, 0.98, 1 - 1e-9])
def test_the_centre_is_between_the_limits_of_every_size(centre: float) -> None:
    """Also of sizes below one call, which weights can give."""
    sizes = np.geomspace(0.01, 1e6, 400)
    funnel = proportion_funnel(np.full(400, centre), sizes, centre)
    limits = [funnel.lower_99_8, funnel.lower_95, np.full(400, centre), funnel.upper_95, funnel.upper_99_8]
    assert np.all(np.diff(limits, axis=0) >= -1e-12)
    assert set(funnel.outside) == {FunnelLimit.NONE}


def test_one_error_alone_puts_nobody_outside() -> None:
    assert proportion_funnel(numbers(0.01, 1), numbers(1, 1), 0.0001).outside == [FunnelLimit.NONE] * 2
    assert proportion_funnel(numbers(1), numbers(2), 0.0001).outside == [FunnelLimit.LIMITS_99_8]


def test_a_centre_without_variation_has_no_width() -> None:
    funnel = proportion_funnel(numbers(0, 0), numbers(10, 20), 0.0)
    assert (funnel.upper_99_8.tolist(), funnel.outside) == ([0, 0], [FunnelLimit.NONE] * 2)
    assert funnel.z.tolist() == [0, 0]


def test_agents_who_do_not_differ_are_seldom_outside() -> None:
    rng = np.random.default_rng(11)
    sizes = rng.integers(20, 200, 20_000).astype(np.float64)
    values = rng.binomial(sizes.astype(int), 0.15) / sizes
    outside = np.array(proportion_funnel(values, sizes, 0.15).outside)
    # Counts are whole, so that less than the nominal share is outside.
    assert 0.025 <= np.mean(outside != FunnelLimit.NONE) <= 0.05
    assert 0.0005 <= np.mean(outside == FunnelLimit.LIMITS_99_8) <= 0.002


def test_the_funnel_of_means_has_normal_limits() -> None:
    funnel = mean_funnel(numbers(80, 90), numbers(25, 100), 82, 10, (0, 100))
    assert funnel.upper_95 == pytest.approx([82 + 1.959964 * 2, 82 + 1.959964])
    assert funnel.lower_99_8 == pytest.approx([82 - 3.090232 * 2, 82 - 3.090232])
    assert funnel.outside == [FunnelLimit.NONE, FunnelLimit.LIMITS_99_8]
    assert mean_funnel(numbers(99), numbers(1), 99, 50, (0, 100)).upper_95.tolist() == [100]


def naive_dispersion(z: FloatArray) -> float:
    """Winsorised by hand: the values below the first and above the last decile are moved to it."""
    low, high = np.percentile(z, 10), np.percentile(z, 90)
    return float(np.mean([min(max(one, low), high) ** 2 for one in z]))


class TestOverDispersion:
    rng = np.random.default_rng(12)

    def agents(self, spread: float, n: int = 60) -> tuple[FloatArray, FloatArray]:
        sizes = self.rng.integers(60, 200, n).astype(np.float64)
        rates = np.clip(self.rng.normal(0.3, spread, n), 0.01, 0.99)
        return self.rng.binomial(sizes.astype(int), rates) / sizes, sizes

    def test_it_is_the_winsorised_mean_square(self) -> None:
        values, sizes = self.agents(0.1)
        funnel = proportion_funnel(values, sizes, 0.3)
        z = (values - 0.3) / np.sqrt(0.21 / sizes)
        assert funnel.z == pytest.approx(z)
        assert funnel.dispersion == pytest.approx(naive_dispersion(z))

    def test_agents_who_all_differ_widen_the_limits(self) -> None:
        values, sizes = self.agents(0.1)
        funnel = proportion_funnel(values, sizes, 0.3)
        assert funnel.applied == funnel.dispersion
        assert funnel.applied > 2
        _, plain = binomial_limits(0.001, sizes, 0.3)
        expected = np.minimum(0.3 + funnel.applied**0.5 * (plain - 0.3), 1)
        assert funnel.upper_99_8 == pytest.approx(expected)

    def test_without_it_the_limits_stay(self) -> None:
        applied = [proportion_funnel(*self.agents(0.0), 0.3).applied for _ in range(200)]
        assert sum(one > 1 for one in applied) <= 4

    def test_one_agent_far_off_does_not_widen_them(self) -> None:
        values, sizes = self.agents(0.0)
        values[0] = 0.95
        funnel = proportion_funnel(values, sizes, 0.3)
        assert funnel.applied == 1
        assert funnel.outside[0] is FunnelLimit.LIMITS_99_8

    def test_nine_agents_say_too_little(self) -> None:
        values, sizes = self.agents(0.2, n=9)
        assert (proportion_funnel(values, sizes, 0.3).dispersion, winsorised_dispersion(np.full(9, 5.0))) == (
            None,
            None,
        )
        assert winsorised_dispersion(np.full(10, 5.0)) == 25

    def test_nobody_gives_nothing(self) -> None:
        funnel = proportion_funnel(numbers(), numbers(), 0.5)
        assert (funnel.dispersion, funnel.applied, funnel.outside) == (None, 1, [])
        assert winsorised_dispersion(numbers()) is None

    def test_a_single_agent_is_the_centre(self) -> None:
        funnel = proportion_funnel(numbers(0.4), numbers(20), 0.4)
        assert (funnel.applied, funnel.outside) == (1, [FunnelLimit.NONE])


@pytest.mark.parametrize(
    ("values", "sizes"), [(numbers(0.1), numbers(1, 2)), (numbers(2.0), numbers(10)), (numbers(0.1), numbers(0))]
)
def test_impossible_agents_are_refused(values: FloatArray, sizes: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"size|between"):
        proportion_funnel(values, sizes, 0.2)
