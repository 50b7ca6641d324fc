"""Whole-number arithmetic for sizes and probabilities.

Anyone can verify a draw, in PostgreSQL, in Python or elsewhere, so nothing in it may depend on how a machine rounds.
Sizes are integers in millionths (names end in `_e6`), probabilities and expected numbers in trillionths (`_e12`).
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from operator import mul

MILLION = 10**6
TRILLION = 10**12


def round_half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a fraction ≥ 0; halves go up, as in PostgreSQL's `round(numeric)`."""
    return (2 * numerator + denominator) // (2 * denominator)


def to_millionths(value: Decimal) -> int:
    """A decimal that is not negative in millionths, rounded half up."""
    numerator, denominator = value.as_integer_ratio()
    return round_half_up(numerator * MILLION, denominator)


def to_trillionths(value: Decimal) -> int:
    """A decimal that is not negative in trillionths, rounded half up."""
    numerator, denominator = value.as_integer_ratio()
    return round_half_up(numerator * TRILLION, denominator)


def apportion(
    total: int, counts: Sequence[int], weights: Sequence[int], minima: Sequence[int], maxima: Sequence[int]
) -> tuple[list[int], list[int]]:
    """Split `total` into whole shares that sum to it exactly, between groups of equal members.

    Each of a group's `counts` members gets its minimum and a part of the rest in proportion to its weight. A share
    above its maximum is set to the maximum, and the others divide what is left, until no share exceeds its maximum.
    Fractions go to the largest remainders; among equal remainders the earlier member gains, so order the groups by
    something that does not change.

    Returns the share of every group, and its remainder count: that many of its first members, fewer than all, have
    one more. Counts and weights are positive; raises ValueError unless Σ minima ≤ total ≤ Σ maxima.
    """
    lowest, highest = _dot(counts, minima), _dot(counts, maxima)
    if not lowest <= total <= highest:
        raise ValueError(f"{total} cannot be split between minima of {lowest} and maxima of {highest}")
    uncapped, rest, weight = _uncapped(total - lowest, counts, weights, minima, maxima)
    shares, remainder_counts, remainders = list(maxima), [0] * len(counts), [0] * len(counts)
    for i in uncapped:
        whole, remainders[i] = divmod(rest * weights[i], weight)
        shares[i] = minima[i] + whole
    missing = total - _dot(counts, shares)
    for i in sorted(uncapped, key=remainders.__getitem__, reverse=True):
        gaining = min(missing, counts[i])
        missing -= gaining
        whole, remainder_counts[i] = divmod(gaining, counts[i])
        shares[i] += whole
    return shares, remainder_counts


def _uncapped(
    rest: int, counts: Sequence[int], weights: Sequence[int], minima: Sequence[int], maxima: Sequence[int]
) -> tuple[list[int], int, int]:
    """The groups below their maximum, what they divide above their minima, and their total weight."""
    weight = _dot(counts, weights)
    uncapped = list(range(len(weights)))
    while over := {i for i in uncapped if rest * weights[i] > (maxima[i] - minima[i]) * weight}:
        rest -= sum(counts[i] * (maxima[i] - minima[i]) for i in over)
        weight -= sum(counts[i] * weights[i] for i in over)
        uncapped = [i for i in uncapped if i not in over]
    return uncapped, rest, weight


def _dot(counts: Iterable[int], values: Iterable[int]) -> int:
    return sum(map(mul, counts, values))
