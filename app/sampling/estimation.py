"""Estimates about all calls from a sample drawn with known inclusion probabilities.

Mean: Hájek's Σwy / Σw with w = 1/π over the evaluated selections. Variance: linearised, with Hájek's
fixed-size approximation (Hájek 1964; Deville 1999), in stratum h with n_h selections

    V_h = n_h/(n_h − 1) · Σ (1 − π)(u − A_h)²,   A_h = Σ(1 − π)u / Σ(1 − π),   u = w(y − ŷ)/Σw,

where u is 0 outside the domain, so that a domain is one of the whole sample and never as if sampled alone.
Certain selections (π = 1) add no variance and do not count in n_h. Strata with one selection are collapsed
with the next. Degrees of freedom: selections less collapsed strata where the domain occurs, at most the
domain's selections − 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan, sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from app.sampling.student_t import t_quantile
from app.sampling.types import Estimate

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Selections of one or more draws, as parallel arrays; raises ValueError where these do not fit.

    `values` is NaN for a selection that was never evaluated; `probabilities` are π, 0 < π ≤ 1. `strata` and
    `windows` are codes, a stratum belonging to one window. Strata with neighbouring codes are collapsed
    together, so number them by agent first and window second: an agent's own days are the likeliest to be
    alike.
    """

    values: FloatArray
    probabilities: FloatArray
    strata: IntArray
    windows: IntArray

    def __post_init__(self) -> None:
        sizes = {array.size for array in (self.values, self.probabilities, self.strata, self.windows)}
        if len(sizes) != 1:
            raise ValueError("the arrays of a sample have one entry for each selection")
        if not np.all((self.probabilities > 0) & (self.probabilities <= 1)):
            raise ValueError("inclusion probabilities lie above 0 and are at most 1")


def estimate_mean(sample: Sample, confidence: float = 0.95) -> Estimate | None:
    """The mean of all calls; None where nothing was evaluated."""
    return estimate_means(sample, np.zeros(sample.values.size, dtype=np.int64), confidence).get(0)


def estimate_means(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, Estimate]:
    """The mean of every domain with an evaluated selection, by domain code.

    `domains` has one code for each selection; a negative one belongs to no domain but still to the sample.
    """
    probabilities = response_probabilities(sample)
    evaluated = probabilities > 0
    answered = Sample(
        sample.values[evaluated],
        probabilities[evaluated],
        sample.strata[evaluated],
        sample.windows[evaluated],
    )
    codes = np.unique(domains[evaluated])
    members = _numbered(domains[evaluated])
    moments = _moments(answered, members, codes.size)
    variances, degrees = _variances(answered, members, moments)
    return {
        code: _estimate(moments, d, float(variances[d]), int(degrees[d]), confidence)
        for d, code in enumerate(codes.tolist())
        if code >= 0
    }


def response_probabilities(sample: Sample) -> FloatArray:
    """π times the share that answered: the probability of being drawn *and* evaluated; 0 for the others.

    Selections that were never evaluated hand their weight to those of their stratum that were, or, where a
    whole stratum is silent, to all that were evaluated in its window.
    """
    evaluated = ~np.isnan(sample.values)
    drawn = 1 / sample.probabilities
    strata, windows = _numbered(sample.strata), _numbered(sample.windows)
    answered = _sums(strata, np.where(evaluated, drawn, 0.0))
    factor = np.divide(_sums(strata, drawn), answered, out=np.zeros_like(answered), where=answered > 0)
    carried = np.where(evaluated, drawn * factor[strata], 0.0)
    silent = _sums(windows, np.where((answered == 0)[strata], drawn, 0.0))
    present = _sums(windows, carried)
    carried *= 1 + np.divide(silent, present, out=np.zeros_like(present), where=present > 0)[windows]
    return np.divide(1.0, carried, out=np.zeros_like(carried), where=evaluated)


