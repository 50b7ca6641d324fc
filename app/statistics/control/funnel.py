"""Funnel plots: the figure of each agent against its sample size, with limits around the common figure.

Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24(8). Limits
contain 95 % and 99.8 % of agents who do not differ. For means they are normal. For proportions and counts they are
exact: a count X is outside if so extreme a count on its side has a probability below 2.5 % or 0.1 %, P(X ≥ x) or
P(X ≤ x) in the binomial or in Poisson's distribution. Between whole counts, and for effective sample sizes that are not
whole, the incomplete beta and gamma functions continue it. Spiegelhalter interpolates between counts (appendix A.1.1),
which puts agents outside more often than the limit promises: 0.7 % instead of 0.1 % if 2 % of 20 calls err.

Over-dispersion: agents always differ a little for reasons that no limit knows. φ is the mean square of the agents'
standardised distances z from the centre, after the lowest and the highest tenth are winsorised, that is moved to the
nearest value of the rest, so that outstanding agents do not hide themselves. If φ exceeds 1 + 2√(2/I), what chance
gives I agents plus two standard deviations, the limits are √φ times as far from the centre. Fewer than ten agents say
too little about φ: a tenth of them is nobody.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf, sqrt
from typing import Final

import numpy as np
from scipy.special import bdtrik, ndtri, pdtrik

from app.statistics.intervals import Bounds
from app.statistics.sample import FloatArray

WINSORISED: Final = 0.1
MIN_AGENTS: Final = 10


class FunnelLimit(StrEnum):
    """The widest limits that an agent is outside of."""

    NONE = "none"
    LIMITS_95 = "95"
    LIMITS_99_8 = "99.8"


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """The limits of each agent, one entry for each, in the unit of the values.

    z: the distance from the centre in standard errors, over-dispersion not included; 0 if nothing varies.
    dispersion: φ as estimated, None with fewer than `MIN_AGENTS`.
    applied: the φ by which the limits are wider, 1 or more.
    """

    values: FloatArray
    centre: float
    z: FloatArray
    dispersion: float | None
    applied: float
    lower_95: FloatArray
    upper_95: FloatArray
    lower_99_8: FloatArray
    upper_99_8: FloatArray

    @property
    def outside(self) -> list[FunnelLimit]:
        wide = ((self.values < self.lower_99_8) | (self.values > self.upper_99_8)).tolist()
        narrow = ((self.values < self.lower_95) | (self.values > self.upper_95)).tolist()
        return [_limit(far, near) for far, near in zip(wide, narrow, strict=True)]


def proportion_funnel(values: FloatArray, sizes: FloatArray, centre: float) -> Funnel:
    """The funnel of proportions from 0 to 1 in samples of these sizes, each above 0, around the centre.

    Raises ValueError if the arrays differ in length, a size is not above 0, or a proportion or the centre is not
    between 0 and 1.
    """
    if not np.all((values >= 0) & (values <= 1)) or not 0 <= centre <= 1:
        raise ValueError("proportions and their centre must be between 0 and 1")
    _require_sizes(values, sizes)

    errors = np.sqrt(centre * (1 - centre) / sizes)
    narrow, wide = (binomial_limits(tail, sizes, centre) for tail in _TAILS)
    return _funnel(values, centre, errors, (*narrow, *wide), (0.0, 1.0))


def count_funnel(rates: FloatArray, sizes: FloatArray, centre: float) -> Funnel:
    """The funnel of counts per unit, 0 or more, in samples of these numbers of units, each above 0.

    Raises ValueError as for `proportion_funnel`.
    """
    if not np.all(rates >= 0) or centre < 0:
        raise ValueError("rates and their centre must be 0 or more")
    _require_sizes(rates, sizes)
    narrow, wide = (poisson_limits(tail, sizes, centre) for tail in _TAILS)
    return _funnel(rates, centre, np.sqrt(centre / sizes), (*narrow, *wide), (0.0, inf))


def mean_funnel(values: FloatArray, sizes: FloatArray, centre: float, deviation: float, bounds: Bounds) -> Funnel:
    """The funnel of means of samples of these sizes, each above 0, in the unit of the values.

    deviation: the standard deviation between the calls of an agent, 0 or more. Raises ValueError as for
    `proportion_funnel`.
    """
    _require_sizes(values, sizes)
    errors = deviation / np.sqrt(sizes)
    narrow, wide = (-float(ndtri(tail)) * errors for tail in _TAILS)
    return _funnel(values, centre, errors, (centre - narrow, centre + narrow, centre - wide, centre + wide), bounds)


# The probability of each side outside of the limits of 95 and of 99.8 %.
_TAILS: Final = (0.025, 0.001)


def binomial_limits(tail: float, sizes: FloatArray, centre: float) -> tuple[FloatArray, FloatArray]:
    """The lower and the upper limit of binomial proportions, between 0 and 1, for each sample size.

    tail: the probability of each side that is outside is at most this. A single hit is never outside, nor is a single
    miss, however few are expected.
    """
    if centre in (0, 1):
        return np.full_like(sizes, centre), np.full_like(sizes, centre)
    return 1 - _upper_limit(tail, sizes, 1 - centre), _upper_limit(tail, sizes, centre)


def _upper_limit(tail: float, sizes: FloatArray, centre: float) -> FloatArray:
    """The count x with P(X ≥ x) = tail, at least 1, divided by the size: P(X ≥ x) is 1 − F(x − 1)."""
    return np.asarray(np.minimum((1 + np.maximum(bdtrik(1 - tail, sizes, centre), 0)) / sizes, 1))


def poisson_limits(tail: float, sizes: FloatArray, centre: float) -> tuple[FloatArray, FloatArray]:
    """As `binomial_limits`, of counts per unit around the centre, 0 or more."""
    if centre == 0:
        return np.zeros_like(sizes), np.zeros_like(sizes)
    lower, upper = (np.maximum(pdtrik(probability, sizes * centre), 0) for probability in (tail, 1 - tail))
    return np.asarray(lower / sizes), np.asarray((1 + upper) / sizes)


def winsorised_dispersion(z: FloatArray, share: float = WINSORISED) -> float | None:
    """The mean of z² after the lowest and the highest `share` of the values are moved to the nearest of the rest.

    None with fewer than `MIN_AGENTS` values.
    """
    if z.size < MIN_AGENTS:
        return None
    low, high = np.quantile(z, [share, 1 - share])
    return float(np.mean(np.clip(z, low, high) ** 2))


def _funnel(
    values: FloatArray, centre: float, errors: FloatArray, limits: tuple[FloatArray, ...], bounds: Bounds
) -> Funnel:
    """The funnel with these limits, lower and upper of 95 % and of 99.8 %, wider if agents are over-dispersed."""
    z = np.divide(values - centre, errors, out=np.zeros_like(values), where=errors > 0)
    dispersion = winsorised_dispersion(z)
    applied = 1.0
    if dispersion is not None and dispersion > 1 + 2 * sqrt(2 / values.size):
        applied = dispersion
    widened = [np.clip(centre + sqrt(applied) * (limit - centre), *bounds) for limit in limits]
    return Funnel(values, centre, z, dispersion, applied, *widened)


def _limit(outside_99_8: bool, outside_95: bool) -> FunnelLimit:
    if outside_99_8:
        return FunnelLimit.LIMITS_99_8
    return FunnelLimit.LIMITS_95 if outside_95 else FunnelLimit.NONE


def _require_sizes(values: FloatArray, sizes: FloatArray) -> None:
    if values.shape != sizes.shape or not np.all(sizes > 0):
        raise ValueError("there must be one sample size above 0 for each value")
