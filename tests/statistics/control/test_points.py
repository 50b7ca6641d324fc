"""Points from weighted data: equal weights give the textbook's figures, unequal ones the variance of a simulation."""

import numpy as np
import pytest

from app.statistics import FloatArray
from app.statistics.control import count_points, mean_points, p_chart, proportion_points, u_chart
from tests.statistics.control.published import COMPUTERS, ORDER_ERRORS, ORDERS
from tests.statistics.control.test_charts import numbers


def test_with_equal_weights_the_size_is_the_number_of_calls() -> None:
    groups = np.repeat(np.arange(ORDERS.size), ORDERS.astype(int))
    wrong = np.concatenate([np.arange(n) < k for k, n in zip(ORDER_ERRORS, ORDERS, strict=True)]).astype(np.float64)
    points = proportion_points(wrong, np.ones_like(wrong), np.full_like(wrong, 7), groups)
    assert points.values == pytest.approx(ORDER_ERRORS / ORDERS)
    assert points.sizes == pytest.approx(ORDERS)
    assert points.n.tolist() == ORDERS.tolist()
    assert points.centre == pytest.approx(p_chart(ORDER_ERRORS / ORDERS, ORDERS).centre)


def test_values_are_weighted_ratios() -> None:
    points = proportion_points(
        numbers(1, 0, 2, 0), numbers(1, 1, 4, 0), numbers(3, 1, 2, 5), np.array([4, 4, 9, 9], dtype=np.int64)
    )
    assert points.groups.tolist() == [4, 9]
    assert points.values == pytest.approx([3 / 4, 4 / 8])
    assert points.n.tolist() == [2, 1]
    assert points.centre == pytest.approx(7 / 12)


def test_calls_in_no_group_do_not_count() -> None:
    points = mean_points(numbers(50, 90), numbers(1, 1), np.array([-1, 3], dtype=np.int64))
    assert (points.groups.tolist(), points.centre, points.deviation) == ([3], 90, None)


def test_nothing_gives_no_points() -> None:
    nothing = np.zeros(0)
    points = proportion_points(nothing, nothing, nothing, nothing.astype(np.int64))
    assert (points.values.size, points.centre) == (0, None)


def test_counts_that_vary_like_poisson_count_as_they_are() -> None:
    rng = np.random.default_rng(8)
    counted, groups = rng.poisson(2.0, 20_000).astype(np.float64), np.repeat(np.arange(100), 200)
    points = count_points(counted, np.ones(20_000), groups)
    assert points.sizes == pytest.approx(np.full(100, 200), rel=0.05)


def test_errors_that_come_together_count_less() -> None:
    """Each error comes twice: the variance is twice the mean, and a call says half as much."""
    rng = np.random.default_rng(9)
    counted, groups = 2 * rng.poisson(1.0, 20_000).astype(np.float64), np.repeat(np.arange(100), 200)
    points = count_points(counted, np.ones(20_000), groups)
    assert points.sizes == pytest.approx(np.full(100, 100), rel=0.06)


def test_a_few_counts_are_taken_for_poisson() -> None:
    assert count_points(numbers(1, 1, 3), np.ones(3), np.array([0, 0, 1])).sizes.tolist() == [2, 1]
    u_chart(COMPUTERS / 5, np.full(20, 5.0))


def test_the_deviation_of_means_is_pooled_within_the_groups() -> None:
    values, groups = numbers(10, 12, 50, 54), np.array([0, 0, 1, 1])
    points = mean_points(values, np.ones(4), groups)
    assert points.deviation == pytest.approx(5**0.5)
    assert points.stderrors == pytest.approx(np.full(2, (5 / 2) ** 0.5))


class TestUnequalWeights:
    """Erring calls are drawn with a higher probability, as the size rules do; each draw is independent."""

    rng = np.random.default_rng(10)
    runs, calls = 2000, 150

    def draws(self) -> tuple[FloatArray, FloatArray]:
        """Errors and weights, a row for each run: 30 % of the calls err; a call that is not drawn has the weight 0."""
        shape = self.runs, self.calls
        # A call is drawn with eight times the probability if it has the signal, which errors have more often.
        signal = self.rng.random(shape) < 0.5
        errs = self.rng.random(shape) < np.where(signal, 0.45, 0.15)
        drawn_weight = np.where(signal, 1.0, 8.0)
        keep = self.rng.random(shape) < 1 / drawn_weight
        return errs.astype(np.float64), np.where(keep, drawn_weight, 0.0)

    def test_the_effective_size_gives_the_variance_of_the_points(self) -> None:
        errs, weights = self.draws()
        groups = np.repeat(np.arange(self.runs), self.calls)
        chosen = weights.ravel() > 0
        y = errs.ravel()[chosen]
        points = proportion_points(y, np.ones_like(y), weights.ravel()[chosen], groups[chosen])
        assert points.centre == pytest.approx(0.30, abs=0.01)
        z = (points.values - 0.30) / np.sqrt(0.30 * 0.70 / points.sizes)
        assert z.std() == pytest.approx(1, abs=0.05)
        # The number of calls would make the limits too narrow.
        plain = (points.values - 0.30) / np.sqrt(0.30 * 0.70 / points.n)
        assert plain.std() > 1.1

    def test_so_do_ratios_of_errors(self) -> None:
        """Several errors of a call have the same cause: a call with four errors says little more than one with one."""
        runs, calls = 1500, 40
        cause = self.rng.random((runs, calls)) < 0.4
        errors = self.rng.integers(0, 5, (runs, calls)).astype(np.float64)
        y, groups = (errors * cause).ravel(), np.repeat(np.arange(runs), calls)
        points = proportion_points(y, errors.ravel(), np.ones(runs * calls), groups)
        z = (points.values - 0.4) / np.sqrt(0.24 / points.sizes)
        assert z.std() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("y", "x", "weights"),
    [
        (numbers(2.0), numbers(1.0), numbers(1.0)),
        (numbers(-1.0), numbers(1.0), numbers(1.0)),
        (numbers(1.0), numbers(1.0), numbers(0.0)),
        (numbers(1.0), numbers(1.0), numbers(1.0, 2.0)),
    ],
)
def test_impossible_calls_are_refused(y: FloatArray, x: FloatArray, weights: FloatArray) -> None:
    with pytest.raises(ValueError, match=r"hits|weights|entry"):
        proportion_points(y, x, weights, np.zeros(1, dtype=np.int64))
