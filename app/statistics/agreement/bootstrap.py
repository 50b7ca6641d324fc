"""Bootstrap intervals: bias-corrected and accelerated (Efron 1987), over units or over whole clusters of them.

A coefficient is a function of sums over units. The sums of all resamples are one product of matrices: how often each
unit was drawn, times the statistics of the units. Coefficients and items with equally many units share the draws.

A resample may have no coefficient, because its ratings show no variation or no pair. Such resamples are left out, so
the interval holds on condition that the coefficient exists. If they are more than one in ten there is no interval.
Neither is there one if it would have no width: a sample without a disagreement has no resample with one, and an
interval without width would claim certainty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from app.statistics.agreement.points import Point
from app.statistics.agreement.results import Reason
from app.statistics.sample import FloatArray

LARGEST_UNDEFINED_SHARE = 0.1
# Draws are made in blocks of about this many numbers, to bound the memory they take.
_BLOCK = 4_000_000
_ROUNDING = 1e-12
_QUANTILES = (0.025, 0.975)


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """The coefficient of each resample; NaN where it does not exist."""

    values: FloatArray

    @property
    def stderror(self) -> float:
        return float(np.nanstd(self.values, ddof=1))

    def bounds(self, value: float, influence: FloatArray) -> tuple[float, float] | Reason:
        """The interval of the coefficient with this value and these influences of its clusters, or why it has none."""
        defined = self.values[~np.isnan(self.values)]
        if defined.size < (1 - LARGEST_UNDEFINED_SHARE) * self.values.size:
            return Reason.UNDEFINED_RESAMPLES
        if np.ptp(defined) < _ROUNDING:
            return Reason.NO_SPREAD
        low, high = np.clip(np.quantile(defined, _levels(defined, value, influence)), -1, 1).tolist()
        return (low, high) if high - low > _ROUNDING else Reason.NO_SPREAD


def _levels(resampled: FloatArray, value: float, influence: FloatArray) -> FloatArray:
    """The quantiles of the resampled values between which the interval is."""
    below = np.mean(resampled < value - _ROUNDING)
    equal = np.mean(np.abs(resampled - value) <= _ROUNDING)
    half = 0.5 / resampled.size
    bias = ndtri(np.clip(below + equal / 2, half, 1 - half))
    acceleration = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    shifted = bias + ndtri(np.array(_QUANTILES))
    scale = np.maximum(1 - acceleration * shifted, _ROUNDING)
    return np.asarray(ndtr(bias + shifted / scale))


def resample(points: Sequence[Point], rng: np.random.Generator, resamples: int) -> list[Resampled]:
    """Each coefficient in each resample. All have the same number of clusters, 1 or more, and share the draws."""
    tables = [_by_cluster(point) for point in points]
    together = np.hstack(tables)
    ends = np.cumsum([table.shape[1] for table in tables])[:-1]
    values = np.empty((len(points), resamples))
    for first, drawn in _blocks(points[0].scope.n_clusters, rng, resamples):
        for place, sums in enumerate(np.split(drawn @ together, ends, axis=1)):
            values[place, first : first + drawn.shape[0]] = points[place].resampled(sums)
    return list(map(Resampled, values))


def _by_cluster(point: Point) -> FloatArray:
    """The statistics of the units, summed in each cluster."""
    columns = point.estimator.columns(point.scope)
    by_cluster = np.zeros((point.scope.n_clusters, columns.shape[1]))
    np.add.at(by_cluster, point.scope.clusters, columns)
    return by_cluster


def _blocks(n: int, rng: np.random.Generator, resamples: int) -> Iterator[tuple[int, FloatArray]]:
    """The number of the first resample of each block, and how often each of its resamples draws each cluster."""
    size = max(_BLOCK // n, 1)
    for first in range(0, resamples, size):
        rows = min(size, resamples - first)
        drawn = rng.integers(0, n, (rows, n)) + np.arange(rows)[:, None] * n
        yield first, np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
