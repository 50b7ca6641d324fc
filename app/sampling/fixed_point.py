"""Whole-number arithmetic for sizes and probabilities.

A draw is checked by whoever wants to, in PostgreSQL, in Python or elsewhere, so nothing in it may depend on
how a machine rounds. Sizes are kept in millionths, probabilities and expected counts in trillionths, both
as integers.
"""

from collections.abc import Sequence
from decimal import Decimal

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


def apportion(total: int, weights: Sequence[int], minima: Sequence[int], maxima: Sequence[int]) -> list[int]:
    """Split `total` into whole shares that sum to it exactly.

    Every share is its minimum plus a part of the rest in proportion to its weight. A share that would
    exceed its maximum is set to it and the others divide what is left, until none exceeds. Fractions are
    settled by largest remainder; among equal remainders the earlier position gains, so order the input by
    something that does not change. Weights are positive; raises ValueError unless Σ minima ≤ total ≤ Σ
    maxima.
    """
    if not sum(minima) <= total <= sum(maxima):
        raise ValueError(f"{total} cannot be split between minima of {sum(minima)} and maxima of {sum(maxima)}")
    uncapped, spare = _uncapped(total, weights, minima, maxima)
    weight = sum(weights[i] for i in uncapped)
    parts = {i: divmod(spare * weights[i], weight) for i in uncapped}
    missing = spare - sum(whole for whole, _ in parts.values())
    gaining = set(sorted(uncapped, key=lambda i: parts[i][1], reverse=True)[:missing])
    shares = list(maxima)
    for i, (whole, _) in parts.items():
        shares[i] = minima[i] + whole + (i in gaining)
    return shares


def _uncapped(
    total: int, weights: Sequence[int], minima: Sequence[int], maxima: Sequence[int]
) -> tuple[list[int], int]:
    """Which shares stay within their maximum, and what these have to divide above their minima."""
    spare, weight = total - sum(minima), sum(weights)
    uncapped = list(range(len(weights)))
    while over := {i for i in uncapped if spare * weights[i] > (maxima[i] - minima[i]) * weight}:
        spare -= sum(maxima[i] - minima[i] for i in over)
        weight -= sum(weights[i] for i in over)
        uncapped = [i for i in uncapped if i not in over]
    return uncapped, spare
