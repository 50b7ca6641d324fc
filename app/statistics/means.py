"""Means and proportions of the population and of its domains.

Hájek's estimator ŷ = Σwy / Σw over the respondents of a domain (Hájek 1971; Särndal, Swensson and Wretman 1992, §5.7),
with w = 1/π adjusted for nonresponse and known numbers of calls (`app.statistics.nonresponse`). Its variance is that of
Σu with the linearised variable u = w(y − ŷ)/Σw (`app.statistics.variance`). The degrees of freedom are at most the
domain's respondents minus 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from app.statistics.estimates import MeanEstimate
from app.statistics.intervals import (
    Bounds,
    DomainMeans,
    Interval,
    Residuals,
    bounded_interval,
    student_interval,
    t_multiplier,
)
from app.statistics.respondents import RespondentData, none_unless, respondents_by_domain
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, sums
from app.statistics.variance import domain_variances


def estimate_mean(sample: Sample, confidence: float = 0.95, bounds: Bounds | None = None) -> MeanEstimate | None:
    """The mean of the population, as `estimate_means` computes it; None if the sample has no respondent."""
    return estimate_means(sample, np.zeros(sample.values.size, dtype=np.int64), confidence, bounds).get(0)


def estimate_proportions(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, MeanEstimate]:
    """The proportion, from 0 to 1, of calls with value 1, by domain code.

    domains: as for `estimate_means`. Raises ValueError if a value is neither 0 nor 1.
    """
    values = sample.values[~np.isnan(sample.values)]
    if not np.all((values == 0) | (values == 1)):
        raise ValueError("the values of a proportion must be 0 or 1")
    return estimate_means(sample, domains, confidence, bounds=(0, 1))


def estimate_means(
    sample: Sample, domains: IntArray, confidence: float = 0.95, bounds: Bounds | None = None
) -> dict[int, MeanEstimate]:
    """The mean of each domain with a respondent, by domain code, in the unit of the values.

    domains: one code for each selection; a negative code is no domain, but stays part of the sample.
    confidence: between 0 and 1.
    bounds: the least and the greatest possible value. If they are given, intervals are Wilson's and hold for small
        domains; otherwise they are Student's (`app.statistics.intervals`).

    The interval of a domain with one respondent is None unless that is a census. Raises ValueError if a value is out of
    bounds or the length of `domains` differs.
    """
    return _means(respondents_by_domain(sample, domains), confidence, bounds)


def estimate_means_of(
    variables: Sequence[FloatArray],
    sample: Sample,
    domains: IntArray,
    confidence: float = 0.95,
    bounds: Bounds | None = None,
) -> list[dict[int, MeanEstimate]]:
    """The means of several variables of the same sample, each as `estimate_means` computes it, in less time.

    variables: one value for each selection. Those of nonresponse, where the values of the sample are NaN, are ignored.
    """
    respondents = respondents_by_domain(sample, domains)
    responded = ~np.isnan(sample.values)
    return [_means(replace(respondents, values=values[responded]), confidence, bounds) for values in variables]


def _means(respondents: RespondentData, confidence: float, bounds: Bounds | None) -> dict[int, MeanEstimate]:
    named = respondents.codes >= 0
    if not named.any():
        return {}
    _require_within(bounds, respondents.values)
    moments = _moments(respondents, bounds or (-inf, inf))
    means = _domain_means(respondents, moments, named)
    return _estimates(respondents, moments, means, _interval(means, bounds, confidence))


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """The moments of each domain. `variance` is the variance between its calls, Σw(y − ŷ)²/Σw."""

    mean: FloatArray
    naive_mean: FloatArray
    variance: FloatArray


def _require_within(bounds: Bounds | None, values: FloatArray) -> None:
    if bounds is not None and not np.all((values >= bounds[0]) & (values <= bounds[1])):
        raise ValueError(f"values must be within the bounds {bounds}")


def _interval(means: DomainMeans, bounds: Bounds | None, confidence: float) -> Interval:
    if bounds is None:
        return student_interval(means.mean, np.sqrt(means.variance), t_multiplier(means.df, confidence))
    return bounded_interval(means, bounds, confidence)


def _moments(respondents: RespondentData, bounds: Bounds) -> _Moments:
    weights, domains, sizes = respondents.weights, respondents.domains, respondents.population_sizes
    # Rounding can put the mean of values at a bound slightly beyond it.
    mean = np.clip(sums(domains, weights * respondents.values) / sizes, *bounds)
    return _Moments(
        mean=mean,
        naive_mean=sums(domains, respondents.values) / respondents.n,
        variance=sums(domains, weights * (respondents.values - mean[domains]) ** 2) / sizes,
    )


def _domain_means(respondents: RespondentData, moments: _Moments, named: BoolArray) -> DomainMeans:
    domains, sizes = respondents.domains, respondents.population_sizes
    normed_weights = respondents.weights / sizes[domains]
    u = normed_weights * (respondents.values - moments.mean[domains])
    cells = respondents.variance_cells
    return DomainMeans(
        mean=moments.mean,
        variance=domain_variances(u, cells),
        df=np.maximum(np.minimum(cells.df, respondents.n - 1), 1),
        variance_factor=sums(domains, (1 - respondents.probabilities) * normed_weights**2),
        n_other=respondents.n[named].sum() - np.where(named, respondents.n, 0),
        population_share=np.where(named, sizes, 0) / sizes[named].sum(),
        residuals=_residuals(respondents, moments, named),
    )


def _residuals(respondents: RespondentData, moments: _Moments, named: BoolArray) -> Residuals:
    weights = np.where(named[respondents.domains], respondents.weights, 0)
    squares = (respondents.values - moments.mean[respondents.domains]) ** 2
    variance = float((weights * squares).sum() / weights.sum())
    fourth_moment = float((weights * squares**2).sum() / weights.sum())
    return Residuals(variance, kurtosis=fourth_moment / variance**2 if variance**2 > 0 else 1.0)


def _estimates(
    respondents: RespondentData, moments: _Moments, means: DomainMeans, interval: Interval
) -> dict[int, MeanEstimate]:
    stderror, low, high = (
        none_unless(respondents.has_variance, figures) for figures in (np.sqrt(means.variance), *interval)
    )
    effect = _design_effects(respondents, moments, means.variance)
    columns = (
        means.mean,
        respondents.population_sizes,
        moments.naive_mean,
        respondents.n,
        respondents.selected,
    )
    rows = zip(
        respondents.codes.tolist(), low, high, stderror, effect, *(column.tolist() for column in columns), strict=True
    )
    return {
        code: MeanEstimate(
            value=mean,
            low=low,
            high=high,
            stderror=stderror,
            n=n,
            selected=selected,
            population=population,
            design_effect=effect,
            naive_mean=naive_mean,
        )
        for code, low, high, stderror, effect, mean, population, naive_mean, n, selected in rows
        if code >= 0
    }


def _design_effects(respondents: RespondentData, moments: _Moments, variance: FloatArray) -> list[float | None]:
    """The variance divided by that of a simple random sample of the same size; None if the values do not differ."""
    n, sizes = respondents.n, respondents.population_sizes
    simple = (1 - n / sizes) * moments.variance / np.maximum(n - 1, 1)
    is_defined = (n > 1) & (simple > 0)
    return none_unless(is_defined, np.divide(variance, simple, out=np.zeros_like(simple), where=is_defined))
