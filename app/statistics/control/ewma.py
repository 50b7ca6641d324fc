"""The exponentially weighted moving average, which finds slow drifts that no single point shows.

Sources: Roberts (1959), Control chart tests based on geometric moving averages, Technometrics 1(3); Montgomery §9.2.

E_i = λx_i + (1 − λ)E_{i−1} with E_0 = the centre. Its variance is exact for every point, also where the points have
different standard errors s_i: V_i = λ²s_i² + (1 − λ)²V_{i−1}, V_0 = 0. With equal errors this is Montgomery's
s²·λ/(2 − λ)·(1 − (1 − λ)^{2i}).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.statistics.control.charts import ControlChart
from app.statistics.sample import BoolArray, FloatArray

SMOOTHING: Final = 0.2
WIDTH: Final = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Ewma:
    """The average after each point, and its limits, in the unit of the points."""

    values: FloatArray
    lower: FloatArray
    upper: FloatArray

    @property
    def signals(self) -> BoolArray:
        """Whether the average is outside its limits."""
        return np.asarray((self.values < self.lower) | (self.values > self.upper))


def ewma(chart: ControlChart, smoothing: float = SMOOTHING, width: float = WIDTH) -> Ewma:
    """The EWMA of a chart's points.

    smoothing: λ, above 0 and at most 1; the smaller, the slower the drift that is found. width: of the limits, in
    standard errors, above 0. Raises ValueError if one of them is out of range.
    """
    if not 0 < smoothing <= 1 or width <= 0:
        raise ValueError("the smoothing must be above 0 and at most 1, and the width above 0")
    averages, variances = np.empty_like(chart.values), np.empty_like(chart.values)
    average, variance = chart.centre, 0.0
    for point, (value, error) in enumerate(zip(chart.values.tolist(), chart.stderrors.tolist(), strict=True)):
        average = smoothing * value + (1 - smoothing) * average
        variance = (smoothing * error) ** 2 + (1 - smoothing) ** 2 * variance
        averages[point], variances[point] = average, variance
    margins = width * np.sqrt(variances)
    lowest, highest = chart.bounds
    return Ewma(averages, np.maximum(chart.centre - margins, lowest), np.minimum(chart.centre + margins, highest))
