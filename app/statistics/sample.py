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
class FrameCounts:
    """How many calls the frames have in each stratum, strata without a selection included.

    strata: the codes of the strata, ascending. agents, windows: the codes of each stratum's agent and window.
    calls: the number of calls of each stratum, above 0. If a call is in the frames of several draws, each stratum has
        the share of it that `Sample.shares` gives to a selection of the call there.

    Raises ValueError if the arrays differ in length or the codes do not ascend.
    """

    strata: IntArray
    agents: IntArray
    windows: IntArray
    calls: FloatArray

    def __post_init__(self) -> None:
        if len({array.size for array in (self.strata, self.agents, self.windows, self.calls)}) != 1:
            raise ValueError("the arrays of a frame must have one entry for each stratum")
        if np.any(np.diff(self.strata) <= 0):
            raise ValueError("the strata of a frame must ascend")

    def has(self, strata: IntArray) -> bool:
        """Whether all of these are strata of the frame."""
        if not self.strata.size:
            return not strata.size
        places = np.minimum(np.searchsorted(self.strata, strata), self.strata.size - 1)
        return bool(np.all(self.strata[places] == strata))


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """For each selection the probability of being drawn and evaluated, and the number of calls that it stands for.

    Both are 0 for nonresponse.
    """

    probabilities: FloatArray
    weights: FloatArray


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
    shares: the part of its call that a selection stands for, 0 < share ≤ 1, or None for 1 everywhere. If a call is in
        the frames of several draws, the shares of its possible selections sum to 1 (`app.statistics.multiplicity`).
    frame: the number of calls of each stratum, or None if it is not known. Has all strata of the sample.
    responses: the probabilities and weights of the respondents, as `app.statistics.nonresponse` computes them, or None.
        They depend on who responded and not on the values, so that several variables can share them.

    Raises ValueError if the arrays differ in length, a probability or a share is out of range, or the frame lacks a
    stratum.
    """

    values: FloatArray
    probabilities: FloatArray
    strata: IntArray
    windows: IntArray
    agents: IntArray | None = None
    shares: FloatArray | None = None
    frame: FrameCounts | None = None
    responses: Responses | None = None

    def __post_init__(self) -> None:
        responses = () if self.responses is None else (self.responses.probabilities, self.responses.weights)
        given = (self.values, self.probabilities, self.strata, self.windows, self.agents, self.shares, *responses)
        if len({array.size for array in given if array is not None}) != 1:
            raise ValueError("the arrays of a sample must have one entry for each selection")
        if not np.all((self.probabilities > 0) & (self.probabilities <= 1)):
            raise ValueError("inclusion probabilities must be above 0 and at most 1")
        if self.shares is not None and not np.all((self.shares > 0) & (self.shares <= 1)):
            raise ValueError("shares must be above 0 and at most 1")
        # With responses it is the sample of another variable, and was looked at with the first one.
        if self.frame is not None and self.responses is None and not self.frame.has(self.strata):
            raise ValueError("the frame lacks a stratum of the sample")

    @property
    def design_weights(self) -> FloatArray:
        """The number of calls that each selection stands for if all of them are evaluated: share / π."""
        return (1.0 if self.shares is None else self.shares) / self.probabilities


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
