"""Weighted shares of errors, with intervals for clustered answers: the errors of a call are not independent.

The variance is linearised by call. Intervals are Wilson's with the effective sample size p(1 − p)/V (Korn and Graubard
1998) or, for shares of 0 and 1, with Kish's effective number of calls (ΣW)²/ΣW², where W is the weight of a call.
"""

from collections.abc import Iterator

import numpy as np

from app.statistics.estimates import Estimate
from app.statistics.intervals import wilson_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray, counts, factorize, sums


def weighted_share(hits: BoolArray, weights: FloatArray, calls: IntArray) -> Estimate:
    """The weighted proportion of hits, from 0 to 1, with its 95 % interval; clusters are the calls.

    hits, weights, calls: one entry for each answer, one or more; weights are above 0, calls are codes.
    """
    value, effective_size = share_with_size(hits, weights, calls)
    return Estimate(value, *wilson_interval(value, effective_size))


def share_with_size(hits: BoolArray, weights: FloatArray, calls: IntArray) -> tuple[float, float]:
    """The weighted proportion of hits, and the number of independent answers that would give the same variance."""
    value = float(weights[hits].sum() / weights.sum())
    _, call_index = factorize(calls)
    call_weights = sums(call_index, weights)
    deviations = sums(call_index, weights * (hits - value)) / weights.sum()
    return value, min(_effective_size(value, deviations, call_weights), hits.size)


def kish_size(weights: FloatArray) -> float:
    """Kish's effective sample size (ΣW)²/ΣW² of independent observations with these weights."""
    return float(weights.sum() ** 2 / np.square(weights).sum())


def join_small(codes: IntArray, least: int) -> IntArray:
    """The number, from 0, of each entry's group: neighbouring codes together, until a group has `least` entries.

    What is left at the end belongs to the last group.
    """
    distinct, index = factorize(codes)
    total = np.cumsum(counts(index, distinct.size))
    ends = total // least > (total - counts(index, distinct.size)) // least
    last = max(int(ends.sum()) - 1, 0)
    return np.asarray(np.minimum(np.cumsum(ends) - ends, last)[index], dtype=np.int64)


def groups(keys: IntArray, chosen: IntArray) -> Iterator[tuple[int, IntArray]]:
    """The chosen positions of each key, keys in ascending order."""
    order = chosen[np.argsort(keys[chosen], kind="stable")]
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=sorted_keys[:1] - 1))
    return zip(sorted_keys[starts].tolist(), np.split(order, starts[1:]), strict=True) if starts.size else iter(())


def _effective_size(value: float, deviations: FloatArray, call_weights: FloatArray) -> float:
    n_calls = deviations.size
    variance = float(np.square(deviations).sum()) * n_calls / max(n_calls - 1, 1)
    if n_calls > 1 and 0 < value < 1 and variance > 0:
        return value * (1 - value) / variance
    return kish_size(call_weights)
