"""Funnel plots: the figure of each agent against its sample size, with limits around the common figure.

Source: Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24(8). Limits
contain 95 % and 99.8 % of agents who do not differ. For proportions they are binomial, interpolated between whole
counts (his appendix A.1.1) and, since an effective sample size need not be whole, from the incomplete beta function.
For means they are normal.

Over-dispersion: agents always differ a little for reasons that no limit knows. φ is the mean square of the agents'
standardised distances z from the centre, after the lowest and the highest tenth are winsorised, that is moved to the
nearest value of the rest, so that outstanding agents do not hide themselves. If φ exceeds 1 + 2√(2/I), what chance
gives I agents plus two standard deviations, the limits are √φ times as far from the centre. Fewer than ten agents say
too little about φ: a tenth of them is nobody.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import sqrt
from typing import Final

import numpy as np
from scipy.special import bdtrik, betainc, ndtri

from app.statistics.intervals import Bounds
from app.statistics.sample import FloatArray, IntArray

WINSORISED: Final = 0.1
MIN_AGENTS: Final = 10


class FunnelLimit(StrEnum):
    """The widest limits that an agent is outside of."""

    NONE = "none"
    LIMITS_95 = "95"
    LIMITS_99_8 = "99.8"


class Direction(IntEnum):
    """On which side of the centre an agent is."""

    BELOW = -1
    AT_CENTRE = 0
    ABOVE = 1


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

    @property
    def directions(self) -> list[Direction]:
        return [Direction(sign) for sign in np.sign(self.values - self.centre).astype(np.int64).tolist()]


def proportion_funnel(values: FloatArray, sizes: FloatArray, centre: float) -> Funnel:
    """The funnel of proportions from 0 to 1 in samples of these sizes, each above 0, around the centre.

    Raises ValueError if the arrays differ in length, a size is not above 0, or a proportion or the centre is not
    between 0 and 1.
    """
    if not np.all((values >= 0) & (values <= 1)) or not 0 <= centre <= 1:
        raise ValueError("proportions and their centre must be between 0 and 1")
    _require_sizes(values, sizes)

    def limits(probability: float) -> FloatArray:
        return binomial_limit(probability, sizes, centre)

    errors = np.sqrt(centre * (1 - centre) / sizes)
    return _funnel(values, centre, errors, [limits(probability) for probability in _PROBABILITIES], (0.0, 1.0))


def mean_funnel(values: FloatArray, sizes: FloatArray, centre: float, deviation: float, bounds: Bounds) -> Funnel:
    """The funnel of means of samples of these sizes, each above 0, in the unit of the values.

    deviation: the standard deviation between the calls of an agent, 0 or more. Raises ValueError as for
    `proportion_funnel`.
    """
    _require_sizes(values, sizes)
    errors = deviation / np.sqrt(sizes)
    limits = [centre + float(ndtri(probability)) * errors for probability in _PROBABILITIES]
    return _funnel(values, centre, errors, limits, bounds)


# The limits of 95 and of 99.8 %, lower and upper.
_PROBABILITIES: Final = (0.025, 0.975, 0.001, 0.999)


def binomial_limit(probability: float, sizes: FloatArray, centre: float) -> FloatArray:
    """The proportion that a binomial proportion is below with this probability, between 0 and 1, for each sample size.

    With F the distribution of the count and r the least count with F(r) ≥ probability it is (r − α)/n, where
    α = (F(r) − probability)/(F(r) − F(r − 1)).
    """
    if centre in (0, 1):
        return np.full_like(sizes, centre)
    # The continuous inverse of F has the same integer part. A margin keeps r itself from being rounded up.
    r: IntArray = np.ceil(np.maximum(bdtrik(probability, sizes, centre) - 1e-9, 0)).astype(np.int64)
    upper, lower = _binomial_distribution(r, sizes, centre), _binomial_distribution(r - 1, sizes, centre)
    alpha = np.divide(upper - probability, upper - lower, out=np.zeros_like(upper), where=upper > lower)
    return np.clip((r - alpha) / sizes, 0, 1)


def _binomial_distribution(count: IntArray, sizes: FloatArray, centre: float) -> FloatArray:
    """The probability of at most this count; sizes need not be whole."""
    inside = (count >= 0) & (count < sizes)
    known = np.clip(count, 0, None)
    distribution = betainc(np.where(inside, sizes - known, 1), known + 1, 1 - centre)
    return np.asarray(np.where(inside, distribution, np.where(count < 0, 0.0, 1.0)))


def winsorised_dispersion(z: FloatArray, share: float = WINSORISED) -> float | None:
    """The mean of z² after the lowest and the highest `share` of the values are moved to the nearest of the rest.

    None with fewer than `MIN_AGENTS` values.
    """
    if z.size < MIN_AGENTS:
        return None
    low, high = np.quantile(z, [share, 1 - share])
    return float(np.mean(np.clip(z, low, high) ** 2))


def _funnel(values: FloatArray, centre: float, errors: FloatArray, limits: list[FloatArray], bounds: Bounds) -> Funnel:
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
