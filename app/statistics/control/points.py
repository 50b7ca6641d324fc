"""The points of charts and funnels from weighted data: for each group of calls its ratio and its effective sample size.

The ratio of a group is Σwy/Σwx (Hájek's, with x = 1 for means and proportions). The calls of a group differ in weight,
and errors of one call come together, so that a group says less than as many calls of a simple random sample. Its
effective sample size is that of the simple random sample with the same variance (Kish 1965, §8.2; Korn and Graubard
1998):

    n = (Σwx)²/Σw²x · v/σ²,

where v is the variance of one unit in the model of the chart, c(1 − c) for proportions and c for counts with the centre
c, and σ² = Σw²e²/Σw²x the weighted mean square of the residuals e of all groups together. A single group has too few
calls to estimate its own. For proportions e = y − cx, so that with equal weights and x = 1 the effective size is the
number of calls. For counts and means e = y − (the group's ratio)·x, with N/(N − G) for the G ratios of N calls.
There is no finite population correction (`app.statistics.control`).
"""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np

from app.statistics.sample import FloatArray, IntArray, counts, sums

# With fewer degrees of freedom σ² is too uncertain to be better than the model's variance.
MIN_DF: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """The ratio of each group.

    groups: the codes of the groups with a call whose x is above 0, ascending.
    values: their ratios. n: their calls with x above 0. sizes: their effective sample sizes.
    centre: the ratio of all groups together, Σwy/Σwx. None without any group.
    deviation: the standard deviation of one unit, σ; None if it cannot be estimated.
    """

    groups: IntArray
    values: FloatArray
    n: IntArray
    sizes: FloatArray
    centre: float | None
    deviation: float | None

    @property
    def stderrors(self) -> FloatArray | None:
        """The standard error of each mean, from the standard deviation of all; None without that."""
        return None if self.deviation is None else np.asarray(self.deviation / np.sqrt(self.sizes))


def proportion_points(y: FloatArray, x: FloatArray, weights: FloatArray, groups: IntArray) -> Points:
    """The proportion, from 0 to 1, of each group of calls.

    y, x: of each call how many of its x units count, 0 ≤ y ≤ x. weights: above 0. groups: codes; a negative code is
    in no group. Raises ValueError if the arrays differ in length or a value is out of range.
    """
    data = _data(y, x, weights, groups)
    if np.any(data.y > data.x):
        raise ValueError("a call has no more hits than units")
    centre = data.centre
    if centre is None:
        return data.points(data.kish_sizes, None)
    residuals = data.y - centre * data.x
    return data.points(data.effective_sizes(data.mean_square(residuals), centre * (1 - centre)), None)


def count_points(counted: FloatArray, weights: FloatArray, groups: IntArray) -> Points:
    """The mean count, 0 or more, of each group of calls. weights, groups, errors: as for `proportion_points`."""
    data = _data(counted, np.ones_like(counted), weights, groups)
    variance = data.variance_within
    sizes = data.kish_sizes
    if variance is not None and data.df >= MIN_DF and data.centre is not None:
        sizes = data.effective_sizes(variance, data.centre)
    return data.points(sizes, None)


def mean_points(values: FloatArray, weights: FloatArray, groups: IntArray) -> Points:
    """The mean of each group of calls, in the unit of the values, with its effective size by the weights alone."""
    data = _data(values, np.ones_like(values), weights, groups, signed=True)
    variance = data.variance_within
    return data.points(data.kish_sizes, None if variance is None else sqrt(variance))


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """The calls that are in a group and have units; `index` is the place of each call's group among the codes."""

    y: FloatArray
    x: FloatArray
    weights: FloatArray
    index: IntArray
    codes: IntArray

    @property
    def n(self) -> IntArray:
        return counts(self.index, self.codes.size)

    @property
    def df(self) -> int:
        return self.y.size - self.codes.size

    @property
    def units(self) -> FloatArray:
        """Σwx of each group."""
        return sums(self.index, self.weights * self.x, self.codes.size)

    @property
    def ratios(self) -> FloatArray:
        return np.asarray(sums(self.index, self.weights * self.y, self.codes.size) / self.units)

    @property
    def centre(self) -> float | None:
        if not self.codes.size:
            return None
        return float(self.weights @ self.y / (self.weights @ self.x))

    @property
    def kish_sizes(self) -> FloatArray:
        """(Σwx)²/Σw²x of each group: the effective size if only the weights make it differ from the number of units."""
        return np.asarray(self.units**2 / sums(self.index, self.weights**2 * self.x, self.codes.size))

    @property
    def variance_within(self) -> float | None:
        """σ² by the residuals within the groups; None if no group has two calls."""
        if self.df < 1:
            return None
        residuals = self.y - self.ratios[self.index] * self.x
        return self.mean_square(residuals) * self.y.size / self.df

    def mean_square(self, residuals: FloatArray) -> float:
        squares = self.weights**2
        return float(squares @ residuals**2 / (squares @ self.x))

    def effective_sizes(self, variance: float, model_variance: float) -> FloatArray:
        """The effective sizes; those by the weights alone if nothing varies."""
        known = variance > 0 and model_variance > 0
        return np.asarray(self.kish_sizes * (model_variance / variance)) if known else self.kish_sizes

    def points(self, sizes: FloatArray, deviation: float | None) -> Points:
        return Points(self.codes, self.ratios, self.n, sizes, self.centre, deviation)


def _data(y: FloatArray, x: FloatArray, weights: FloatArray, groups: IntArray, *, signed: bool = False) -> _Data:
    if len({y.size, x.size, weights.size, groups.size}) != 1:
        raise ValueError("the arrays of calls must have one entry for each call")
    inside = (groups >= 0) & (x > 0)
    y, x, weights, groups = y[inside], x[inside], weights[inside], groups[inside]
    if not np.all(weights > 0) or (not signed and np.any(y < 0)):
        raise ValueError("weights must be above 0, and counts not negative")
    codes, index = np.unique(groups, return_inverse=True)
    return _Data(y, x, weights, index.astype(np.int64), codes)
