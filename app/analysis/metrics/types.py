"""What a metric is, and what is known of each call."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.analysis.samples import ReportScope, SampleArrays
from app.platform.clock import Period
from app.platform.columns import Unit
from app.platform.errors import Invalid, invalid
from app.scorecards import Criticality
from app.statistics import BoolArray, Bounds, FloatArray, IntArray
from app.statistics.control import Points, count_points, mean_points, proportion_points


class Metric(StrEnum):
    """`error_rate`: the share of calls with an error, or with an error at one item. `errors_per_call`: of all items.

    `score`: what the customer got. `agent_score`: the same without the errors that are not the agent's.
    `critical_error_rate`: the share of calls with an error at an item of a critical family, or of any of them.
    `process_share`: the share of errors, or of the errors at one item, that verifiers marked as the process's.
    """

    ERROR_RATE = "error_rate"
    ERRORS_PER_CALL = "errors_per_call"
    SCORE = "score"
    AGENT_SCORE = "agent_score"
    CRITICAL_ERROR_RATE = "critical_error_rate"
    PROCESS_SHARE = "process_share"


class CriticalFamily(StrEnum):
    """The families of critical errors."""

    CUSTOMER = Criticality.CUSTOMER.value
    BUSINESS = Criticality.BUSINESS.value
    COMPLIANCE = Criticality.COMPLIANCE.value


FAMILIES = tuple(CriticalFamily)
SCORES: Bounds = (0.0, 100.0)
SCORE_METRICS = frozenset({Metric.SCORE, Metric.AGENT_SCORE})


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """The metric that is asked for, of one item or one family of critical errors. Invalid where these do not fit."""

    metric: Metric
    item: str | None = None
    family: CriticalFamily | None = None

    def __post_init__(self) -> None:
        if self.item is not None and self.metric not in {Metric.ERROR_RATE, Metric.PROCESS_SHARE}:
            raise _does_not_apply("item", self.metric, (Metric.ERROR_RATE, Metric.PROCESS_SHARE))
        if self.family is not None and self.metric is not Metric.CRITICAL_ERROR_RATE:
            raise _does_not_apply("family", self.metric, (Metric.CRITICAL_ERROR_RATE,))

    @property
    def unit(self) -> Unit:
        match self.metric:
            case Metric.SCORE | Metric.AGENT_SCORE:
                return Unit.POINTS
            case Metric.ERRORS_PER_CALL:
                return Unit.ERRORS
            case _:
                return Unit.SHARE

    @property
    def higher_is_worse(self) -> bool | None:
        """None: neither. A higher process share says where to look, not that quality is worse."""
        if self.metric is Metric.PROCESS_SHARE:
            return None
        return self.metric not in SCORE_METRICS


@dataclass(frozen=True, slots=True, eq=False)
class CallOutcomes:
    """The results of the evaluated calls of a sample, one entry for each call; nothing for the others.

    errors: the number of items with an error. applies: whether any item applied.
    family_applies, family_fails: for each family of `FAMILIES` a column: whether an item of it applied, and whether
        one of them was an error.
    """

    errors: IntArray
    applies: BoolArray
    family_applies: BoolArray
    family_fails: BoolArray

    def family(self, family: CriticalFamily | None) -> tuple[BoolArray, BoolArray]:
        """Whether an item of the family, or of any, applied to each call, and whether one of them was an error."""
        if family is None:
            return np.asarray(self.family_applies.any(axis=1)), np.asarray(self.family_fails.any(axis=1))
        place = FAMILIES.index(family)
        return self.family_applies[:, place], self.family_fails[:, place]


@dataclass(frozen=True, slots=True, eq=False)
class MetricValues:
    """The metric of each call is y of x units; x is 0 where the metric does not apply to the call."""

    question: MetricQuestion
    y: FloatArray
    x: FloatArray

    def points(self, weights: FloatArray, groups: IntArray) -> Points:
        """The metric of each group of calls. Calls with a negative code are in no group."""
        match self.question.metric:
            case Metric.SCORE | Metric.AGENT_SCORE:
                return mean_points(self.y, weights, np.where(self.x > 0, groups, -1))
            case Metric.ERRORS_PER_CALL:
                return count_points(self.y, weights, np.where(self.x > 0, groups, -1))
            case _:
                return proportion_points(self.y, self.x, weights, groups)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredSample:
    """A sample with the metric of its calls, and the number of calls that each represents."""

    period: Period
    scope: ReportScope
    sample: SampleArrays
    values: MetricValues
    weights: FloatArray

    def points(self, groups: IntArray) -> Points:
        """The metric of each group of the calls that the report is about."""
        counted = self.sample.counts & self.sample.evaluated
        return self.values.points(self.weights, np.where(counted, groups, -1))


def _does_not_apply(parameter: str, metric: Metric, fitting: tuple[Metric, ...]) -> Invalid:
    return invalid(parameter, f"the metric {metric} has none; it belongs to {' and '.join(fitting)}")
