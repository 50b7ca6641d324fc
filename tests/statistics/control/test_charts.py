"""Shewhart charts and Laney's: published examples, definitions, false alarms."""

import numpy as np
import pytest

from app.statistics import FloatArray
from app.statistics.control import (
    ControlChart,
    laney_sigma_z,
    mean_chart,
    p_chart,
    p_prime_chart,
    u_chart,
    u_prime_chart,
)
from tests.statistics.control.published import CLOTH, CLOTH_UNITS, COMPUTERS, ORANGE_JUICE, ORDER_ERRORS, ORDERS


def numbers(*values: float) -> FloatArray:
    return np.array(values, dtype=np.float64)


def outside(chart: ControlChart) -> list[int]:
    """The numbers of the points outside the limits, from 1 as in the textbook."""
    return (np.flatnonzero((chart.values < chart.lower) | (chart.values > chart.upper)) + 1).tolist()


class TestOrangeJuice:
    """Montgomery, example 7.1."""

    chart = p_chart(ORANGE_JUICE / 50, np.full(30, 50.0))

    def test_centre_and_limits(self) -> None:
        assert self.chart.centre == pytest.approx(0.2313, abs=5e-5)
        # The book rounds p̄ to 0.2313 before it computes the limits.
        assert self.chart.upper == pytest.approx(np.full(30, 0.4102), abs=1.5e-4)
        assert self.chart.lower == pytest.approx(np.full(30, 0.0524), abs=1.5e-4)

    def test_samples_15_and_23_are_outside(self) -> None:
        assert outside(self.chart) == [15, 23]

    def test_without_them_sample_21_is_outside(self) -> None:
        rest = np.delete(ORANGE_JUICE, [14, 22])
        chart = p_chart(rest / 50, np.full(28, 50.0))
        assert chart.centre == pytest.approx(0.2150, abs=5e-5)
        assert (chart.upper[0], chart.lower[0]) == pytest.approx((0.3893, 0.0407), abs=1.5e-4)
        assert outside(chart) == [20]  # sample 15 is not there any more


class TestPurchaseOrders:
    """Montgomery, §7.2.2: the limits follow the number of orders."""

    chart = p_chart(ORDER_ERRORS / ORDERS, ORDERS)

    def test_centre_and_limits(self) -> None:
        assert self.chart.centre == pytest.approx(234 / 2450)
        # Table 7.4 has σ̂ = 0.029 for 100 orders and 0.033 for 80.
        assert self.chart.stderrors[:2] == pytest.approx([0.029, 0.033], abs=5e-4)
        assert self.chart.upper[:2] == pytest.approx([0.184, 0.195], abs=1.5e-3)

    def test_week_11_is_outside(self) -> None:
        assert outside(self.chart) == [11]


class TestComputers:
    """Montgomery, example 7.4: a u chart of samples of five computers."""

    chart = u_chart(COMPUTERS / 5, np.full(20, 5.0))

    def test_centre_and_limits(self) -> None:
        assert self.chart.centre == pytest.approx(1.93)
        assert (self.chart.upper[0], self.chart.lower[0]) == pytest.approx((3.79, 0.07), abs=5e-3)
        assert outside(self.chart) == []


class TestDyedCloth:
    """Montgomery, example 7.5: a u chart with limits that follow the size of the roll."""

    chart = u_chart(CLOTH / CLOTH_UNITS, CLOTH_UNITS)

    def test_centre_and_limits(self) -> None:
        assert self.chart.centre == pytest.approx(1.42, abs=5e-3)
        assert (self.chart.upper[0], self.chart.lower[0]) == pytest.approx((2.55, 0.29), abs=1e-2)
        assert outside(self.chart) == []


def test_limits_end_at_the_bounds() -> None:
    chart = p_chart(numbers(0, 0.1, 0, 0.1), np.full(4, 10.0))
    assert chart.lower.tolist() == [0] * 4
    assert u_chart(numbers(0, 0.2), np.full(2, 5.0)).lower.tolist() == [0, 0]
    scores = mean_chart(numbers(98, 99), numbers(1, 1), bounds=(0, 100))
    assert scores.upper.tolist() == [100, 100]


def test_the_standard_given_takes_the_place_of_the_centre() -> None:
    chart = p_chart(numbers(0.2, 0.4), numbers(50, 50), centre=0.5)
    assert chart.centre == 0.5
    assert chart.upper[0] == pytest.approx(0.5 + 3 * (0.25 / 50) ** 0.5)


def test_the_centre_of_means_is_weighted_by_precision() -> None:
    chart = mean_chart(numbers(80, 90), numbers(1, 2))
    assert chart.centre == pytest.approx((80 + 90 / 4) / 1.25)
    assert chart.z == pytest.approx((chart.values - chart.centre) / [1, 2])


