"""Collapsed strata: a stratum with one selection shows no variance within and is joined with a neighbour.

Source: Särndal, Swensson and Wretman (1992), §3.7.3. Collapsing overestimates the variance by the differences between
the means of the strata that are joined.
"""

import numpy as np

from app.statistics.sample import BoolArray, IntArray, counts, factorize


def collapse_strata(strata: IntArray) -> IntArray:
    """For each selection the number, from 0, of its collapsed stratum.

    strata: codes, one for each selection. Each collapsed stratum has two or more selections if the sample has two.
    In the order of the codes, a stratum with one selection joins the next stratum; the last one joins the one before.
    """
    if strata.size == 0:
        return strata
    _, index = factorize(strata)
    return _merged(counts(index) == 1)[index]


def _merged(single: BoolArray) -> IntArray:
    """The group of each stratum. Consecutive singles form pairs; an odd one joins the larger stratum after it."""
    positions = np.arange(single.size)
    last_larger = np.maximum.accumulate(np.where(single, -1, positions))
    ends_group = ~single | ((positions - last_larger) % 2 == 0)
    groups: IntArray = np.cumsum(ends_group) - ends_group
    last = max(int(np.count_nonzero(ends_group)) - 1, 0)
    return np.clip(groups, 0, last)
