"""Mean scores as the average verifier would have given them: each score plus the severity of its verifier.

A score that another person corrected stays as it is. It is no longer the verifier's, and the corrector, who knew the
verifier's answers, did not score as in an evaluation of their own. Such a score is taken for what the average verifier
would have given.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from app.analysis.samples import SampleArrays
from app.analysis.scorings import ScoredSeverities
from app.statistics import Estimate, IntArray, MeanEstimate, call_weights, estimate_means
from app.statistics.sample import sums

MIN_SCORE, MAX_SCORE = 0.0, 100.0
_Z_95 = 1.959964


class NoAdjustmentReason(StrEnum):
    """Why a group has no adjusted mean."""

    NO_SCORE = "no_score"
    NO_SEVERITY = "no_severity"
    SEVERAL_GROUPS = "several_groups"
    BY_VERIFIER = "by_verifier"


class Adjusted(NamedTuple):
    """The adjusted mean of a group, or the reason why there is none."""

    estimate: Estimate | None
    reason: NoAdjustmentReason | None


NO_SCORE = Adjusted(None, NoAdjustmentReason.NO_SCORE)
NO_SEVERITY = Adjusted(None, NoAdjustmentReason.NO_SEVERITY)
SEVERAL_GROUPS = Adjusted(None, NoAdjustmentReason.SEVERAL_GROUPS)
BY_VERIFIER = Adjusted(None, NoAdjustmentReason.BY_VERIFIER)


def adjusted_means(sample: SampleArrays, domains: IntArray, scored: ScoredSeverities) -> Mapping[int, Adjusted]:
    """The adjusted mean of each domain with a score, by its code; calls with a negative code are in no domain.

    The interval is that of the mean of the adjusted scores, widened by the uncertainty of the severities, as if the two
    were independent. Their margins are added as squares (Zou and Donner 2008), so that the interval keeps the shape of
    the unadjusted one.

    No domain has an adjusted mean if the verifiers of all domains are in several groups: each group has an average
    verifier of its own, and nothing says how strict that one is beside the others.
    """
    codes = np.where(sample.corrected_by_others, -1, scored.codes(sample.verifiers))
    if _several_groups(codes[domains >= 0], scored):
        return dict.fromkeys(np.unique(domains[domains >= 0]).tolist(), SEVERAL_GROUPS)
    of_code = np.append(scored.severities.values, np.nan)[codes]
    unknown = np.isnan(of_code) & ~sample.corrected_by_others
    severities = np.nan_to_num(of_code)
    # Scores are bounded before they are adjusted: afterwards the bounds are as much wider as severities reach.
    bounds = MIN_SCORE + severities.min(initial=0), MAX_SCORE + severities.max(initial=0)
    adjusted = sample.sample(np.nan_to_num(sample.scores) + severities)
    means = estimate_means(adjusted, domains, bounds=bounds)
    without = set(np.unique(domains[(domains >= 0) & unknown]).tolist())
    errors = _errors(sample, domains, codes, scored)
    return {
        domain: NO_SEVERITY if domain in without else Adjusted(_estimate(mean, errors[domain]), None)
        for domain, mean in means.items()
    }


def _several_groups(codes: IntArray, scored: ScoredSeverities) -> bool:
    """Whether these verifiers have severities in more than one group; −1 is no verifier."""
    found = (scored.severities.verifiers[code].group for code in np.unique(codes[codes >= 0]).tolist())
    return scored.severities.components is not None and len(set(found) - {None}) > 1


def _errors(sample: SampleArrays, domains: IntArray, codes: IntArray, scored: ScoredSeverities) -> list[float]:
    """The standard error of each domain's mean severity; NaN if a verifier in it has none. Code −1 has severity 0."""
    n_domains, n_verifiers = int(domains.max(initial=-1)) + 1, scored.severities.values.size
    inside = domains >= 0
    domain, code = domains[inside], codes[inside]
    weight = call_weights(sample.sample(sample.scores))[inside]
    total = sums(domain, weight, n_domains)[:, np.newaxis]
    cells = domain * n_verifiers + code
    adjusted = code >= 0
    weights = sums(cells[adjusted], weight[adjusted], n_domains * n_verifiers).reshape(n_domains, n_verifiers)
    shares = np.divide(weights, total, out=np.zeros_like(weights), where=total > 0)
    _, errors = scored.severities.weighted(shares)
    found: list[float] = errors.tolist()
    return found


def _estimate(mean: MeanEstimate, error: float) -> Estimate:
    def widened(margin: float) -> float:
        return float(np.hypot(margin, _Z_95 * error))

    return within_scale(
        mean.value,
        None if mean.low is None else mean.value - widened(mean.value - mean.low),
        None if mean.high is None else mean.value + widened(mean.high - mean.value),
    )


def within_scale(value: float, low: float | None, high: float | None) -> Estimate:
    """The estimate within 0 and 100."""
    return Estimate(_clip(value), None if low is None else _clip(low), None if high is None else _clip(high))


def _clip(score: float) -> float:
    return min(max(score, MIN_SCORE), MAX_SCORE)
