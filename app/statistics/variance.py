"""The variance of a linear statistic Σu in every domain.

Hájek's approximation for fixed-size sampling with unequal probabilities (Hájek 1964; Deville 1999). In stratum h with
n_h selections

    V_h = n_h/(n_h − 1) · Σ (1 − π)(u − A_h)²,   A_h = Σ(1 − π)u / Σ(1 − π),

where u is 0 outside the domain: a domain is estimated from the whole sample, not as if it had been sampled alone.
Certain selections (π = 1) add no variance and do not count in n_h. Strata, and so windows, are independent: their
variances add. With equal probabilities V_h is the textbook n_h(1 − f)s² with the finite population correction 1 − f.

V_h is the variance given n_h. In some strata n_h is not fixed, but an expected number rounded up or down at random: an
agent's day in the systematic pass of a window, or a supplementary frame, which may even get no selection. This adds
Var(n_h) ≤ ¼ of what one selection contributes through the distance of the stratum's mean of u from 0. For a mean this
is little, because the u of the domain sum to 0. For the total of one agent it is up to an eighth of the variance
(docs/validation.md).
"""

from dataclasses import dataclass

import numpy as np

from app.statistics.sample import BoolArray, FloatArray, IntArray, counts, factorize, sums
from app.statistics.strata import collapse_strata


@dataclass(frozen=True, slots=True, eq=False)
class VarianceCells:
    """The cells of collapsed stratum and domain in which respondents with π < 1 are: the same for all variables.

    uncertain: whether π < 1, for each respondent. one_minus_pi, cells: 1 − π and the index of the cell, for each of
        those.
    domains: the domain of each cell. factors, divisors: n/(n − 1) and Σ(1 − π) of the whole stratum of each cell.
    df: the degrees of freedom of each domain: selections minus collapsed strata, over the strata in which it occurs.
    """

    uncertain: BoolArray
    one_minus_pi: FloatArray
    cells: IntArray
    domains: IntArray
    factors: FloatArray
    divisors: FloatArray
    df: IntArray


def variance_cells(probabilities: FloatArray, strata: IntArray, domains: IntArray, n_domains: int) -> VarianceCells:
    """The cells of these respondents.

    probabilities, strata, domains: one entry for each respondent; domains are numbered from 0, strata are codes.
    """
    uncertain = probabilities < 1
    one_minus_pi: FloatArray = 1 - probabilities[uncertain]
    strata = collapse_strata(strata[uncertain])
    n = counts(strata)
    cells, cell_index = factorize(strata * n_domains + domains[uncertain])
    stratum, domain = cells // n_domains, cells % n_domains
    factor: FloatArray = np.divide(n, n - 1, out=np.ones(n.size), where=n > 1)
    return VarianceCells(
        uncertain=uncertain,
        one_minus_pi=one_minus_pi,
        cells=cell_index,
        domains=domain,
        factors=factor[stratum],
        divisors=sums(strata, one_minus_pi)[stratum],
        df=sums(domain, (n - 1).astype(np.float64)[stratum], n_domains).astype(np.int64),
    )


def domain_variances(u: FloatArray, cells: VarianceCells) -> FloatArray:
    """The variance of Σu in each domain, in the squared unit of u, which has one entry for each respondent.

    Only the cells of stratum and domain that occur are computed. In all others u is 0, so that
    Σ(1 − π)(u − A)² = Σ(1 − π)u² − (Σ(1 − π)u)² / Σ(1 − π), with the last sum over the whole stratum.
    """
    u = u[cells.uncertain]
    weighted = cells.one_minus_pi * u
    squares = sums(cells.cells, weighted * u)
    # Rounding can make the difference slightly negative.
    within = np.maximum(squares - sums(cells.cells, weighted) ** 2 / cells.divisors, 0)
    return sums(cells.domains, cells.factors * within, cells.df.size)
