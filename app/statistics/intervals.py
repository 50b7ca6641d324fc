"""Confidence intervals: Student's for unbounded values, Wilson's for bounded ones.

Scores from 0 to 100 are skewed where they are good. A single agent has 20 or 30 evaluations, which often contain none
of the one call in fifty that failed completely. Plain t intervals then cover only 86 to 94 % (docs/validation.md). The
following works for scores and for proportions:

* Wilson's interval with the effective sample size p(1 − p)/V instead of n and with t instead of z (Wilson 1927; Korn
  and Graubard 1998; Dean and Pagano 2015), where p is the mean on the scale from 0 to 1. It is the set of means μ with
  |p − μ| ≤ t·√V(μ), where the variance V(μ) is proportional to μ(1 − μ). It is narrow near the bounds and never
  passes them.
* The dispersion of a domain, φ = V/(p(1 − p)Σ(1 − π)w²/(Σw)²), is about 1 for a proportion. Estimated from few calls it
  is imprecise. It is shrunk towards the common φ of all domains (a generalised variance function, Wolter 2007, ch. 7;
  weighted as by a scaled inverse χ² prior).
* Where values are skewed, φ and the mean are wrong together: if the rare bad calls were not drawn, the mean is near the
  bound and φ small; if too many were, the mean is far from it and φ large. The end of the interval towards the middle
  of the scale, which matters in the first case, is therefore from a φ that is shrunk a lot, as by `PRIOR_DF_INWARD`
  degrees of freedom, towards the common one times `INWARD_FACTOR`, because the domain may differ from all others; but
  not towards more than 1, the largest φ that bounded values can have and that of a proportion. The other end is from
  the domain's own φ, shrunk as by `PRIOR_DF_OUTWARD`. So the one agent in many who fails completely again and again is
  covered as well (docs/validation.md).
* The domain's own φ counts as 2V²/Var(V̂) degrees of freedom (Satterthwaite 1946). This is 2m/(K − 1) for
  m = (Σw)²/Σ(1 − π)w² values of kurtosis K, which is estimated from all domains together: if a few calls are disasters,
  twenty calls say little about the variance. t has these and `PRIOR_DF` degrees of freedom.
"""

from dataclasses import dataclass
from math import inf

import numpy as np
from scipy.special import ndtri, stdtrit

from app.statistics.sample import FloatArray, IntArray

Bounds = tuple[float, float]
Interval = tuple[FloatArray, FloatArray]

# Chosen by simulation of agents who differ, some of them unlike all others (docs/validation.md).
PRIOR_DF = 12
PRIOR_DF_INWARD, INWARD_FACTOR = 60, 1.25
PRIOR_DF_OUTWARD = 1
# A variance on the scale from 0 to 1 below this is rounding error.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Residuals:
    """Weighted moments of the residuals y − ŷ of all domains together; the kurtosis is 1 if the variance is 0."""

    variance: float
    kurtosis: float


@dataclass(frozen=True, slots=True, eq=False)
class DomainMeans:
    """The estimated mean of each domain, with what its interval needs; one entry for each domain.

    variance: of the estimated mean, in the squared unit of the values.
    df: degrees of freedom of `variance`, at least 1.
    variance_factor: Σ(1 − π)w²/(Σw)², by which the variance between calls becomes that of the mean. It is (1 − f)/n
        if the probabilities are equal.
    n_other: the number of respondents in all other domains.
    population_share: the domain's share of the population of all domains.
    residuals: of all domains together.
    """

    mean: FloatArray
    variance: FloatArray
    df: IntArray
    variance_factor: FloatArray
    n_other: IntArray
    population_share: FloatArray
    residuals: Residuals


def student_interval(estimates: FloatArray, stderrors: FloatArray, multiplier: FloatArray) -> Interval:
    """estimate ± t·stderror, for each estimate."""
    margin = stderrors * multiplier
    return estimates - margin, estimates + margin


def log_interval(estimates: FloatArray, stderrors: FloatArray, multiplier: FloatArray) -> Interval:
    """The estimate (≥ 0) divided and multiplied by exp(t·√ln(1 + cv²)): symmetrical on the logarithmic scale."""
    cv = np.divide(stderrors, estimates, out=np.zeros_like(estimates), where=estimates > 0)
    factor = np.exp(multiplier * np.sqrt(np.log1p(cv**2)))
    return np.asarray(estimates / factor), np.asarray(estimates * factor)


