"""The share of the process in the errors of each item, reason, team or week, in agreement with the rectified share.

The model's mean P(process) of a group is corrected by the mean residual of the group's checked errors, shrunken as in
small area estimation (Fay and Herriot 1979): the fewer checks, the more the model counts. How far the model may be off
from group to group, τ, follows from the checked errors, by moments; with one standard error more, because few checks
show little of it. At last all shares are shifted on the logit scale so that their weighted mean is the rectified share.

The variance of a group adds up the uncertainty of the causes given P(process), the draw of the calls (clusters are
calls), what remains of τ after the group's own checks, and the error of the rectified share as far as the shift
passes it on. The interval is Wilson's with the effective number share·(1 − share)/V and t instead of z.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from app.statistics.attribution.rectified import ChanceChecked, Predicted, RectifiedShare
from app.statistics.estimates import Estimate
from app.statistics.intervals import wilson_interval
from app.statistics.sample import FloatArray, IntArray, counts, factorize, sums

_Z = 1.959964
# Shares are kept this far from 0 and 1 on the logit scale, on which they are shifted.
_EDGE = 1e-6
_LARGEST_SHIFT = 40.0


def group_shares(
    errors: Predicted, checked: ChanceChecked, share: RectifiedShare, keys: IntArray
) -> dict[int, Estimate]:
    """The share of each group of errors, by key, with its 95 % interval. keys: a code for each error."""
    codes, index = factorize(keys)
    n = codes.size
    weights = sums(index, errors.weights, n)
    model = sums(index, errors.weights * errors.probabilities, n) / weights
    correction, left_over, checked_sizes = _corrections(errors, checked, index, n)
    corrected = logit(np.clip(model + correction, _EDGE, 1 - _EDGE))
    values = expit(corrected + _shift(corrected, weights, share.estimate.value))
    variance = (
        _cause_variance(errors, index, n) / weights**2
        + _call_variance(errors, index, model) / weights**2
        + left_over
        + _passed_on(values, weights) ** 2 * (share.check_variance + share.sample_variance)
    )
    return {
        code: Estimate(value, *_interval(value, one, n_checked, share.multiplier))
        for code, value, one, n_checked in zip(
            codes.tolist(), values.tolist(), variance.tolist(), checked_sizes.tolist(), strict=True
        )
    }


def _interval(share: float, variance: float, n_checked: float, multiplier: float) -> tuple[float, float]:
    """At 0 and 1, where the model sees no variance, only the group's own checks count."""
    largest = share * (1 - share)
    size = largest / variance if largest > _EDGE and variance > 0 else max(n_checked, 1.0)
    return wilson_interval(share, size * (_Z / multiplier) ** 2)


def _corrections(
    errors: Predicted, checked: ChanceChecked, index: IntArray, n: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """What to add to the model's share of each group, the variance that remains, and the effective number of checks."""
    groups = index[checked.errors]
    weights = errors.weights[checked.errors] / checked.probabilities
    predicted = errors.probabilities[checked.errors]
    residuals = checked.process - predicted * checked.real
    # The mean of all groups is the rectified share's business.
    residuals -= np.average(residuals, weights=weights)
    noise = float(np.average(residuals**2, weights=weights))
    total = sums(groups, weights, n)
    checked_size = np.divide(total**2, sums(groups, weights**2, n), out=np.zeros(n), where=total > 0)
    own = np.divide(sums(groups, weights * residuals, n), total, out=np.zeros(n), where=total > 0)
    tau2 = _between_groups(residuals, groups, n)
    shrinkage = checked_size * tau2 / (checked_size * tau2 + noise) if noise > 0 else np.zeros(n)
    return shrinkage * own, tau2 * (1 - shrinkage), checked_size


def _between_groups(residuals: FloatArray, groups: IntArray, n: int) -> float:
    """τ², by the products of the residuals of two errors of a group, with one standard error more."""
    sizes = sums(groups, np.ones(groups.size), n)
    n_pairs = float((sizes * (sizes - 1)).sum())
    if n_pairs == 0:
        return float(np.square(residuals).mean())
    squares = residuals**2
    products = sums(groups, residuals, n) ** 2 - sums(groups, squares, n)
    stderror = float(squares.mean()) * np.sqrt(2 / n_pairs)
    return float(max(products.sum() / n_pairs, 0.0) + stderror)


def _shift(logits: FloatArray, weights: FloatArray, share: float) -> float:
    """What to add to the logits so that the weighted mean of the shares is `share`."""

    def excess(shift: float) -> float:
        return float(np.average(expit(logits + shift), weights=weights)) - share

    if excess(-_LARGEST_SHIFT) >= 0:
        return -_LARGEST_SHIFT
    if excess(_LARGEST_SHIFT) <= 0:
        return _LARGEST_SHIFT
    return float(brentq(excess, -_LARGEST_SHIFT, _LARGEST_SHIFT, xtol=1e-12))


def _passed_on(values: FloatArray, weights: FloatArray) -> FloatArray:
    """By how much the share of a group moves when the rectified share moves by 1."""
    slopes = values * (1 - values)
    mean = float(np.average(slopes, weights=weights))
    return slopes / mean if mean > 0 else np.ones_like(values)


def _cause_variance(errors: Predicted, index: IntArray, n: int) -> FloatArray:
    spread = errors.probabilities * (1 - errors.probabilities)
    return sums(index, errors.weights**2 * spread, n)


def _call_variance(errors: Predicted, index: IntArray, model: FloatArray) -> FloatArray:
    """The variance of the sum of w·P over the errors of a group, from the draw of the calls."""
    n = model.size
    cells, cell_index = factorize(errors.calls * n + index)
    deviations = sums(cell_index, errors.weights * (errors.probabilities - model[index]))
    n_calls = counts(cells % n, n)
    return sums(cells % n, deviations**2, n) * n_calls / np.maximum(n_calls - 1, 1)
