"""Calls in the frames of several draws: each is counted once.

A call that draws d could select with the probabilities π_d gets, in draw d, the share π_d / Σπ. Its possible selections
then sum to one call, so that the estimators stay unbiased whatever the draws have selected: a selection stands for
share/π_d = 1/Σπ calls. This is the single-frame estimator of multiple-frame surveys (Bankier 1986; Kalton and Anderson
1986; Lohr 2009, §2.3), in the form that counts a call as often as it was selected. Draws are independent of each other,
so that their variances add, and a draw with a high rate counts for more than one with a low rate.
"""

import numpy as np

from app.statistics.sample import FloatArray, IntArray, factorize, sums

_ROUNDING = 1e-12


def class_probabilities(sizes: FloatArray, calls: IntArray, strata: IntArray, expected: FloatArray) -> FloatArray:
    """The inclusion probability of the calls of each size class: in proportion to size within a stratum, at most 1.

    sizes: of one call of each class, above 0. calls: the number of calls of each class.
    strata: the stratum of each class, numbered from 0. expected: the expected number of selections of each stratum.
    """
    certain = np.zeros(sizes.size, dtype=np.bool_)
    while True:
        rest = expected - sums(strata, np.where(certain, calls, 0.0), expected.size)
        weights = sums(strata, np.where(certain, 0.0, sizes * calls), expected.size)
        factors = np.divide(rest, weights, out=np.zeros_like(rest), where=weights > 0)
        probabilities = np.where(certain, 1.0, sizes * factors[strata])
        above = ~certain & (probabilities > 1 - _ROUNDING)
        if not above.any():
            return probabilities
        certain |= above


def multiplicity_shares(probabilities: FloatArray, calls: IntArray) -> FloatArray:
    """The share of its call that each possible selection gets.

    probabilities: the inclusion probability of each possible selection, above 0. calls: the codes of their calls.
    """
    _, index = factorize(calls)
    return np.asarray(probabilities / sums(index, probabilities)[index])
