"""Means and proportions of all calls, and of any part of them.

Mean: Hájek's ŷ = Σwy / Σw with w = 1/π over the evaluated selections of a domain (Hájek 1971; Särndal,
Swensson and Wretman 1992, §5.7). Its variance is that of Σu with u = w(y − ŷ)/Σw, see
`app.statistics.variance`; degrees of freedom at most the domain's selections − 1.
"""

from dataclasses import dataclass

import numpy as np

from app.statistics.answers import Answers, answers_by_domain, only_where
from app.statistics.estimates import MeanEstimate
from app.statistics.intervals import Bounds, Residuals, Spread, bounded_interval, student_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray, Sample, sums
from app.statistics.variance import domain_variances


def estimate_mean(sample: Sample, confidence: float = 0.95, bounds: Bounds | None = None) -> MeanEstimate | None:
    """The mean of all calls; None where nothing was evaluated."""
    return estimate_means(sample, np.zeros(sample.values.size, dtype=np.int64), confidence, bounds).get(0)


def estimate_proportions(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, MeanEstimate]:
    """The share of calls whose value is 1 rather than 0, by domain; ValueError for any other value."""
    values = sample.values[~np.isnan(sample.values)]
    if not np.all((values == 0) | (values == 1)):
        raise ValueError("a proportion is one of values that are 0 or 1")
    return estimate_means(sample, domains, confidence, bounds=(0, 1))


def estimate_means(
    sample: Sample, domains: IntArray, confidence: float = 0.95, bounds: Bounds | None = None
) -> dict[int, MeanEstimate]:
    """The mean of every domain with an evaluated selection, by domain code.

    `domains` has one code for each selection; a negative one belongs to no domain but still to the sample.
    With `bounds`, the least and the greatest value there can be, intervals are Wilson's and hold for small
    domains (`app.statistics.intervals`); without, they are Student's. ValueError for values
    outside the bounds.
    """
    answers = answers_by_domain(sample, domains)
    named = answers.codes >= 0
    if not named.any():
        return {}
    _require_within(bounds, answers.values)
    moments = _moments(answers)
    spread = _spread(answers, moments, named)
    interval = student_interval(spread, confidence) if bounds is None else bounded_interval(spread, bounds, confidence)
    return _estimates(answers, moments, spread, interval)


@dataclass(frozen=True, slots=True, eq=False)
class _Moments:
    """Sums by domain; `squares` are Σw(y − ŷ)²/Σw."""

    mean: FloatArray
    naive_mean: FloatArray
    squares: FloatArray


def _require_within(bounds: Bounds | None, values: FloatArray) -> None:
    if bounds is not None and not np.all((values >= bounds[0]) & (values <= bounds[1])):
        raise ValueError(f"a value lies outside the bounds {bounds}")


def _moments(answers: Answers) -> _Moments:
    weights, members = answers.weights, answers.members
    mean = sums(members, weights * answers.values) / answers.populations
    return _Moments(
        mean=mean,
        naive_mean=sums(members, answers.values) / answers.n,
        squares=sums(members, weights * (answers.values - mean[members]) ** 2) / answers.populations,
    )


def _spread(answers: Answers, moments: _Moments, named: BoolArray) -> Spread:
    members, population = answers.members, answers.populations
    shares = answers.weights / population[members]
    u = shares * (answers.values - moments.mean[members])
    variance, degrees = domain_variances(u, answers.probabilities, answers.strata, members, named.size)
    return Spread(
        mean=moments.mean,
        variance=variance,
        degrees=np.maximum(np.minimum(degrees, answers.n - 1), 1),
        unevenness=sums(members, (1 - answers.probabilities) * shares**2),
        others=answers.n[named].sum() - np.where(named, answers.n, 0),
        parts=np.where(named, population, 0) / population[named].sum(),
        residuals=_residuals(answers, moments, named),
    )


def _residuals(answers: Answers, moments: _Moments, named: BoolArray) -> Residuals:
    weights = np.where(named[answers.members], answers.weights, 0)
    squares = (answers.values - moments.mean[answers.members]) ** 2
    variance = float((weights * squares).sum() / weights.sum())
    fourth = float((weights * squares**2).sum() / weights.sum())
    return Residuals(variance, kurtosis=fourth / variance**2 if variance**2 > 0 else 1.0)


def _estimates(
    answers: Answers, moments: _Moments, spread: Spread, interval: tuple[FloatArray, FloatArray]
) -> dict[int, MeanEstimate]:
    error, low, high = (only_where(answers.telling, figures) for figures in (np.sqrt(spread.variance), *interval))
    effect = _design_effects(answers, moments, spread.variance)
    columns = (moments.mean, answers.populations, moments.naive_mean, answers.n, answers.selected)
    rows = zip(answers.codes.tolist(), low, high, error, effect, *(column.tolist() for column in columns), strict=True)
    return {
        code: MeanEstimate(
            value=mean,
            low=low,
            high=high,
            stderror=error,
            n=n,
            selected=selected,
            population=population,
            design_effect=effect,
            naive_mean=naive_mean,
        )
        for code, low, high, error, effect, mean, population, naive_mean, n, selected in rows
        if code >= 0
    }


def _design_effects(answers: Answers, moments: _Moments, variance: FloatArray) -> list[float | None]:
    """Variance over that of a simple random sample of as many calls; None where values do not differ."""
    n, population = answers.n, answers.populations
    simple = (1 - n / population) * moments.squares / np.maximum(n - 1, 1)
    meaningful = (n > 1) & (simple > 0)
    return only_where(meaningful, np.divide(variance, simple, out=np.zeros_like(simple), where=meaningful))
