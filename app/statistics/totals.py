"""Totals of the population and of its domains: of a value, or of the calls themselves.

The expansion (Horvitz–Thompson) estimator Ŷ = Σwy with w = 1/π over the respondents of a domain (Horvitz and Thompson
1952; Särndal, Swensson and Wretman 1992, §2.8 and, for domains, §10.3). Its variance is that of Σu with u = wy
(`app.statistics.variance`).
"""

from dataclasses import replace

import numpy as np

from app.statistics.estimates import SurveyEstimate
from app.statistics.intervals import log_interval, student_interval, t_multiplier
from app.statistics.respondents import none_unless, respondents_by_domain
from app.statistics.sample import IntArray, Sample, sums
from app.statistics.variance import domain_variances


def estimate_totals(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, SurveyEstimate]:
    """The total of each domain with a respondent, by domain code, in the unit of the values.

    domains: one code for each selection; a negative code is no domain, but stays part of the sample. Raises ValueError
    if the length differs.
    confidence: between 0 and 1.

    If no value is negative, the interval is symmetrical on the logarithmic scale, because the estimator is skewed, and
    is never lower than the sum of the values seen. The interval is None if the variance is unknown: one respondent, or
    no value other than 0. If the number of calls of a domain is known, use `total_of_mean`.
    """
    respondents = respondents_by_domain(sample, domains)
    u = respondents.weights * respondents.values
    totals = sums(respondents.domains, u)
    cells = respondents.variance_cells
    stderrors = np.sqrt(domain_variances(u, cells))
    multiplier = t_multiplier(np.maximum(np.minimum(cells.df, respondents.n - 1), 1), confidence)
    if np.any(respondents.values < 0):
        low, high = student_interval(totals, stderrors, multiplier)
    else:
        low, high = log_interval(totals, stderrors, multiplier)
        low = np.maximum(low, sums(respondents.domains, respondents.values))
    known = respondents.has_variance & ((totals != 0) | respondents.is_census)
    rows = zip(
        respondents.codes.tolist(),
        totals.tolist(),
        none_unless(known, low),
        none_unless(known, high),
        none_unless(known, stderrors),
        respondents.n.tolist(),
        respondents.selected.tolist(),
        strict=True,
    )
    return {code: SurveyEstimate(*figures) for code, *figures in rows if code >= 0}


def total_of_mean(mean: SurveyEstimate, calls: float) -> SurveyEstimate:
    """The total of a domain with a known number of calls: that number times the mean, with the interval of the mean.

    More precise than `estimate_totals`, where the number of calls is estimated too (Särndal, Swensson and Wretman 1992,
    §7.3.2).
    """

    def times_calls(end: float | None) -> float | None:
        return None if end is None else calls * end

    return SurveyEstimate(
        calls * mean.value,
        times_calls(mean.low),
        times_calls(mean.high),
        times_calls(mean.stderror),
        mean.n,
        mean.selected,
    )


def estimate_sizes(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, SurveyEstimate]:
    """The number of calls in each domain with a respondent, by domain code: the total of ones."""
    ones = np.where(np.isnan(sample.values), np.nan, 1.0)
    return estimate_totals(replace(sample, values=ones), domains, confidence)
