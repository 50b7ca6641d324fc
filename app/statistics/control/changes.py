"""Change points: when the level of a series changed, found afterwards from the whole series.

For points x_i with standard errors s_i the likelihood-ratio statistic of a change after the first k points is
(x̄_k − x̄'_k)²·W_kW'_k/(W_k + W'_k), where W_k and W'_k are the sums of 1/s² on both sides and x̄_k and x̄'_k the means
weighted by 1/s² (Hinkley 1970). The most likely change is where it is largest. Its reference is the
distribution of this maximum over random orders of the standardised residuals, so that it also holds if the points vary
more than their standard errors say, if all do by the same factor. Several changes are found by binary segmentation
(Scott and Knott 1974; Vostrikova 1981): each side of a change is searched in the same way. Without any change, the
probability of finding one is the significance level.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from app.statistics.sample import FloatArray

SIGNIFICANCE: Final = 0.05
PERMUTATIONS: Final = 999
# A change to a level that lasts fewer points than this is a single signal rather than a change of the level.
MIN_SEGMENT: Final = 3
# How many numbers are permuted at once.
_CHUNK: Final = 1_000_000
# A squared distance below this share of the squares is rounding error.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A change of the level. `index`: the first point after it. `before`, `after`: the level until the next change.

    p_value: how often the same points in a random order show such a change.
    """

    index: int
    before: float
    after: float
    p_value: float


def change_points(
    values: FloatArray,
    stderrors: FloatArray,
    generator: np.random.Generator,
    *,
    significance: float = SIGNIFICANCE,
    permutations: int = PERMUTATIONS,
) -> tuple[ChangePoint, ...]:
    """The changes of the level, in the order of time.

    values: in the order of time. stderrors: one for each, in the same unit; if one of them is not above 0, all points
    have the same weight. generator: gives the random orders; the same seed finds the same changes. Raises ValueError if
    the arrays differ in length.
    """
    if values.shape != stderrors.shape:
        raise ValueError("there must be one standard error for each value")
    weights = stderrors**-2.0 if np.all(stderrors > 0) else np.ones_like(values)
    found = sorted(_Search(generator, significance, permutations).changes(values, weights))
    starts = [0, *(index for index, _ in found), values.size]
    levels = [
        float(weights[start:end] @ values[start:end] / weights[start:end].sum())
        for start, end in pairwise(starts)
        if end > start
    ]
    return tuple(
        ChangePoint(index, levels[place], levels[place + 1], p_value) for place, (index, p_value) in enumerate(found)
    )


@dataclass(frozen=True, slots=True)
class _Search:
    generator: np.random.Generator
    significance: float
    permutations: int

    def changes(self, values: FloatArray, weights: FloatArray, offset: int = 0) -> Iterator[tuple[int, float]]:
        """The index and the p-value of each change in a part of the series that begins at `offset`."""
        if values.size < 2 * MIN_SEGMENT:
            return
        residuals = (values - weights @ values / weights.sum()) * np.sqrt(weights)
        statistics = _statistics(residuals[np.newaxis], weights)[0]
        split = int(statistics.argmax())
        largest = float(statistics[split])
        # Equal values have no change; what is left of their residuals is rounding.
        if largest <= _ROUNDING * float(weights @ values**2):
            return
        p_value = self._p_value(residuals, weights, largest)
        if p_value > self.significance:
            return
        index = split + MIN_SEGMENT
        yield offset + index, p_value
        yield from self.changes(values[:index], weights[:index], offset)
        yield from self.changes(values[index:], weights[index:], offset + index)

    def _p_value(self, residuals: FloatArray, weights: FloatArray, largest: float) -> float:
        """The share of random orders, the observed one included, whose largest statistic is at least this one."""
        rows = max(_CHUNK // residuals.size, 1)
        reached = 1
        for start in range(0, self.permutations, rows):
            orders = np.tile(residuals, (min(rows, self.permutations - start), 1))
            shuffled = self.generator.permuted(orders, axis=1)
            # The same sum in another order is not the same to the last digit.
            reached += int(np.count_nonzero(_statistics(shuffled, weights).max(axis=1) >= largest * (1 - 1e-9)))
        return reached / (self.permutations + 1)


def _statistics(residuals: FloatArray, weights: FloatArray) -> FloatArray:
    """The likelihood-ratio statistic of a change after `MIN_SEGMENT`, `MIN_SEGMENT` + 1, … points, for each row.

    residuals: rows of residuals in standard errors.
    """
    total = float(weights.sum())
    inside = slice(MIN_SEGMENT - 1, -MIN_SEGMENT)
    before = np.cumsum(weights)[inside]
    sums = np.cumsum(residuals * np.sqrt(weights), axis=1)
    distances = sums[:, inside] - before / total * sums[:, -1:]
    return np.asarray(distances**2 * total / (before * (total - before)))
