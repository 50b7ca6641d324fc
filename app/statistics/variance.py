"""The variance of a linear statistic, by domain.

Hájek's approximation for fixed-size sampling with unequal probabilities (Hájek 1964; Deville 1999), in
stratum h with n_h selections

    V_h = n_h/(n_h − 1) · Σ (1 − π)(u − A_h)²,   A_h = Σ(1 − π)u / Σ(1 − π),

where u is 0 outside the domain, so that a domain is one of the whole sample and never as if sampled alone.
Certain selections (π = 1) add no variance and do not count in n_h. Strata of several windows are independent
and add. With equal probabilities V_h is the textbook n_h(1 − f)s².

V_h is the variance given the n_h. Where these are not fixed but an expected number rounded up or down by chance
(an agent's day in a window's systematic pass, a supplementary frame, which may even stay unheard), that adds
Var(n_h) ≤ ¼ of a selection's share of how far the stratum's mean of u lies from 0: little to a mean, where the
u of the domain sum to 0, but up to an eighth to the variance of an agent's total (docs/validation.md).
"""

import numpy as np

from app.statistics.sample import FloatArray, IntArray, counts, factorize, sums
from app.statistics.strata import collapse_strata


def domain_variances(
    u: FloatArray, probabilities: FloatArray, strata: IntArray, members: IntArray, domains: int
) -> tuple[FloatArray, IntArray]:
    """For domains numbered from 0 the variance of Σu and its degrees of freedom.

    `members` says which domain an entry belongs to. Degrees of freedom: selections less strata, collapsed,
    where the domain occurs.

    Only the cells of a stratum and a domain that occur are visited: u is 0 in all others, so that
    Σ(1 − π)(u − A)² = Σ(1 − π)u² − (Σ(1 − π)u)² / Σ(1 − π), with the last sum over the whole stratum.
    """
    uncertain = probabilities < 1
    u, members = u[uncertain], members[uncertain]
    spare: FloatArray = 1 - probabilities[uncertain]
    strata = collapse_strata(strata[uncertain])
    n = counts(strata)
    cells, places = factorize(strata * domains + members)
    stratum, domain = cells // domains, cells % domains
    squares = sums(places, spare * u * u)
    centred = sums(places, spare * u) ** 2 / sums(strata, spare)[stratum]
    within = np.maximum(squares - centred, 0)
    factor: FloatArray = np.divide(n, n - 1, out=np.ones(n.size), where=n > 1)[stratum]
    degrees = sums(domain, (n - 1).astype(np.float64)[stratum], domains).astype(np.int64)
    return sums(domain, factor * within, domains), degrees
