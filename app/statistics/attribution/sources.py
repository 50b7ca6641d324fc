"""The sources of errors: the one number, and by item, reason, team and week."""

import numpy as np

from app.statistics.attribution.causes import ErrorCells, error_cells
from app.statistics.attribution.group_shares import group_shares
from app.statistics.attribution.items import JudgedErrors, Shares, item_sources
from app.statistics.attribution.overall import CrossFitted, cross_fit, process_share
from app.statistics.attribution.results import ErrorSources, GroupSource
from app.statistics.attribution.shares import weighted_share, weighted_shares
from app.statistics.attribution.types import AnswerArrays, CheckedErrors, Mark
from app.statistics.sample import IntArray


def error_sources(answers: AnswerArrays, checked: CheckedErrors) -> ErrorSources:
    """The sources of the errors. Checks of answers that are no errors do not count.

    Raises IndexError if a checked error is not among the answers.
    """
    cells = error_cells(answers)
    fitted = cross_fit(answers, cells, checked)
    errors, predicted = cells.errors, fitted.predicted
    marked = cells.marks == Mark.PROCESS
    shares = _shares(cells, fitted)
    by_item, standouts = item_sources(answers, JudgedErrors(errors, predicted.probabilities, shares))
    return ErrorSources(
        errors=errors.size,
        process_share=process_share(cells, fitted),
        marked_process_share=weighted_share(marked, predicted.weights, predicted.calls) if errors.size else None,
        standout_agents=standouts,
        by_item=by_item,
        by_reason=_largest_first(_by_group(answers.reasons[errors], shares)),
        by_team=_largest_first(_by_group(answers.teams[errors], shares)),
        by_week=_by_group(answers.weeks[errors], shares),
        probabilities=predicted.probabilities,
    )


def _shares(cells: ErrorCells, fitted: CrossFitted) -> Shares:
    """How the process shares of groups of errors are estimated: rectified, or by the marks."""
    rectified, predicted = fitted.rectified, fitted.predicted
    if rectified is not None:
        return lambda keys: group_shares(predicted, fitted.checked, rectified, keys)
    marked = cells.marks == Mark.PROCESS
    return lambda keys: weighted_shares(marked, predicted.weights, predicted.calls, keys)


def _by_group(keys: IntArray, shares: Shares) -> tuple[GroupSource, ...]:
    """The groups in the order of their keys. Errors without a group only take part in the estimation."""
    codes, n_errors = np.unique(keys, return_counts=True)
    found = shares(keys) if (codes >= 0).any() else {}
    return tuple(
        GroupSource(key, n, found[key]) for key, n in zip(codes.tolist(), n_errors.tolist(), strict=True) if key >= 0
    )


def _largest_first(sources: tuple[GroupSource, ...]) -> tuple[GroupSource, ...]:
    return tuple(sorted(sources, key=lambda source: (-source.errors, source.key)))
