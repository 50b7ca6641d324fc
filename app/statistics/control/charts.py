"""Shewhart charts of proportions (p), of counts per unit (u) and of means, and Laney's p′ and u′.

Sources: Montgomery, Introduction to Statistical Quality Control, 6th edition, §7.2 (p, with limits that follow the
sample size, §7.2.2) and §7.3 (u); Laney (2002), Improved control charts for attributes, Quality Engineering 14(4) (p′
and u′).

A point has the standard error √(c(1 − c)/n) (p), √(c/n) (u) or one of its own (means), where c is the centre line. The
limits are c ± 3·σ_z standard errors, cut off at the bounds of the value. σ_z is 1 for the ordinary charts. For Laney's
it is the moving-range estimate of the standard deviation of the standardised points: it exceeds 1 if the points vary
more than their sampling explains.

A sample size need not be whole. For weighted data it is the effective sample size (`app.statistics.control.points`).
"""

from dataclasses import dataclass, replace
from math import inf, pi, sqrt
from typing import Final

import numpy as np

from app.statistics.intervals import Bounds
from app.statistics.sample import FloatArray

LIMIT_SIGMAS: Final = 3.0
# The mean range of two independent standard normal values, d₂ = 2/√π = 1.128.
_D2: Final = 2 / sqrt(pi)


@dataclass(frozen=True, slots=True, eq=False)
class ControlChart:
    """The points of a chart in the order of time, with their limits.

    values: of the points, in the unit of the chart.
    centre: the centre line.
    bounds: the least and the greatest possible value.
    sampling_errors: the standard error of each point if nothing but the sample varies.
    sigma_z: the factor by which points vary more than that; 1 for the ordinary charts.
    """

    values: FloatArray
    centre: float
    bounds: Bounds
    sampling_errors: FloatArray
    sigma_z: float = 1.0

    @property
    def stderrors(self) -> FloatArray:
        """The standard error of each point, in the unit of the values."""
        return np.asarray(self.sampling_errors * self.sigma_z)

    @property
    def lower(self) -> FloatArray:
        return np.maximum(self.centre - LIMIT_SIGMAS * self.stderrors, self.bounds[0])

    @property
    def upper(self) -> FloatArray:
        return np.minimum(self.centre + LIMIT_SIGMAS * self.stderrors, self.bounds[1])

    @property
    def z(self) -> FloatArray:
        """The distance of each point from the centre in standard errors; ±∞ if it differs and the error is 0."""
        return _standardise(self.values, self.centre, self.stderrors)


def p_chart(proportions: FloatArray, sizes: FloatArray, centre: float | None = None) -> ControlChart:
    """The chart of proportions from 0 to 1 in samples of these sizes, each above 0.

    centre: the standard given; by default the proportion in all samples together, Σnp/Σn. Raises ValueError if the
    arrays are empty or differ in length, a size is not above 0, or a proportion or the centre is out of bounds.
    """
    bounds = (0.0, 1.0)
    centre = _checked_centre(proportions, sizes, centre, bounds)
    return ControlChart(proportions, centre, bounds, np.sqrt(centre * (1 - centre) / sizes))


def u_chart(rates: FloatArray, sizes: FloatArray, centre: float | None = None) -> ControlChart:
    """The chart of counts per unit, 0 or more, in samples of these numbers of units, each above 0.

    centre, errors: as for `p_chart`.
    """
    bounds = (0.0, inf)
    centre = _checked_centre(rates, sizes, centre, bounds)
    return ControlChart(rates, centre, bounds, np.sqrt(centre / sizes))


def mean_chart(
    means: FloatArray, stderrors: FloatArray, centre: float | None = None, bounds: Bounds = (-inf, inf)
) -> ControlChart:
    """The chart of means with their own standard errors, each 0 or more, in the unit of the values.

    centre: the standard given; by default the mean weighted by the precision 1/stderror², or the plain mean if an error
    is 0. Raises ValueError if the arrays are empty or differ in length, an error is negative, or a value is out of
    bounds.
    """
    if np.any(stderrors < 0):
        raise ValueError("standard errors must not be negative")
    exact = bool(np.any(stderrors == 0))
    precisions = np.ones_like(stderrors) if exact else stderrors**-2.0
    centre = _checked_centre(means, precisions, centre, bounds)
    return ControlChart(means, centre, bounds, stderrors)


def p_prime_chart(proportions: FloatArray, sizes: FloatArray, centre: float | None = None) -> ControlChart:
    """Laney's p′ chart, for proportions that vary more between samples than chance within a sample explains."""
    chart = p_chart(proportions, sizes, centre)
    return widened(chart, laney_sigma_z(chart))


def u_prime_chart(rates: FloatArray, sizes: FloatArray, centre: float | None = None) -> ControlChart:
    """Laney's u′ chart: as `p_prime_chart`, of counts per unit."""
    chart = u_chart(rates, sizes, centre)
    return widened(chart, laney_sigma_z(chart))


def widened(chart: ControlChart, sigma_z: float) -> ControlChart:
    """The chart with limits of 3·sigma_z sampling errors."""
    return replace(chart, sigma_z=sigma_z)


def laney_sigma_z(chart: ControlChart) -> float:
    """The mean moving range of the points in sampling errors, divided by d₂; 1 with fewer than two points."""
    z = _standardise(chart.values, chart.centre, chart.sampling_errors)
    if z.size < 2 or not np.isfinite(z).all():
        return 1.0
    return float(np.abs(np.diff(z)).mean()) / _D2


def _standardise(values: FloatArray, centre: float, errors: FloatArray) -> FloatArray:
    distances = values - centre
    certain = np.where(distances == 0, 0.0, np.copysign(inf, distances))
    return np.divide(distances, errors, out=certain, where=errors > 0)


def _checked_centre(values: FloatArray, weights: FloatArray, centre: float | None, bounds: Bounds) -> float:
    if values.size == 0 or values.shape != weights.shape:
        raise ValueError("a chart needs points, and one size or error for each")
    if not np.all(weights > 0):
        raise ValueError("sample sizes must be above 0")
    centre = float(weights @ values / weights.sum()) if centre is None else centre
    if not np.all((values >= bounds[0]) & (values <= bounds[1])) or not bounds[0] <= centre <= bounds[1]:
        raise ValueError(f"the values and the centre of a chart must be within the bounds {bounds}")
    return centre
