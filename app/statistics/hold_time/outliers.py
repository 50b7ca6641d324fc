"""Units whose mean is above the usual spread of such units' means.

The means m of n units vary for two reasons: chance, with the known variance v of each mean, and lasting differences
between the units, with the variance τ² that is the same for all of them (a random-effects model; Spiegelhalter 2005,
"Funnel plots for comparing institutional performance", additive over-dispersion). A unit is unusual if its mean is too
far above the centre for both together.

* The centre and τ² are Huber's proposal 2 (Huber 1964) on the residuals z = (m − centre)/√(τ² + v): Σψ(z)/√(τ² + v) = 0
  and Σψ(z)² = (n − 1)·E[ψ(Z)²] for a standard normal Z, where ψ cuts at ±1. Even a fifth of unusual units hide neither
  themselves nor each other.
* The mean of few skewed values is skewed itself, and so are the differences between units, which are taken to be
  lognormal factors. z is turned into a normal score by Wilson and Hilferty's transformation of Pearson's type III
  distribution of the same skewness (Wilson and Hilferty 1931).
* The p value is that of Student's t with n − 1 degrees of freedom, because τ² is estimated from n units.
* Many units are looked at: those with p ≤ k·α/n are unusual, where k is the largest number of units for which this
  holds (Benjamini and Hochberg 1995). Of the units found, an expected share of at most α is found by chance.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import stdtr, stdtrit

from app.statistics.sample import FloatArray

CUT = 1.0
# E[ψ(Z)²] for a standard normal Z and the cut at 1.
_EXPECTED = 0.516059
# Variances below this share of the squared range of the means are rounding error.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Reference:
    """The usual mean of a unit, the variance τ² between units, and the number of units that both come from."""

    centre: float
    variance_between: float
    n: int

    @property
    def skewness_between(self) -> float:
        """That of a lognormal distribution with this centre and variance, to the first order."""
        return 3 * self.variance_between**0.5 / self.centre if self.centre > 0 else 0.0


def reference_of(means: FloatArray, variances: FloatArray) -> Reference:
    """The reference of these units.

    means: of each unit, one or more. variances: of each mean, by chance alone, in the squared unit of the means.
    """
    floor = _ROUNDING * float(np.ptp(means)) ** 2

    def centre(between: float) -> float:
        return _location(means, np.sqrt(np.maximum(between + variances, floor)))

    def surplus(between: float) -> float:
        scales = np.sqrt(np.maximum(between + variances, floor))
        residuals = (means - _location(means, scales)) / scales
        return float(np.square(_cut(residuals)).sum()) - (means.size - 1) * _EXPECTED

    if floor == 0 or surplus(0) <= 0:
        return Reference(centre(0) if floor else float(means[0]), 0.0, means.size)
    # With this variance every residual is so small that the squares sum to less than they should.
    most = float(np.ptp(means)) ** 2 * means.size / _EXPECTED
    between = float(brentq(surplus, 0, most, xtol=_ROUNDING * most, rtol=1e-10))
    return Reference(centre(between), between, means.size)


def upper_p_values(means: FloatArray, variances: FloatArray, skewness: FloatArray, reference: Reference) -> FloatArray:
    """For each unit the probability of such a high mean if it is a usual unit.

    skewness: of the mean of each unit by chance, 0 or more. The reference has two units or more.
    """
    scales, skew = _scales(variances, skewness, reference)
    z = np.divide(means - reference.centre, scales, out=np.zeros_like(means), where=scales > 0)
    return np.asarray(stdtr(reference.n - 1, -_normal_score(z, skew)))


def upper_limits(variances: FloatArray, skewness: FloatArray, reference: Reference, p_value: float) -> FloatArray:
    """For each unit the mean at which its p value would be this one."""
    scales, skew = _scales(variances, skewness, reference)
    score = -float(stdtrit(reference.n - 1, p_value))
    return np.asarray(reference.centre + scales * _from_normal_score(score, skew))


def false_discovery_threshold(p_values: FloatArray, rate: float) -> float:
    """The largest p value at which a unit is unusual; that of a single finding if there is none.

    rate: the expected share of the findings that may be findings by chance.
    """
    n = p_values.size
    if n == 0:
        return rate
    steps = rate * np.arange(1, n + 1) / n
    within = np.flatnonzero(np.sort(p_values) <= steps)
    return float(steps[within[-1] if within.size else 0])


def _location(means: FloatArray, scales: FloatArray) -> float:
    """Huber's estimate of location for values of these scales."""
    lowest, highest = float(means.min()), float(means.max())

    def pull(centre: float) -> float:
        return float((_cut((means - centre) / scales) / scales).sum())

    if lowest == highest:
        return lowest
    return float(brentq(pull, lowest, highest, rtol=1e-12))


def _cut(residuals: FloatArray) -> FloatArray:
    return np.clip(residuals, -CUT, CUT)


def _scales(variances: FloatArray, skewness: FloatArray, reference: Reference) -> tuple[FloatArray, FloatArray]:
    """The standard deviation of each unit's mean with both sources of variance, and its skewness."""
    total = reference.variance_between + variances
    chance = np.divide(variances, total, out=np.zeros_like(total), where=total > 0)
    lasting = reference.skewness_between * (1 - chance) ** 1.5
    return np.sqrt(total), skewness * chance**1.5 + lasting


def _normal_score(z: FloatArray, skewness: FloatArray) -> FloatArray:
    """The normal deviate with the same upper tail as z has in a standardised Pearson III distribution."""
    skew = np.maximum(skewness, 1e-6)
    root = np.cbrt(np.maximum(skew * z / 2 + 1, 0))
    return np.where(skewness < 1e-3, z, 6 / skew * (root - 1) + skew / 6)


def _from_normal_score(score: float, skewness: FloatArray) -> FloatArray:
    skew = np.maximum(skewness, 1e-6)
    root = (score - skew / 6) * skew / 6 + 1
    return np.where(skewness < 1e-3, score, (root**3 - 1) * 2 / skew)
