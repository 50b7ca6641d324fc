"""Strata with a single selection, which cannot show how much their calls differ, are joined with neighbours.

Särndal, Swensson and Wretman (1992), §3.7.3: collapsing overstates the variance by what the strata joined
differ.
"""

import numpy as np

from app.statistics.sample import BoolArray, IntArray, counts, factorize


def collapse_strata(strata: IntArray) -> IntArray:
    """For every selection the number of its collapsed stratum, which holds two or more, if there are two.

    In the order of their codes a single selection joins the next stratum; a last one the stratum before.
    """
    if strata.size == 0:
        return strata
    _, places = factorize(strata)
    return _merged(counts(places) == 1)[places]


def _merged(single: BoolArray) -> IntArray:
    """The group of every stratum: singles in a row pair off, an odd one goes to the larger stratum that follows."""
    positions = np.arange(single.size)
    last_larger = np.maximum.accumulate(np.where(single, -1, positions))
    ends_group = ~single | ((positions - last_larger) % 2 == 0)
    groups: IntArray = np.cumsum(ends_group) - ends_group
    last = max(int(np.count_nonzero(ends_group)) - 1, 0)
    return np.clip(groups, 0, last)
