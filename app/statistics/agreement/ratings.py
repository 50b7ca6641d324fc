"""The ratings of several raters on one item: what every coefficient of agreement is computed from."""

from dataclasses import dataclass

import numpy as np

from app.statistics.sample import FloatArray, IntArray

MISSING = -1


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """One row for each unit (a call, say), one column for each rater.

    codes: the category that the rater chose, from 0; -1 where there is no rating.
    values: the number that each category stands for, one for each code: the whole scale, also what nobody chose. None
        if the categories are names: only the nominal level is possible then.
    weights: the design weight of each unit, 1 / the probability with which it was drawn, above 0. None means equal
        weights. Only their ratios matter.
    clusters: the cluster of each unit, such as the call for units that are items of calls. Units of one cluster are
        not independent. None means that all units are.

    Raises ValueError if shapes differ or a number is out of range.
    """

    codes: IntArray
    values: FloatArray | None = None
    weights: FloatArray | None = None
    clusters: IntArray | None = None

    def __post_init__(self) -> None:
        if self.codes.ndim != 2:
            raise ValueError("codes must have one row for each unit and one column for each rater")
        if not np.issubdtype(self.codes.dtype, np.integer) or np.any(self.codes < MISSING):
            raise ValueError("codes must be whole numbers from 0, or -1 where a rating is missing")
        for name, array in (("weights", self.weights), ("clusters", self.clusters)):
            if array is not None and array.shape != self.codes.shape[:1]:
                raise ValueError(f"{name} must have one entry for each unit")
        if self.weights is not None and not np.all((self.weights > 0) & np.isfinite(self.weights)):
            raise ValueError("weights must be finite and above 0")
        if self.values is not None:
            self._require_values(self.values)

    def _require_values(self, values: FloatArray) -> None:
        if values.ndim != 1 or not np.all(np.isfinite(values)):
            raise ValueError("values must be one finite number for each category")
        if self.codes.size and int(self.codes.max()) >= values.size:
            raise ValueError("every code must have a value")
