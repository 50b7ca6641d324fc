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

import numpy as np

from app.statistics.sample import FloatArray, IntArray, counts, factorize, sums
from app.statistics.strata import collapse_strata


def domain_variances(
    u: FloatArray, probabilities: FloatArray, strata: IntArray, domains: IntArray, n_domains: int
) -> tuple[FloatArray, IntArray]:
    """The variance of Σu, in the squared unit of u, and its degrees of freedom, for each of `n_domains` domains.

    u, probabilities, strata, domains: one entry for each respondent; domains are numbered from 0, strata are codes.
    Degrees of freedom: selections minus collapsed strata, over the strata in which the domain occurs.

    Only the cells of stratum and domain that occur are computed. In all others u is 0, so that
    Σ(1 − π)(u − A)² = Σ(1 − π)u² − (Σ(1 − π)u)² / Σ(1 − π), with the last sum over the whole stratum.
    """
    uncertain = probabilities < 1
    u, domains = u[uncertain], domains[uncertain]
    one_minus_pi: FloatArray = 1 - probabilities[uncertain]
    strata = collapse_strata(strata[uncertain])
    n = counts(strata)
    cells, cell_index = factorize(strata * n_domains + domains)
    stratum, domain = cells // n_domains, cells % n_domains
    squares = sums(cell_index, one_minus_pi * u * u)
    correction = sums(cell_index, one_minus_pi * u) ** 2 / sums(strata, one_minus_pi)[stratum]
    # Rounding can make the difference slightly negative.
    within = np.maximum(squares - correction, 0)
    factor: FloatArray = np.divide(n, n - 1, out=np.ones(n.size), where=n > 1)[stratum]
    df = sums(domain, (n - 1).astype(np.float64)[stratum], n_domains).astype(np.int64)
    return sums(domain, factor * within, n_domains), df
