"""Checks of errors: several checks of one error become one, and done checks take the weights of those not done."""

from enum import IntEnum

import numpy as np

from app.statistics.attribution.shares import join_small
from app.statistics.attribution.types import CheckedErrors, CheckVerdict
from app.statistics.sample import BoolArray, FloatArray, IntArray, sums

# A group of fewer drawn errors is joined with its neighbours.
GROUP_SIZE = 20


class CheckKind(IntEnum):
    """How an error was checked. If several checks of an error were done, the verdict of the first kind counts."""

    ADJUDICATION = 0
    FAULT_CHECK = 1
    CONSENSUS = 2


def combine_checks(
    answers: IntArray, kinds: IntArray, verdicts: IntArray, probabilities: FloatArray, groups: IntArray
) -> CheckedErrors:
    """One entry for each error, from one row for each check of an error that was drawn or done.

    answers, verdicts, groups: as in `CheckedErrors`. kinds: the `CheckKind` of the row.
    probabilities: for each row and each kind the probability with which chance could have drawn this error for a check
        of that kind, whether it did or not; 0 if it could not; NaN in the row's own kind if a person chose it.

    The probability that an error is drawn for any check is 1 − Π(1 − p), as the kinds are drawn independently. If
    chance drew an error for one check and a person chose it for another, only the former counts. Raises ValueError if
    the shapes differ.
    """
    n_rows = answers.size
    if probabilities.shape != (n_rows, len(CheckKind)) or {kinds.size, verdicts.size, groups.size} != {n_rows}:
        raise ValueError("checks must have one row each, with a probability for each kind")
    hand_picked = np.isnan(probabilities[np.arange(n_rows), kinds])
    order = np.lexsort((kinds, verdicts == CheckVerdict.NOT_DONE, hand_picked, answers))
    chosen = order[np.diff(answers[order], prepend=-1) != 0]
    union = 1 - np.prod(1 - np.nan_to_num(probabilities[chosen]), axis=1)
    return CheckedErrors(
        answers=answers[chosen],
        verdicts=verdicts[chosen],
        probabilities=np.where(hand_picked[chosen], np.nan, union),
        groups=groups[chosen],
    )


def probabilities_of_done(checked: CheckedErrors, weights: FloatArray) -> FloatArray:
    """For each entry the probability that it was drawn and done; NaN if it was not done or a person chose it.

    weights: of the call of each entry. Within a group of neighbouring codes, done checks take the weights of those not
    done. A group without any done check is left out; all others then count more.
    """
    drawn = ~np.isnan(checked.probabilities)
    done = drawn & (checked.verdicts != CheckVerdict.NOT_DONE)
    result = np.full(checked.answers.size, np.nan)
    if not done.any():
        return result
    groups = join_small(checked.groups[drawn], GROUP_SIZE)
    rates = _response_rates(groups, done[drawn], weights[drawn] / checked.probabilities[drawn])
    result[drawn] = np.where(done[drawn], checked.probabilities[drawn] * rates[groups], np.nan)
    return result


def _response_rates(groups: IntArray, done: BoolArray, weights: FloatArray) -> FloatArray:
    return np.asarray(sums(groups, weights * done) / sums(groups, weights))
