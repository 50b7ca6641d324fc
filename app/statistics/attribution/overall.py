"""The one number: the process share of all errors, rectified, or provisional where too few errors were checked.

Before any error is checked only the verifiers' marks are there, and how often they are wrong is not known. The interval
of the marked share is then widened by what was seen in practice: verifiers mark up to 45 % of the errors of the process
as the agents', and up to 20 % of the others as the process's.
"""

from dataclasses import dataclass
from math import ceil, isinf

import numpy as np

from app.statistics.attribution.causes import ErrorCells, KnownCauses, process_probabilities
from app.statistics.attribution.checks import probabilities_of_done
from app.statistics.attribution.rectified import ChanceChecked, Predicted, RectifiedShare, half_width, rectify
from app.statistics.attribution.results import ProcessShare, ShareReason
from app.statistics.attribution.shares import shares_with_sizes
from app.statistics.attribution.types import AnswerArrays, CheckedErrors, CheckVerdict, Mark, Method
from app.statistics.estimates import Estimate
from app.statistics.intervals import wilson_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray

# Fewer checked errors give a provisional share; with fewer than `MIN_CHECKS` it is that of the marks.
ENOUGH_CHECKS = 30
MIN_CHECKS = 10
# Half the width of the interval that is precise enough.
PRECISE = 0.05
# The largest proportions of wrong marks that are assumed of verifiers whose marks nobody checked.
MOST_BLAMED, MOST_EXCUSED = 0.45, 0.20
_Z2 = 1.959964**2
_SEED = 20261128


@dataclass(frozen=True, slots=True, eq=False)
class CrossFitted:
    """The checks that rectify, and the model's P(process) of each error, learnt without the check of the error.

    rectified: None if there are too few checks, or they found no real error.
    """

    predicted: Predicted
    checked: ChanceChecked
    rectified: RectifiedShare | None


def cross_fit(answers: AnswerArrays, cells: ErrorCells, checked: CheckedErrors) -> CrossFitted:
    """Fit the model to each half of the checked calls, predict the other half, and rectify.

    With too few checks P(process) is 1 or 0 as the error is marked.
    """
    # An answer that is no error has no cause.
    is_error = answers.errors[checked.answers]
    errors = np.searchsorted(cells.errors, checked.answers[is_error])
    verdicts = checked.verdicts[is_error]
    probabilities = probabilities_of_done(checked, answers.weights[checked.answers])[is_error]
    done_by_chance = ~np.isnan(probabilities)
    usable = ChanceChecked(
        errors[done_by_chance],
        probabilities[done_by_chance],
        verdicts[done_by_chance] == CheckVerdict.PROCESS,
        verdicts[done_by_chance] != CheckVerdict.NO_ERROR,
    )
    weights, calls = answers.weights[cells.errors], answers.calls[cells.errors]
    if usable.errors.size < MIN_CHECKS:
        return CrossFitted(Predicted(weights, calls, (cells.marks == Mark.PROCESS).astype(np.float64)), usable, None)
    known = KnownCauses(errors, verdicts)
    predicted = Predicted(weights, calls, _predictions(cells, known, calls, done_by_chance))
    return CrossFitted(predicted, usable, rectify(predicted, usable))


def _predictions(cells: ErrorCells, known: KnownCauses, calls: IntArray, done_by_chance: BoolArray) -> FloatArray:
    """P(process) of each error, by a model that does not know the checks by chance in the error's half of the calls."""
    halves = _halves(calls, np.unique(calls[known.errors[done_by_chance]]))
    predictions = np.empty(calls.size)
    for half in (0, 1):
        chosen = (known.verdicts != CheckVerdict.NOT_DONE) & ~(done_by_chance & (halves[known.errors] == half))
        fitted = process_probabilities(cells, KnownCauses(known.errors[chosen], known.verdicts[chosen]))
        predictions[halves == half] = fitted[halves == half]
    return predictions


def process_share(cells: ErrorCells, fitted: CrossFitted) -> ProcessShare:
    n_checked = fitted.checked.errors.size
    method = Method.RECTIFIED if n_checked >= ENOUGH_CHECKS else Method.PROVISIONAL
    if not cells.errors.size or (n_checked >= ENOUGH_CHECKS and fitted.rectified is None):
        return ProcessShare(None, method, n_checked, None, ShareReason.NO_ERRORS)
    if fitted.rectified is None:
        return _from_marks(cells, fitted, n_checked)
    needed, reason = _checks_needed(fitted.rectified, n_checked)
    if method is Method.PROVISIONAL:
        needed, reason = max(needed or 0, ENOUGH_CHECKS - n_checked), ShareReason.FEW_CHECKS
    return ProcessShare(fitted.rectified.estimate, method, n_checked, needed, reason)


def _from_marks(cells: ErrorCells, fitted: CrossFitted, n_checked: int) -> ProcessShare:
    predicted = fitted.predicted
    marked, together = cells.marks == Mark.PROCESS, np.zeros_like(predicted.calls)
    _, (value,), (size,) = map(
        np.ndarray.tolist, shares_with_sizes(marked, predicted.weights, predicted.calls, together)
    )
    low, high = wilson_interval(value, size)
    low = max(0.0, (low - MOST_EXCUSED) / (1 - MOST_EXCUSED))
    high = min(1.0, high / (1 - MOST_BLAMED))
    # The largest variance that a share within the interval can have, and the design effect of the marks.
    likely = min(max(0.5, low), high)
    wanted = _Z2 * likely * (1 - likely) / PRECISE**2 * cells.errors.size / size
    needed = max(min(ceil(wanted), cells.errors.size) - n_checked, ENOUGH_CHECKS - n_checked)
    return ProcessShare(Estimate(value, low, high), Method.PROVISIONAL, n_checked, needed, ShareReason.FEW_CHECKS)


def _checks_needed(share: RectifiedShare, n_checked: int) -> tuple[int | None, ShareReason | None]:
    """How many more checks bring half the width to 5 points: their part of the variance is in inverse proportion."""
    if half_width(share.estimate) <= PRECISE:
        return 0, None
    from_checks = share.check_variance
    allowed = PRECISE**2 / _Z2 - share.sample_variance
    if allowed <= 0 or isinf(from_checks):
        return None, ShareReason.FEW_CALLS
    return max(ceil(n_checked * from_checks / allowed) - n_checked, 1), ShareReason.WIDE


def _halves(calls: IntArray, checked_calls: IntArray) -> IntArray:
    """The half, 0 or 1, of each error; the errors of a call are in one half, and the checked calls are split evenly."""
    rng = np.random.default_rng(_SEED)
    codes, index = np.unique(calls, return_inverse=True)
    halves = rng.permutation(codes.size) % 2
    halves[np.searchsorted(codes, rng.permutation(checked_calls))] = np.arange(checked_calls.size) % 2
    return np.asarray(halves[index], dtype=np.int64)