def test_nothing_varies_if_there_is_no_error_at_all() -> None:
    chart = p_chart(np.zeros(5), np.full(5, 20.0))
    assert (chart.lower.tolist(), chart.upper.tolist(), chart.z.tolist()) == ([0] * 5, [0] * 5, [0] * 5)


def test_an_error_where_none_can_be_is_infinitely_far() -> None:
    assert p_chart(numbers(0, 0.1), numbers(10, 10), centre=0.0).z.tolist() == [0, np.inf]


def naive_sigma_z(proportions: FloatArray, sizes: FloatArray) -> float:
    """Laney (2002) word by word."""
    centre = sum(p * n for p, n in zip(proportions, sizes, strict=True)) / sum(sizes)
    z = [(p - centre) / (centre * (1 - centre) / n) ** 0.5 for p, n in zip(proportions, sizes, strict=True)]
    ranges = [abs(z[i] - z[i - 1]) for i in range(1, len(z))]
    return float(sum(ranges) / len(ranges) / 1.128)


class TestLaney:
    def test_sigma_z_is_the_mean_moving_range_of_z(self) -> None:
        chart = p_prime_chart(ORDER_ERRORS / ORDERS, ORDERS)
        assert chart.sigma_z == pytest.approx(naive_sigma_z(ORDER_ERRORS / ORDERS, ORDERS), rel=1e-3)

    def test_the_limits_are_sigma_z_times_as_wide(self) -> None:
        plain, prime = (
            p_chart(ORANGE_JUICE / 50, np.full(30, 50.0)),
            p_prime_chart(ORANGE_JUICE / 50, np.full(30, 50.0)),
        )
        assert prime.upper - prime.centre == pytest.approx(prime.sigma_z * (plain.upper - plain.centre))
        assert prime.z == pytest.approx(plain.z / prime.sigma_z)

    def test_u_prime_is_the_same_of_counts(self) -> None:
        plain = u_chart(CLOTH / CLOTH_UNITS, CLOTH_UNITS)
        z = (plain.values - plain.centre) / np.sqrt(plain.centre / CLOTH_UNITS)
        prime = u_prime_chart(CLOTH / CLOTH_UNITS, CLOTH_UNITS)
        assert prime.sigma_z == pytest.approx(np.abs(np.diff(z)).mean() / 1.128, rel=1e-3)

    def test_without_two_points_or_variation_it_is_1(self) -> None:
        assert laney_sigma_z(p_chart(numbers(0.2), numbers(10))) == 1
        assert laney_sigma_z(p_chart(numbers(0, 0.1), numbers(10, 10), centre=0.0)) == 1

    def test_it_estimates_how_much_more_the_points_vary(self) -> None:
        rng = np.random.default_rng(1)
        sizes = rng.integers(200, 400, 2000).astype(np.float64)
        rates = np.clip(rng.normal(0.1, 0.03, 2000), 0, 1)
        proportions = rng.binomial(sizes.astype(int), rates) / sizes
        within = 0.1 * 0.9 / sizes
        expected = np.sqrt(1 + 0.03**2 / within).mean()
        assert p_prime_chart(proportions, sizes).sigma_z == pytest.approx(expected, rel=0.05)


class TestFalseAlarms:
    """Without any change, few points are outside."""

    rng = np.random.default_rng(20261128)

    def rate(self, points: FloatArray, sizes: FloatArray, *, prime: bool = False) -> float:
        chart = p_prime_chart(points, sizes) if prime else p_chart(points, sizes)
        return len(outside(chart)) / points.size

    def test_of_large_samples_one_in_370(self) -> None:
        sizes = self.rng.integers(300, 900, 20_000).astype(np.float64)
        points = self.rng.binomial(sizes.astype(int), 0.2) / sizes
        assert self.rate(points, sizes) == pytest.approx(0.0027, abs=0.0012)

    def test_over_dispersed_points_need_the_prime_chart(self) -> None:
        sizes = self.rng.integers(300, 900, 20_000).astype(np.float64)
        points = self.rng.binomial(sizes.astype(int), self.rng.beta(40, 160, 20_000)) / sizes
        assert self.rate(points, sizes) > 0.05
        # Limits of points of differing size vary by one factor, so that they fit large and small samples but nearly.
        assert self.rate(points, sizes, prime=True) == pytest.approx(0.0027, abs=0.003)


@pytest.mark.parametrize(
    ("values", "sizes"),
    [(numbers(), numbers()), (numbers(0.1), numbers(1, 2)), (numbers(1.1), numbers(10)), (numbers(0.1), numbers(0))],
)
def test_impossible_points_are_refused(values: FloatArray, sizes: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"points|sizes|bounds"):
        p_chart(values, sizes)


def test_negative_errors_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        mean_chart(numbers(1.0), numbers(-1.0))