def wilson_interval(share: float, effective_size: float, confidence: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion observed on `effective_size` independent units (above 0)."""
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (share + z2 / (2 * effective_size)) / (1 + z2 / effective_size)
    spread = sqrt(z2 * share * (1 - share) / effective_size + (z2 / (2 * effective_size)) ** 2)
    half = spread / (1 + z2 / effective_size)
    return max(0.0, centre - half), min(1.0, centre + half)


def collapse_strata(strata: IntArray) -> IntArray:
    """For every selection the number of its collapsed stratum, which holds two or more, if there are two."""
    if strata.size == 0:
        return strata
    _, positions, counts = np.unique(strata, return_inverse=True, return_counts=True)
    return _merge_neighbours(counts.tolist())[positions]


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Sums by domain."""

    n: IntArray
    population: FloatArray
    mean: FloatArray
    naive_mean: FloatArray
    # Σw(y − ŷ)² / Σw · n/(n − 1): the variance between calls, NaN where n is 1.
    variance: FloatArray


def _numbered(codes: IntArray) -> IntArray:
    """Codes as consecutive numbers from 0, in the same order."""
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


def _sums(groups: IntArray, values: FloatArray, size: int = 0) -> FloatArray:
    """The sum of the values of every group, for groups numbered from 0."""
    return np.bincount(groups, values, size).astype(np.float64)


def _counts(groups: IntArray, size: int = 0) -> IntArray:
    return np.bincount(groups, minlength=size).astype(np.int64)


def _merge_neighbours(counts: Sequence[int]) -> IntArray:
    merged = np.empty(len(counts), dtype=np.int64)
    group, held = 0, 0
    for position, count in enumerate(counts):
        merged[position] = group
        held += count
        if held >= 2:
            group, held = group + 1, 0
    if held:
        merged[merged == group] = max(group - 1, 0)
    return merged


def _moments(sample: Sample, members: IntArray, domains: int) -> _Moments:
    weights = 1 / sample.probabilities
    n = _counts(members, domains)
    population = _sums(members, weights, domains)
    mean = _sums(members, weights * sample.values, domains) / population
    squares = _sums(members, weights * (sample.values - mean[members]) ** 2, domains) / population
    return _Moments(
        n=n,
        population=population,
        mean=mean,
        naive_mean=_sums(members, sample.values, domains) / n,
        variance=np.divide(squares * n, n - 1, out=np.full(domains, nan), where=n > 1),
    )


def _variances(sample: Sample, members: IntArray, moments: _Moments) -> tuple[FloatArray, IntArray]:
    """By domain the variance of the mean and its degrees of freedom.

    Only the cells of a stratum and a domain that occur are visited: u is 0 in all others, so that
    Σ(1 − π)(u − A)² = Σ(1 − π)u² − (Σ(1 − π)u)² / Σ(1 − π), with the last sum over the whole stratum.
    """
    uncertain = sample.probabilities < 1
    members, probabilities = members[uncertain], sample.probabilities[uncertain]
    deviations = sample.values[uncertain] - moments.mean[members]
    u = deviations / (probabilities * moments.population[members])
    strata = collapse_strata(sample.strata[uncertain])
    n, domains = _counts(strata), moments.n.size
    cells, positions = np.unique(strata * domains + members, return_inverse=True)
    stratum, domain = cells // domains, cells % domains
    squares = _sums(positions, (1 - probabilities) * u**2)
    sums = _sums(positions, (1 - probabilities) * u)
    within = np.maximum(squares - sums**2 / _sums(strata, 1 - probabilities)[stratum], 0)
    factor = np.divide(n, n - 1, out=np.ones(n.size), where=n > 1)[stratum]
    degrees = _sums(domain, n[stratum] - 1.0, domains).astype(np.int64)
    return _sums(domain, factor * within, domains), np.minimum(degrees, moments.n - 1)


def _estimate(moments: _Moments, d: int, variance: float, degrees: int, confidence: float) -> Estimate:
    n, population, value = int(moments.n[d]), float(moments.population[d]), float(moments.mean[d])
    # One selection that was not certain tells nothing about how calls differ, whatever its own residual says.
    known = n > 1 or population <= 1
    error = sqrt(variance) if known else None
    half = None if error is None else error * t_quantile((1 + confidence) / 2, max(degrees, 1))
    simple = (1 - n / population) * float(moments.variance[d]) / n if n > 1 else 0.0
    return Estimate(
        value=value,
        low=None if half is None else value - half,
        high=None if half is None else value + half,
        standard_error=error,
        n=n,
        population=population,
        design_effect=variance / simple if simple > 0 else None,
        naive_mean=float(moments.naive_mean[d]),
    )