def bounded_interval(means: DomainMeans, bounds: Bounds, confidence: float) -> Interval:
    """Wilson's interval of each domain's mean of values between the bounds, in the unit of the values.

    Two respondents are enough: most of the variance is then estimated from the other domains, and all of it if
    the values of the domain are equal and at a bound. If the values of every domain are equal, or there is one domain
    with equal values, the variance is taken to be the largest that bounded values can have (φ = 1). The interval of a
    census has no width.
    """
    lowest, highest = bounds
    width = highest - lowest
    p = np.clip((means.mean - lowest) / width, 0, 1)
    own_df = _own_df(means)
    # Wilson's formula has z²/n where t²/n is wanted.
    t_over_z = t_multiplier(own_df + _prior_df(means, PRIOR_DF), confidence) / _z_multiplier(confidence)
    dispersion = _dispersion(means, bounds, p)
    inward, outward = (
        _wilson(p, _unit_sizes(dispersion.shrunk(own_df, _prior_df(means, df), factor), means, t_over_z), confidence)
        for df, factor in ((PRIOR_DF_INWARD, INWARD_FACTOR), (PRIOR_DF_OUTWARD, 1.0))
    )
    low = np.where(p > 0.5, inward[0], outward[0])
    high = np.where(p > 0.5, outward[1], inward[1])
    return lowest + width * low, lowest + width * high


def wilson_interval(proportion: float, effective_size: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval (Wilson 1927) of a proportion from 0 to 1.

    effective_size: the number of independent observations with the same variance, above 0; it need not be whole.
    """
    low, high = _wilson(np.array([proportion]), np.array([effective_size]), confidence)
    return float(low[0]), float(high[0])


def t_multiplier(df: IntArray, confidence: float) -> FloatArray:
    """The number of standard errors on either side of a two-sided Student interval, for each df ≥ 1."""
    return np.asarray(stdtrit(df, (1 + confidence) / 2))


def _z_multiplier(confidence: float) -> float:
    return float(ndtri((1 + confidence) / 2))


def _wilson(p: FloatArray, n: FloatArray, confidence: float) -> Interval:
    z2 = _z_multiplier(confidence) ** 2
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    margin = np.sqrt(z2 * p * (1 - p) / n + (z2 / (2 * n)) ** 2) / (1 + z2 / n)
    # Rounding must not take the interval from a proportion of 0 or 1.
    return np.clip(centre - margin, 0, p), np.clip(centre + margin, p, 1)


def _own_df(means: DomainMeans) -> IntArray:
    """Satterthwaite's degrees of freedom of each domain's own variance, rounded down, at least 1."""
    excess = means.variance_factor * (means.residuals.kurtosis - 1)
    satterthwaite = np.divide(2, excess, out=np.full_like(excess, inf), where=excess > _ROUNDING)
    return np.maximum(np.minimum(satterthwaite, means.df), 1).astype(np.int64)


def _prior_df(means: DomainMeans, most: int) -> IntArray:
    """The degrees of freedom of the common dispersion: not more than there are calls in the other domains."""
    return np.minimum(means.n_other, most)


def _unit_sizes(dispersion: FloatArray, means: DomainMeans, t_over_z: FloatArray) -> FloatArray:
    """The effective sample sizes by which Wilson's interval has the dispersion and Student's quantile."""
    variances = dispersion * means.variance_factor * t_over_z**2
    return np.asarray(np.divide(1, variances, out=np.full(variances.size, inf), where=variances > 0))


@dataclass(frozen=True, slots=True, eq=False)
class _Dispersion:
    """The variance between the calls divided by the largest possible one, p(1 − p): of each domain, and of all."""

    own: FloatArray
    common: float

    def shrunk(self, own_df: IntArray, prior_df: IntArray, factor: float) -> FloatArray:
        """The own dispersion, shrunk towards the common one times the factor, but not towards more than 1."""
        target = max(self.common, min(factor * self.common, 1.0))
        shrunk = (own_df * self.own + prior_df * target) / (own_df + prior_df)
        return np.asarray(np.where(shrunk > _ROUNDING, shrunk, self.common))


def _dispersion(means: DomainMeans, bounds: Bounds, p: FloatArray) -> _Dispersion:
    scale = (bounds[1] - bounds[0]) ** 2
    if means.residuals.variance < _ROUNDING * scale:
        return _Dispersion(np.ones_like(p), 1.0)
    largest = scale * p * (1 - p)
    common = means.residuals.variance / float(means.population_share @ largest)
    # If the mean is at a bound, no variance is possible, and the domain says nothing about φ.
    own = np.divide(
        means.variance,
        largest * means.variance_factor,
        out=np.full_like(p, common),
        where=(largest > _ROUNDING * scale) & (means.variance_factor > 0),
    )
    return _Dispersion(own, common)
