"""The EWMA chart: Montgomery's example, its definition, false alarms and drifts."""

import numpy as np
import pytest

from app.statistics import FloatArray
from app.statistics.control import ewma, mean_chart, p_chart
from tests.statistics.control.published import AVERAGES, OBSERVATIONS


class TestMontgomery:
    """Example 9.2: λ = 0.1, L = 2.7, target 10, σ = 1."""

    average = ewma(mean_chart(OBSERVATIONS, np.ones(30), centre=10.0), smoothing=0.1, width=2.7)

    def test_the_averages_of_table_9_10(self) -> None:
        assert self.average.values == pytest.approx(AVERAGES, abs=6e-5)

    def test_the_limits_widen_to_the_steady_state(self) -> None:
        assert (self.average.upper[0], self.average.lower[0]) == pytest.approx((10.27, 9.73), abs=5e-3)
        assert (self.average.upper[1], self.average.lower[1]) == pytest.approx((10.36, 9.64), abs=5e-3)
        assert (self.average.upper[-1], self.average.lower[-1]) == pytest.approx((10.62, 9.38), abs=5e-3)

    def test_observation_29_signals(self) -> None:
        assert (np.flatnonzero(self.average.signals) + 1).tolist() == [29, 30]


def naive_limits(stderrors: FloatArray, smoothing: float) -> list[float]:
    """The standard error of each average from the weights of all points before it."""
    weights = [[smoothing * (1 - smoothing) ** (i - j) for j in range(i + 1)] for i in range(stderrors.size)]
    return [sum((w * s) ** 2 for w, s in zip(row, stderrors, strict=False)) ** 0.5 for row in weights]


def test_the_limits_are_exact_where_the_errors_differ() -> None:
    sizes = np.array([10.0, 500, 30, 30, 2000, 15])
    chart = p_chart(np.full(6, 0.5), sizes)
    average = ewma(chart, smoothing=0.3)
    assert (average.upper - 0.5) / 3 == pytest.approx(naive_limits(chart.stderrors, 0.3))


def test_with_smoothing_1_it_is_the_shewhart_chart() -> None:
    chart = p_chart(np.array([0.1, 0.3, 0.2]), np.full(3, 40.0))
    average = ewma(chart, smoothing=1)
    assert average.values == pytest.approx(chart.values)
    assert average.lower == pytest.approx(chart.lower)
    assert average.upper == pytest.approx(chart.upper)


def test_false_alarms_are_rare_and_drifts_are_found() -> None:
    rng = np.random.default_rng(1959)
    alarms = sum(int(ewma(mean_chart(rng.normal(size=1000), np.ones(1000), 0.0)).signals.sum()) for _ in range(40))
    # Signals come in runs, so that more than one point in 500 signals.
    assert alarms / 40_000 < 0.006
    drifting = [rng.normal(size=40) + np.linspace(0, 2, 40) for _ in range(100)]
    detected = sum(bool(ewma(mean_chart(one, np.ones(40), 0.0)).signals.any()) for one in drifting)
    assert detected >= 95


@pytest.mark.parametrize(("smoothing", "width"), [(0.0, 3.0), (1.1, 3.0), (0.2, 0.0)])
def test_impossible_settings_are_refused(smoothing: float, width: float) -> None:
    with pytest.raises(ValueError, match="smoothing"):
        ewma(mean_chart(np.zeros(2), np.ones(2)), smoothing, width)
