"""Funnels: Spiegelhalter's limits word by word, coverage by simulation, over-dispersion."""

import numpy as np
import pytest
from scipy.stats import binom

from app.statistics import FloatArray
from app.statistics.control import Direction, FunnelLimit, mean_funnel, proportion_funnel
from app.statistics.control.funnel import binomial_limit, winsorised_dispersion
from tests.statistics.control.test_charts import numbers


def naive_limit(probability: float, size: int, centre: float) -> float:
    """Spiegelhalter (2005), A.1.1."""
    r = next(count for count in range(size + 1) if binom.cdf(count, size, centre) >= probability)
    alpha = (binom.cdf(r, size, centre) - probability) / binom.pmf(r, size, centre)
    return float(np.clip((r - alpha) / size, 0, 1))


@pytest.mark.parametrize("centre", [0.02, 0.2, 0.5, 0.93])
@pytest.mark.parametrize("probability", [0.001, 0.025, 0.975, 0.999])
def test_binomial_limits_are_interpolated_between_counts(probability: float, centre: float) -> None:
    sizes = [1, 2, 5, 13, 40, 250]
    limits = binomial_limit(probability, np.array(sizes, dtype=np.float64), centre)
    assert limits == pytest.approx([naive_limit(probability, size, centre) for size in sizes], abs=1e-9)


def test_limits_between_whole_sizes_lie_between_theirs() -> None:
    sizes = np.arange(20.0, 21.01, 0.1)
    limits = binomial_limit(0.999, sizes, 0.2)
    # The limit of 21 units is nearer to the centre than that of 20; between them it may step, but not far.
    assert np.all((limits <= limits[0] + 0.01) & (limits >= limits[-1] - 0.01))


def test_a_centre_without_variation_has_no_width() -> None:
    funnel = proportion_funnel(numbers(0, 0), numbers(10, 20), 0.0)
    assert (funnel.upper_99_8.tolist(), funnel.outside) == ([0, 0], [FunnelLimit.NONE] * 2)
    assert funnel.z.tolist() == [0, 0]


def test_agents_who_do_not_differ_are_seldom_outside() -> None:
    rng = np.random.default_rng(11)
    sizes = rng.integers(20, 200, 20_000).astype(np.float64)
    values = rng.binomial(sizes.astype(int), 0.15) / sizes
    outside = np.array(proportion_funnel(values, sizes, 0.15).outside)
    # Counts are whole, so that a little less than the nominal share is outside.
    assert 0.03 <= np.mean(outside != FunnelLimit.NONE) <= 0.055
    assert 0.0005 <= np.mean(outside == FunnelLimit.LIMITS_99_8) <= 0.003


def test_the_funnel_of_means_has_normal_limits() -> None:
    funnel = mean_funnel(numbers(80, 90), numbers(25, 100), 82, 10, (0, 100))
    assert funnel.upper_95 == pytest.approx([82 + 1.959964 * 2, 82 + 1.959964])
    assert funnel.lower_99_8 == pytest.approx([82 - 3.090232 * 2, 82 - 3.090232])
    assert funnel.outside == [FunnelLimit.NONE, FunnelLimit.LIMITS_99_8]
    assert funnel.directions == [Direction.BELOW, Direction.ABOVE]
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
        plain = binomial_limit(0.999, sizes, 0.3)
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
        assert (funnel.applied, funnel.outside, funnel.directions) == (1, [FunnelLimit.NONE], [Direction.AT_CENTRE])


@pytest.mark.parametrize(
    ("values", "sizes"), [(numbers(0.1), numbers(1, 2)), (numbers(2.0), numbers(10)), (numbers(0.1), numbers(0))]
)
def test_impossible_agents_are_refused(values: FloatArray, sizes: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"size|between"):
        proportion_funnel(values, sizes, 0.2)
