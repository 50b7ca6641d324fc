"""Totals of errors by what they have in common, such as their item, ordered from the largest.

A Pareto chart of a sample shows estimates: the total of each cause is Σw over its errors, with w = 1/π, as in
`app.statistics.totals`. Variance and interval are those of `estimate_totals` with the number of the cause's errors in
each call as the value. Errors are few beside answers, so that only calls with errors are listed.

The vital few are the first causes that together have 80 % of the errors (Juran 1954; Juran's Quality Handbook, §5).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from app.statistics.estimates import Estimate
from app.statistics.intervals import log_interval, t_multiplier
from app.statistics.nonresponse import response_probabilities
from app.statistics.sample import FloatArray, IntArray, Sample, counts, factorize, sums
from app.statistics.strata import collapse_strata

VITAL_SHARE: Final = 0.8


@dataclass(frozen=True, slots=True)
class Cause:
    """The errors of one cause. `found`: in the sample. `total`: the estimated number among all calls.

    share, cumulative_share: of all errors; the second includes the larger causes. vital: one of the vital few.
    """

    key: int
    found: int
    total: Estimate
    share: float
    cumulative_share: float
    vital: bool


def pareto(sample: Sample, calls: IntArray, keys: IntArray, confidence: float = 0.95) -> tuple[Cause, ...]:
    """The causes of errors, the largest total first.

    sample: its values only tell respondents, where they are not NaN, from nonresponse.
    calls, keys: for each error the index of its call in the sample, and the code of its cause, 0 or more. Raises
    ValueError if they differ in length or a call did not respond.
    """
    if calls.size != keys.size or np.any(np.isnan(sample.values[calls])):
        raise ValueError("every error must have a cause, and an evaluated call")
    codes, index = factorize(keys)
    found = counts(index, codes.size)
    totals, low, high = _totals(sample, calls, index, found, confidence)
    order = np.lexsort((codes, -totals))
    shares = totals / totals.sum() if totals.size else totals
    cumulative = np.cumsum(shares[order])
    return tuple(
        Cause(
            key=int(codes[place]),
            found=int(found[place]),
            total=Estimate(float(totals[place]), low[place], high[place]),
            share=float(shares[place]),
            cumulative_share=min(float(cumulative[rank]), 1.0),
            vital=bool(cumulative[rank] - shares[place] < VITAL_SHARE - 1e-9),
        )
        for rank, place in enumerate(order.tolist())
    )


def total_errors(sample: Sample, calls: IntArray, confidence: float = 0.95) -> Estimate:
    """The estimated number of errors of all causes; without any error 0, without an interval."""
    all_causes = pareto(sample, calls, np.zeros_like(calls), confidence)
    return all_causes[0].total if all_causes else Estimate(0.0, None, None)


def _totals(
    sample: Sample, calls: IntArray, causes: IntArray, found: IntArray, confidence: float
) -> tuple[FloatArray, list[float | None], list[float | None]]:
    probabilities = response_probabilities(sample)
    totals = sums(causes, 1 / probabilities[calls], found.size)
    variances, df = _variances(sample, probabilities, calls, causes, found.size)
    responded = probabilities > 0
    n = int(responded.sum())
    known = n > 1 or (n > 0 and bool(np.all(probabilities[responded] == 1)))
    if not known:
        nothing: list[float | None] = [None] * found.size
        return totals, nothing, nothing
    multiplier = t_multiplier(np.full(found.size, max(min(df, n - 1), 1), dtype=np.int64), confidence)
    low, high = log_interval(totals, np.sqrt(variances), multiplier)
    return totals, np.maximum(low, found).tolist(), high.tolist()


def _variances(
    sample: Sample, probabilities: FloatArray, calls: IntArray, causes: IntArray, n_causes: int
) -> tuple[FloatArray, int]:
    """The variance of each cause's total, and the degrees of freedom (`app.statistics.variance`).

    Calls without an error of the cause have u = 0, so that only the strata with one contribute.
    """
    uncertain = np.flatnonzero((probabilities > 0) & (probabilities < 1))
    strata = np.full(probabilities.size, -1, dtype=np.int64)
    strata[uncertain] = collapse_strata(sample.strata[uncertain])
    n = counts(strata[uncertain])
    one_minus_pi = 1 - probabilities
    of_stratum = sums(strata[uncertain], one_minus_pi[uncertain], n.size)

    inside = strata[calls] >= 0
    pairs, errors = np.unique(calls[inside] * n_causes + causes[inside], return_counts=True)
    call, cause = pairs // n_causes, pairs % n_causes
    u = errors / probabilities[call]
    cells, cell = factorize(strata[call] * n_causes + cause)
    stratum = cells // n_causes
    squares = sums(cell, one_minus_pi[call] * u * u, cells.size)
    correction = sums(cell, one_minus_pi[call] * u, cells.size) ** 2 / of_stratum[stratum]
    factor = np.divide(n, n - 1, out=np.ones(n.size), where=n > 1)
    # Rounding can make the difference slightly negative.
    within = factor[stratum] * np.maximum(squares - correction, 0)
    return sums(cells % n_causes, within, n_causes), int((n - 1).sum())
