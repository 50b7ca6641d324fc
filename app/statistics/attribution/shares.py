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
    return weighted_shares(hits, weights, calls, np.zeros_like(calls))[0]


def weighted_shares(hits: BoolArray, weights: FloatArray, calls: IntArray, keys: IntArray) -> dict[int, Estimate]:
    """The weighted proportion of hits of each group of answers, by key; otherwise as `weighted_share`."""
    codes, values, sizes = shares_with_sizes(hits, weights, calls, keys)
    rows = zip(codes.tolist(), values.tolist(), sizes.tolist(), strict=True)
    return {code: Estimate(value, *wilson_interval(value, size)) for code, value, size in rows}


def shares_with_sizes(
    hits: BoolArray, weights: FloatArray, calls: IntArray, keys: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """The keys in ascending order; of each the weighted proportion of hits, and the number of independent answers that
    would give the same variance."""
    codes, index = factorize(keys)
    n = codes.size
    total = sums(index, weights, n)
    values = sums(index, weights * hits, n) / total
    clusters, cluster = factorize(calls * n + index)
    of_cluster = clusters % max(n, 1)
    n_calls = counts(of_cluster, n)
    squares = np.square(sums(cluster, weights * (hits - values[index])))
    variances = sums(of_cluster, squares, n) / total**2 * n_calls / np.maximum(n_calls - 1, 1)
    known = (n_calls > 1) & (values > 0) & (values < 1) & (variances > 0)
    kish_sizes = total**2 / sums(of_cluster, np.square(sums(cluster, weights)), n)
    sizes = np.where(known, values * (1 - values) / np.where(known, variances, 1), kish_sizes)
    return codes, values, np.minimum(sizes, counts(index, n))


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


def groups(keys: IntArray) -> Iterator[tuple[int, IntArray]]:
    """The positions of each key, keys in ascending order."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    starts = np.flatnonzero(np.diff(sorted_keys, prepend=sorted_keys[:1] - 1))
    return zip(sorted_keys[starts].tolist(), np.split(order, starts[1:]), strict=True) if starts.size else iter(())
