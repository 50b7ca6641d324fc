"""A sample as parallel arrays, and sums over groups of its selections."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Codes spread over more than this many times their number are sorted rather than looked up in a table.
_SPARSE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Selections of one or more draws, as parallel arrays; raises ValueError where these do not fit.

    `values` is NaN for a selection that was never evaluated; `probabilities` are π, 0 < π ≤ 1. `strata` and
    `windows` are codes, a stratum belonging to one window; supplementary frames have windows and strata of
    their own. Strata with neighbouring codes are collapsed together, so number them by agent first and
    window second: an agent's own days are the likeliest to be alike. `agents` are codes of what strata have
    in common over the windows: where they are given, an agent's own selections stand in for those of
    neighbouring windows that were never evaluated.
    """

    values: FloatArray
    probabilities: FloatArray
    strata: IntArray
    windows: IntArray
    agents: IntArray | None = None

    def __post_init__(self) -> None:
        agents = self.strata if self.agents is None else self.agents
        sizes = {array.size for array in (self.values, self.probabilities, self.strata, self.windows, agents)}
        if len(sizes) != 1:
            raise ValueError("the arrays of a sample have one entry for each selection")
        if not np.all((self.probabilities > 0) & (self.probabilities <= 1)):
            raise ValueError("inclusion probabilities lie above 0 and are at most 1")


def factorize(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The codes that occur, ascending, and for every entry the place of its code among them."""
    if codes.size == 0:
        return codes, codes
    lowest = int(codes.min())
    if int(codes.max()) - lowest > _SPARSE * codes.size:
        distinct, places = np.unique(codes, return_inverse=True)
        return distinct, places.astype(np.int64)
    present = np.bincount(codes - lowest) > 0
    return np.flatnonzero(present) + lowest, (np.cumsum(present) - 1)[codes - lowest]


def sums(groups: IntArray, values: FloatArray, size: int = 0) -> FloatArray:
    """The sum of the values of every group, for groups numbered from 0."""
    return np.bincount(groups, values, size).astype(np.float64, copy=False)


def counts(groups: IntArray, size: int = 0) -> IntArray:
    """The number of entries of every group, for groups numbered from 0."""
    return np.bincount(groups, minlength=size).astype(np.int64, copy=False)
