"""A sample as parallel arrays, and sums over the groups of its selections."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

# Codes whose range is more than this many times their number are sorted instead of looked up in a table.
_SPARSE = 16


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The selections of one or more draws as parallel arrays of length m.

    values: the study variable y in its own unit; NaN for nonresponse (a call that was drawn and never evaluated).
    probabilities: first-order inclusion probabilities π, 0 < π ≤ 1.
    strata, windows: codes. A stratum belongs to one window. A supplementary frame has windows and strata of its own.
        Strata with neighbouring codes are collapsed together, so number them by agent first and by window second: the
        days of one agent are the most similar.
    agents: codes of the agents to whom the strata belong, or None. If they are given, the respondents of the same
        agent in neighbouring windows take the weights of the nonrespondents (`app.statistics.nonresponse`).
    responses: the response probabilities of the selections, as `app.statistics.nonresponse` computes them, or None.
        They depend on who responded and not on the values, so that several variables can share them.

    Raises ValueError if the arrays differ in length or a probability is out of range.
    """

    values: FloatArray
    probabilities: FloatArray
    strata: IntArray
    windows: IntArray
    agents: IntArray | None = None
    responses: FloatArray | None = None

    def __post_init__(self) -> None:
        agents = self.strata if self.agents is None else self.agents
        responses = self.values if self.responses is None else self.responses
        arrays = (self.values, self.probabilities, self.strata, self.windows, agents, responses)
        sizes = {array.size for array in arrays}
        if len(sizes) != 1:
            raise ValueError("the arrays of a sample must have one entry for each selection")
        if not np.all((self.probabilities > 0) & (self.probabilities <= 1)):
            raise ValueError("inclusion probabilities must be above 0 and at most 1")


def factorize(codes: IntArray) -> tuple[IntArray, IntArray]:
    """The distinct codes in ascending order, and for each entry the index of its code among them."""
    if codes.size == 0:
        return codes, codes
    lowest = int(codes.min())
    if int(codes.max()) - lowest > _SPARSE * codes.size:
        distinct, index = np.unique(codes, return_inverse=True)
        return distinct, index.astype(np.int64)
    occurs = np.bincount(codes - lowest) > 0
    return np.flatnonzero(occurs) + lowest, (np.cumsum(occurs) - 1)[codes - lowest]


def sums(groups: IntArray, values: FloatArray, size: int = 0) -> FloatArray:
    """The sum of the values in each group. Groups are numbered from 0; there are at least `size` of them."""
    return np.bincount(groups, values, size).astype(np.float64, copy=False)


def counts(groups: IntArray, size: int = 0) -> IntArray:
    """The number of entries in each group. Groups are numbered from 0; there are at least `size` of them."""
    return np.bincount(groups, minlength=size).astype(np.int64, copy=False)
