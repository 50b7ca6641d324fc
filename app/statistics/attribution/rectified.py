"""The share of errors that the process causes, rectified on the errors that were checked by chance.

Prediction-powered inference (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic 2023), with the tuned weight λ of PPI++
(Angelopoulos, Duchi and Zrnic 2023). Let Y be 1 for an error of the process, E 1 for a real error, 0 where the check
found none, and f the model's P(process). With mean_c over the checked errors, weighted by w/p (Hájek), and mean_a over
all errors, weighted by w,

    share = (mean_c(Y) − λ·(mean_c(f) − mean_a(f))) / mean_c(E).

w is the weight of the call and p the probability that its errors are checked. This is unbiased whatever f is, but for
the bias of a ratio, as long as f was learnt without the check of the error itself: calls are split into two halves, and
each half takes f from a model that knows only the checks of the other. λ in [0, 1] minimises the variance, so that a
model that predicts nothing gets the weight 0 and the checked errors stand alone.

The variance is linearised: the share deviates from the truth by the sum over the checked calls of w/p·D, where D is the
call's sum of Y − share·E − λ·(f − mean_a(f)), divided by the weights of all errors and by mean_c(E). Calls are clusters
in both phases of sampling (Särndal, Swensson and Wretman 1992, ch. 9): the draw of the calls, with the probability 1/w,
and the draw of the checks, with p. Residuals are divided by 1 − leverage, as in the jackknife (MacKinnon and White
1985): with few checks, λ and the share follow single calls. Degrees of freedom are Satterthwaite's (1946), from the
fourth powers of the same terms. The interval is Wilson's with the effective number share·(1 − share)/V and t instead of
z, as in `app.statistics.intervals`.
"""

from dataclasses import dataclass

import numpy as np

from app.statistics.attribution.shares import kish_size
from app.statistics.estimates import Estimate
from app.statistics.intervals import t_multiplier, wilson_interval
from app.statistics.sample import BoolArray, FloatArray, IntArray, factorize, sums

CONFIDENCE = 0.95
_Z = 1.959964
# A variance below this is rounding error.
_ROUNDING = 1e-12
# A residual is at most doubled for its leverage.
_LARGEST_LEVERAGE = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """All errors of a report: the weight of the call, the call, and the P(process) of a model that does not know the
    check of the error; one entry for each error."""

    weights: FloatArray
    calls: IntArray
    probabilities: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class ChanceChecked:
    """The errors that were checked by chance: their index among the errors, and the probability of their check.

    process, real: whether the check found an error of the process, and an error at all.
    """

    errors: IntArray
    probabilities: FloatArray
    process: BoolArray
    real: BoolArray


@dataclass(frozen=True, slots=True)
class RectifiedShare:
    """The share, and what its precision follows from.

    check_variance, sample_variance: the parts of the variance from the draw of the checks and from that of the calls.
    multiplier: the number of standard errors on either side. weight: λ.
    """

    estimate: Estimate
    check_variance: float
    sample_variance: float
    multiplier: float
    weight: float

    @property
    def half_width(self) -> float:
        return half_width(self.estimate)


def half_width(estimate: Estimate) -> float:
    assert estimate.low is not None
    assert estimate.high is not None
    return (estimate.high - estimate.low) / 2


def rectify(errors: Predicted, checked: ChanceChecked) -> RectifiedShare | None:
    """The rectified share with its 95 % interval; None if the checks found no real error."""
    weights = errors.weights[checked.errors] / checked.probabilities
    real = float(weights @ checked.real) / float(weights.sum())
    if real == 0:
        return None
    calls = _CheckedCalls(errors, checked)
    predicted = errors.probabilities[checked.errors] - np.average(errors.probabilities, weights=errors.weights)
    share = float(weights @ checked.process) / float(weights @ checked.real)
    tuned = calls.tuned_weight(checked.process - share * checked.real, predicted)
    share -= tuned * float(weights @ predicted) / float(weights @ checked.real)
    share = min(max(share, 0.0), 1.0)
    check_variance, sample_variance, df = calls.variances(checked.process - share * checked.real, predicted, tuned)
    scale = (float(weights.sum()) * real) ** 2
    check_variance, sample_variance = check_variance / scale, sample_variance / scale
    multiplier = float(t_multiplier(np.array([df]), CONFIDENCE)[0])
    variance = check_variance + sample_variance
    size = share * (1 - share) / variance if variance > _ROUNDING else 0.0
    if size <= 0:
        size = kish_size(calls.sums(weights * checked.real))
    low, high = wilson_interval(share, size * (_Z / multiplier) ** 2)
    return RectifiedShare(Estimate(share, low, high), check_variance, sample_variance, multiplier, tuned)


class _CheckedCalls:
    """Sums over the errors of each checked call."""

    def __init__(self, errors: Predicted, checked: ChanceChecked) -> None:
        codes, self._index = factorize(errors.calls[checked.errors])
        self.n = codes.size
        self._weights = errors.weights[checked.errors]
        n_errors = sums(self._index, np.ones(checked.errors.size))
        self._probabilities = self.sums(checked.probabilities) / n_errors
        self._weight = self.sums(self._weights) / n_errors

    def sums(self, values: FloatArray) -> FloatArray:
        return sums(self._index, values, self.n)

    def tuned_weight(self, outcome: FloatArray, predicted: FloatArray) -> float:
        """λ, by the regression of the outcomes of calls on their predictions."""
        factors = (1 / self._probabilities - 1) / self._probabilities
        outcomes, predictions = (self.sums(self._weights * values) for values in (outcome, predicted))
        denominator = float(factors @ predictions**2)
        if denominator < _ROUNDING:
            return 0.0
        return min(max(float(factors @ (outcomes * predictions)) / denominator, 0.0), 1.0)

    def variances(self, outcome: FloatArray, predicted: FloatArray, tuned: float) -> tuple[float, float, int]:
        """The variance of the sum of the outcomes, from the draw of the checks and from that of the calls, and df.

        A call draws the share and λ towards itself, and its residual is too small by the call's leverage.
        """
        factors = (1 / self._probabilities - 1) / self._probabilities
        residuals = self.sums(self._weights * (outcome - tuned * predicted))
        totals = self.sums(self._weights * outcome)
        of_share = self.sums(self._weights) / self._probabilities
        of_share /= of_share.sum()
        of_tuning = factors * self.sums(self._weights * predicted) ** 2 * (0 < tuned < 1)
        of_tuning /= max(of_tuning.sum(), _ROUNDING)
        from_checks = factors * (residuals / (1 - np.minimum(of_share + of_tuning, _LARGEST_LEVERAGE))) ** 2
        scale = np.maximum(1 - 1 / self._weight, 0) / self._probabilities
        from_calls = scale * (totals / (1 - np.minimum(of_share, _LARGEST_LEVERAGE))) ** 2
        return float(from_checks.sum()), float(from_calls.sum()), _satterthwaite(from_checks + from_calls)


def _satterthwaite(terms: FloatArray) -> int:
    """The degrees of freedom of a variance that is the sum of these terms, at least 1."""
    total = float(terms.sum())
    spread = float((terms**2).sum()) - total**2 / terms.size
    df = 2 * total**2 / spread if spread > _ROUNDING * total**2 else terms.size - 1
    return int(max(min(df, terms.size - 1), 1))
