"""Run rules: patterns of points that chance seldom makes, each with its name.

Sources: Western Electric (1956), Statistical Quality Control Handbook, pp. 25–28 (the four zone tests); Nelson (1984),
The Shewhart control chart: tests for special causes, Journal of Quality Technology 16(4) (the eight tests).

The rules look at standardised points, so that they also hold where limits follow the sample size (Montgomery, 6th
edition, §7.2.2). A rule signals at the point that completes its pattern. Every further rule finds smaller shifts and
adds false alarms: without any change, the first signal comes after 370 points on average by the first rule alone, and
after 92 by the four of Western Electric (Champ and Woodall 1987).
"""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import numpy as np

from app.statistics.sample import BoolArray, FloatArray, IntArray


class Rule(StrEnum):
    """The rules by what they look for."""

    BEYOND_3_SIGMA = "beyond_3_sigma"
    TWO_OF_THREE_BEYOND_2_SIGMA = "two_of_three_beyond_2_sigma"
    FOUR_OF_FIVE_BEYOND_1_SIGMA = "four_of_five_beyond_1_sigma"
    EIGHT_ON_ONE_SIDE = "eight_on_one_side"
    NINE_ON_ONE_SIDE = "nine_on_one_side"
    SIX_TRENDING = "six_trending"
    FOURTEEN_ALTERNATING = "fourteen_alternating"
    FIFTEEN_WITHIN_1_SIGMA = "fifteen_within_1_sigma"
    EIGHT_BEYOND_1_SIGMA = "eight_beyond_1_sigma"
    EWMA_BEYOND_LIMITS = "ewma_beyond_limits"


WESTERN_ELECTRIC: Final = (
    Rule.BEYOND_3_SIGMA,
    Rule.TWO_OF_THREE_BEYOND_2_SIGMA,
    Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA,
    Rule.EIGHT_ON_ONE_SIDE,
)
NELSON: Final = (
    Rule.BEYOND_3_SIGMA,
    Rule.NINE_ON_ONE_SIDE,
    Rule.SIX_TRENDING,
    Rule.FOURTEEN_ALTERNATING,
    Rule.TWO_OF_THREE_BEYOND_2_SIGMA,
    Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA,
    Rule.FIFTEEN_WITHIN_1_SIGMA,
    Rule.EIGHT_BEYOND_1_SIGMA,
)


def signals(z: FloatArray, rules: Iterable[Rule] = WESTERN_ELECTRIC) -> list[tuple[Rule, ...]]:
    """For each point the rules whose pattern it completes, in the order of `rules`.

    z: the points in the order of time, in standard errors from the centre. Raises ValueError for the rule of the EWMA
    chart, which has limits of its own.
    """
    if Rule.EWMA_BEYOND_LIMITS in (rules := tuple(rules)):
        raise ValueError("the EWMA chart has limits of its own")
    found = [(rule, _PATTERNS[rule](z).tolist()) for rule in rules]
    return [tuple(rule for rule, flags in found if flags[point]) for point in range(z.size)]


def _one_side(sigmas: float, *, count: int, of: int) -> Callable[[FloatArray], BoolArray]:
    return lambda z: _enough(z > sigmas, count, of) | _enough(z < -sigmas, count, of)


def _enough(flags: BoolArray, count: int, of: int) -> BoolArray:
    """Whether the point is flagged and so are `count` of the last `of` points, itself included."""
    total: IntArray = np.concatenate((np.zeros(of, dtype=np.int64), np.cumsum(flags)))
    return np.asarray(flags & (total[of:] - total[:-of] >= count))


def _trending(z: FloatArray) -> BoolArray:
    steps = _steps(z)
    return _enough(steps > 0, 5, 5) | _enough(steps < 0, 5, 5)


def _alternating(z: FloatArray) -> BoolArray:
    steps = _steps(z)
    turns = np.zeros(z.size, dtype=np.bool_)
    turns[1:] = steps[1:] * steps[:-1] < 0
    return _enough(turns, 12, 12)


def _steps(z: FloatArray) -> IntArray:
    """Whether each point is above (1) or below (−1) the one before; 0 for the first. An infinite pair is no step."""
    with np.errstate(invalid="ignore"):
        steps = np.sign(np.diff(z, prepend=z[:1]))
    return np.nan_to_num(steps).astype(np.int64)


_PATTERNS: Final[Mapping[Rule, Callable[[FloatArray], BoolArray]]] = {
    Rule.BEYOND_3_SIGMA: lambda z: np.abs(z) > 3,
    Rule.TWO_OF_THREE_BEYOND_2_SIGMA: _one_side(2, count=2, of=3),
    Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA: _one_side(1, count=4, of=5),
    Rule.EIGHT_ON_ONE_SIDE: _one_side(0, count=8, of=8),
    Rule.NINE_ON_ONE_SIDE: _one_side(0, count=9, of=9),
    Rule.SIX_TRENDING: _trending,
    Rule.FOURTEEN_ALTERNATING: _alternating,
    Rule.FIFTEEN_WITHIN_1_SIGMA: lambda z: _enough(np.abs(z) < 1, 15, 15),
    Rule.EIGHT_BEYOND_1_SIGMA: lambda z: _enough(np.abs(z) > 1, 8, 8),
}
