"""Totals over all calls, and over any part of them: of a value, or of the calls themselves.

The expansion estimator Ŷ = Σwy with w = 1/π over the evaluated selections of a domain (Horvitz and Thompson
1952; Särndal, Swensson and Wretman 1992, §2.8 and, for domains, §10.3). Its variance is that of Σu with
u = wy, see `app.statistics.variance`.
"""

from dataclasses import replace

import numpy as np

from app.statistics.answers import answers_by_domain, only_where
from app.statistics.estimates import SurveyEstimate
from app.statistics.intervals import t_multipliers
from app.statistics.sample import FloatArray, IntArray, Sample, sums
from app.statistics.variance import domain_variances


def estimate_totals(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, SurveyEstimate]:
    """The sum of the values over every domain with an evaluated selection, by domain code.

    `domains` as for means. The interval of values that are never negative is one of the logarithm, which a
    total's skewness asks for, and no lower than what was seen of the total. Where the number of a domain's
    calls is known, its mean times that number is the more exact estimate.
    """
    answers = answers_by_domain(sample, domains)
    u = answers.weights * answers.values
    values = sums(answers.members, u)
    variances, degrees = domain_variances(u, answers.probabilities, answers.strata, answers.members, values.size)
    errors = np.sqrt(variances)
    reach = t_multipliers(np.maximum(np.minimum(degrees, answers.n - 1), 1), confidence)
    if np.any(answers.values < 0):
        lows, highs = values - reach * errors, values + reach * errors
    else:
        factors = _factors(values, errors, reach)
        lows, highs = np.maximum(values / factors, sums(answers.members, answers.values)), values * factors
    known = answers.telling & ((values != 0) | answers.certain)
    rows = zip(
        answers.codes.tolist(),
        values.tolist(),
        only_where(known, lows),
        only_where(known, highs),
        only_where(known, errors),
        answers.n.tolist(),
        answers.selected.tolist(),
        strict=True,
    )
    return {code: SurveyEstimate(*figures) for code, *figures in rows if code >= 0}


def estimate_sizes(sample: Sample, domains: IntArray, confidence: float = 0.95) -> dict[int, SurveyEstimate]:
    """The number of calls in every domain with an evaluated selection: the total of ones."""
    ones = np.where(np.isnan(sample.values), np.nan, 1.0)
    return estimate_totals(replace(sample, values=ones), domains, confidence)


def _factors(values: FloatArray, errors: FloatArray, reach: FloatArray) -> FloatArray:
    """exp(t·√ln(1 + cv²)): by which totals are divided and multiplied for their intervals' ends."""
    variation = np.divide(errors, values, out=np.zeros_like(values), where=values > 0)
    return np.asarray(np.exp(reach * np.sqrt(np.log1p(variation**2))))
