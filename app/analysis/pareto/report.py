"""The Pareto of errors, estimated for all calls."""

from collections.abc import Sequence

import numpy as np

from app.analysis.pareto.causes import Causes, shares_by_mark
from app.analysis.pareto.types import CauseKey, CauseShares, ParetoBy, ParetoReport, ParetoRow
from app.analysis.repository.rows import AnswersOfKind
from app.analysis.samples import SampleArrays, factorize_objects
from app.platform.clock import Period
from app.statistics import IntArray
from app.statistics.control import Cause, pareto, total_errors


def pareto_report(
    period: Period, by: ParetoBy, sample: SampleArrays, groups: Sequence[AnswersOfKind], causes: Causes
) -> ParetoReport:
    """The causes of the errors, the largest first."""
    lengths = [group.calls.size for group in groups]
    # Sums are taken in a fixed order, so that a repeated report is the same to the last digit.
    calls: IntArray = np.concatenate([np.zeros(0, dtype=np.int64), *(np.sort(group.calls) for group in groups)])
    of_group = np.repeat(np.arange(len(groups)), lengths)
    group_keys, keys = factorize_objects(map(causes.key, groups))
    key_of_error = group_keys[of_group]
    # The calls outside the report are part of its sample, without an error that counts.
    respondents = sample.sample(np.zeros_like(sample.probabilities))
    shares = shares_by_mark(key_of_error, calls, sample.weights()[calls], of_group, [group.fault for group in groups])
    rows = [
        _row(cause, keys[cause.key], causes, shares[cause.key]) for cause in pareto(respondents, calls, key_of_error)
    ]
    return ParetoReport(
        period=period,
        by=by,
        evaluations=sample.n_evaluated,
        response_rate=sample.response_rate,
        found=calls.size,
        total=total_errors(respondents, calls) if sample.n_evaluated else None,
        rows=tuple(rows),
    )


def _row(cause: Cause, key: CauseKey, causes: Causes, shares: CauseShares) -> ParetoRow:
    title = causes.title(key)
    return ParetoRow(
        scorecard_id=key.scorecard_id,
        key=key.key,
        title=title.title,
        section=title.section,
        found=cause.found,
        total=cause.total,
        share=cause.share,
        cumulative_share=cause.cumulative_share,
        vital=cause.vital,
        shares=shares,
    )
