"""Intervals from the analytic standard error.

Groups are small and agree well: five calls, three raters, nearly all "good". Plain t intervals and the bootstrap then
cover far less than 95 %, because a sample without a disagreement, or with one, shows hardly any spread
(docs/validation.md). Wilson's interval is the default:

* A coefficient is 1 − d/e for an observed disagreement d and an expected one e. The interval is Wilson's for d with the
  effective sample size d(s − d)/(e²V) and with t instead of z, divided by e, where V is the analytic variance of the
  coefficient, chance included (compare `app.statistics.intervals`).
* The span s is how far apart two ratings are that differ, Σδ²/Σδ over pairs with the distances δ. Then d(s − d) is the
  variance of δ. With names, or with two categories, s is 1. On a scale where raters miss each other by a step it is
  small. `CHANCE_UNITS` units whose ratings are drawn by chance are counted with the others, because few disagreements,
  or none, do not tell how large they can be. The interval does not depend on the unit of the distances.
* The design effect φ = e²V·n/(d(s − d)) of few units is imprecise. It is shrunk towards 1, that of units that agree or
  disagree as one pair does, which weighs as much as `PRIOR_WEIGHT` further units. The prior is a guess, so it adds only
  `PRIOR_DF` to the degrees of freedom of t. If no unit shows a disagreement, or all show the same, φ is 1.
* φ = 1 ignores clusters. With clusters φ is therefore never shrunk below the clusters' own, and the degrees of freedom
  are the number of clusters − 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from app.statistics.intervals import wilson_interval

CONFIDENCE = 0.95
# Chosen by simulation (docs/validation.md).
PRIOR_WEIGHT = 8
PRIOR_DF = 4
CHANCE_UNITS = 3
# A variance below this is rounding error.
_ROUNDING = 1e-20
_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Linearised:
    """A coefficient 1 − observed/expected and its analytic variance.

    n_clusters: the number of independent units, or of clusters of units; 2 or more.
    effective_n: the number of paired units of equal weight that would tell as much (Kish).
    span: how far apart two ratings are that differ, in the unit of `observed` and `expected`.
    """

    observed: float
    expected: float
    variance: float
    n_clusters: int
    effective_n: float
    is_clustered: bool
    span: float

    @property
    def value(self) -> float:
        return 1 - self.observed / self.expected

    @property
    def stderror(self) -> float | None:
        return float(np.sqrt(self.variance)) if self.variance > _ROUNDING else None


def student_bounds(estimate: Linearised) -> tuple[float, float] | None:
    """Gwet's interval, value ± t·stderror within -1 and 1; None if the units show no spread."""
    if estimate.stderror is None:
        return None
    margin = _t(estimate.n_clusters - 1) * estimate.stderror
    return max(estimate.value - margin, -1.0), min(estimate.value + margin, 1.0)


def wilson_bounds(estimate: Linearised) -> tuple[float, float]:
    own_df = estimate.n_clusters - 1
    df = own_df if estimate.is_clustered else own_df + PRIOR_DF
    effective_n = estimate.effective_n / _design_effect(estimate, own_df)
    span = _span(estimate)
    low, high = wilson_interval(estimate.observed / span, effective_n * (_Z / _t(df)) ** 2, CONFIDENCE)
    return max(1 - high * span / estimate.expected, min(-1.0, estimate.value)), 1 - low * span / estimate.expected


def _span(estimate: Linearised) -> float:
    """Units that disagree more than chance may have a mean above the span."""
    return max(estimate.span, estimate.observed)


def _design_effect(estimate: Linearised, own_df: int) -> float:
    largest = estimate.observed * (_span(estimate) - estimate.observed) / estimate.effective_n
    variance = estimate.variance * estimate.expected**2
    own = variance / largest if min(variance, largest) > _ROUNDING else 1.0
    shrunk = (own_df * own + PRIOR_WEIGHT) / (own_df + PRIOR_WEIGHT)
    return max(own, shrunk) if estimate.is_clustered else shrunk


def _t(df: int) -> float:
    return float(stdtrit(df, (1 + CONFIDENCE) / 2))
