"""Levels of measurement: how far apart two categories are.

Every level gives a matrix of distances, from 0 for a category and itself to 1 for the two that are furthest apart. The
matrix of agreement weights of the literature is 1 minus it: identity, ordinal, linear, quadratic and ratio weights
(Gwet 2014, Handbook of Inter-Rater Reliability, 4th ed., ch. 3). Krippendorff's own ordinal distance depends on the
ratings and is computed in `app.statistics.agreement.alpha`.
"""

from enum import StrEnum

import numpy as np

from app.statistics.sample import FloatArray


class Level(StrEnum):
    """The level of measurement. Its comment gives the distance of the values a and b before scaling to 1."""

    NOMINAL = "nominal"  # 1 if the categories differ
    ORDINAL = "ordinal"  # pairs of ranks from that of a to that of b, n(n − 1)/2 for n ranks
    LINEAR = "linear"  # |a − b|
    INTERVAL = "interval"  # (a − b)²
    RATIO = "ratio"  # ((a − b)/(a + b))²


def distances(level: Level, values: FloatArray) -> FloatArray:
    """The distance of every two categories. `values` are distinct and in ascending order.

    Raises ValueError if the level is ratio and a value is below 0.
    """
    n = values.size
    if level is Level.NOMINAL:
        return np.asarray(1 - np.eye(n))
    raw = _RAW[level](values)
    largest = raw.max(initial=0)
    return np.asarray(raw / largest) if largest > 0 else raw


def _ordinal(values: FloatArray) -> FloatArray:
    ranks = np.arange(values.size)
    steps = np.abs(ranks[:, None] - ranks)
    return np.asarray(steps * (steps + 1) / 2)


def _linear(values: FloatArray) -> FloatArray:
    return np.asarray(np.abs(values[:, None] - values))


def _interval(values: FloatArray) -> FloatArray:
    return np.asarray((values[:, None] - values) ** 2)


def _ratio(values: FloatArray) -> FloatArray:
    if np.any(values < 0):
        raise ValueError("a ratio level needs values of 0 or more")
    total = values[:, None] + values
    ratio = np.divide(values[:, None] - values, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(ratio**2)


_RAW = {Level.ORDINAL: _ordinal, Level.LINEAR: _linear, Level.INTERVAL: _interval, Level.RATIO: _ratio}
