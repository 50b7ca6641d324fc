"""Intervals of means: Student's where values are unbounded, Wilson's where they are bounded.

A score from 0 to 100 is skewed where it is good, and a single agent has 20 or 30 evaluations, of which the
one call in fifty that failed altogether is often no part. Plain t intervals then cover 86 to 94 %
(docs/validation.md). What holds, for scores and for proportions alike:

* Wilson's interval with the effective sample size p(1 − p)/V in place of n and t in place of z (Wilson 1927;
  Korn and Graubard 1998; Dean and Pagano 2015), with p the mean on the scale from 0 to 1. It is the set of
  means μ with |p − μ| ≤ t·√V(μ), where the variance V(μ) goes with μ(1 − μ): narrow near the bounds, and
  never beyond them.
* A domain's dispersion φ = V/(p(1 − p)Σ(1 − π)w²/(Σw)²), which is about 1 for a proportion, is a poor estimate from
  few calls. It is shrunk towards the φ of all domains together, which counts as `BORROWED_DEGREES` degrees of
  freedom (a generalised variance function, Wolter 2007, ch. 7; weighted as by a scaled inverse χ² prior).
* The domain's own φ counts as 2V²/Var(V̂) degrees of freedom (Satterthwaite 1946), which is 2m/(K − 1) for
  m = (Σw)²/Σ(1 − π)w² values of kurtosis K, taken from all domains together: where a few calls are
  disastrous, twenty say little of how much calls differ.

A domain whose calls differ far more than those of the others, such as the one agent in many who fails
altogether again and again, is covered less often than the rest.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import ndtri, stdtrit

from app.statistics.sample import FloatArray, IntArray

Bounds = tuple[float, float]

# Found by simulation: single agents' intervals then cover 94–98 % for all kinds of values tried (docs/validation.md).
BORROWED_DEGREES = 12
# A variance on the scale from 0 to 1 below this is nothing but rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Residuals:
    """Weighted moments of y − ŷ of all domains together; the kurtosis is 1 where there is no variance."""

    variance: float
    kurtosis: float


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """By domain the mean, its variance with the degrees of freedom (at least 1), and Σ(1 − π)w²/(Σw)².

    `others` is the number of evaluated selections of all other domains, `parts` each domain's part of the
    population of all.
    """

    mean: FloatArray
    variance: FloatArray
    degrees: IntArray
    unevenness: FloatArray
    others: IntArray
    parts: FloatArray
    residuals: Residuals


def student_interval(spread: Spread, confidence: float) -> tuple[FloatArray, FloatArray]:
    """mean ± t·√V."""
    half = np.sqrt(spread.variance) * t_multipliers(spread.degrees, confidence)
    return spread.mean - half, spread.mean + half


def bounded_interval(spread: Spread, bounds: Bounds, confidence: float) -> tuple[FloatArray, FloatArray]:
    """Wilson's interval within the bounds.

    Two selections are enough: the others then say nearly all of how much calls differ, and all of it where the
    values of a domain are alike and at a bound. Where the values of all domains are alike, or those of the only
    one, calls are taken to differ as much as bounded values can (φ = 1). A census has an interval without
    width.
    """
    lowest, highest = bounds
    width = highest - lowest
    shares = np.clip((spread.mean - lowest) / width, 0, 1)
    degrees = _own_degrees(spread)
    borrowed = np.minimum(spread.others, BORROWED_DEGREES)
    variances = _dispersion(spread, bounds, shares, degrees, borrowed) * spread.unevenness
    # Wilson's formula asks for z²/n and is given t²/n.
    stretch = (t_multipliers(degrees + borrowed, confidence) / _normal_quantile(confidence)) ** 2
    sizes = np.divide(1, variances * stretch, out=np.full(shares.size, inf), where=variances > 0)
    low, high = _wilson(shares, sizes, confidence)
    return lowest + width * low, lowest + width * high


def wilson_interval(share: float, effective_size: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion observed on `effective_size` independent units (above 0)."""
    low, high = _wilson(np.array([share]), np.array([effective_size]), confidence)
    return float(low[0]), float(high[0])


def t_multipliers(degrees: IntArray, confidence: float) -> FloatArray:
    """How many standard errors a two-sided Student interval reaches to either side, by degrees of freedom (≥ 1)."""
    return np.asarray(stdtrit(degrees, (1 + confidence) / 2))


def _wilson(shares: FloatArray, sizes: FloatArray, confidence: float) -> tuple[FloatArray, FloatArray]:
    z2 = _normal_quantile(confidence) ** 2
    centre = (shares + z2 / (2 * sizes)) / (1 + z2 / sizes)
    spread = np.sqrt(z2 * shares * (1 - shares) / sizes + (z2 / (2 * sizes)) ** 2)
    half = spread / (1 + z2 / sizes)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def _own_degrees(spread: Spread) -> IntArray:
    """How many degrees of freedom a domain's own variance is worth, rounded down, at least 1."""
    excess = spread.unevenness * (spread.residuals.kurtosis - 1)
    worth = np.divide(2, excess, out=np.full_like(excess, inf), where=excess > _ROUNDING)
    return np.maximum(np.minimum(worth, spread.degrees), 1).astype(np.int64)


def _dispersion(
    spread: Spread, bounds: Bounds, shares: FloatArray, degrees: IntArray, borrowed: IntArray
) -> FloatArray:
    """By domain the variance between calls as a part of the largest there could be, p(1 − p)."""
    scale = (bounds[1] - bounds[0]) ** 2
    if spread.residuals.variance < _ROUNDING * scale:
        return np.ones_like(shares)
    room = scale * shares * (1 - shares)
    common = spread.residuals.variance / float(spread.parts @ room)
    # A mean at a bound leaves no room to differ, and so says nothing of how much calls do.
    own = np.divide(
        spread.variance,
        room * spread.unevenness,
        out=np.full_like(shares, common),
        where=(room > _ROUNDING * scale) & (spread.unevenness > 0),
    )
    shrunk = (degrees * own + borrowed * common) / (degrees + borrowed)
    return np.where(shrunk > _ROUNDING, shrunk, common)


def _normal_quantile(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))
