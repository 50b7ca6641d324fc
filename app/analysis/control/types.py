"""What a control chart consists of."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.intervals import Interval
from app.analysis.metrics.types import MetricQuestion
from app.platform.clock import Period
from app.statistics.control import NELSON, WESTERN_ELECTRIC, Rule


class RuleSet(StrEnum):
    """The rules of Western Electric (1956), or the tests of Nelson (1984)."""

    WESTERN_ELECTRIC = "western_electric"
    NELSON = "nelson"

    @property
    def rules(self) -> tuple[Rule, ...]:
        return WESTERN_ELECTRIC if self is RuleSet.WESTERN_ELECTRIC else NELSON


class ChartKind(StrEnum):
    """`p`: of proportions. `u`: of counts per call. `mean`: of means with their standard errors."""

    P = "p"
    U = "u"
    MEAN = "mean"


class Caution(StrEnum):
    """Why a chart says less than it seems to."""

    NO_POINTS = "no_points"
    FEW_POINTS = "few_points"
    SMALL_POINTS = "small_points"
    NO_VARIATION = "no_variation"
    NO_VARIANCE = "no_variance"


class MarkKind(StrEnum):
    SCORECARD_PUBLISHED = "scorecard_published"
    SAMPLING_PLAN_CHANGED = "sampling_plan_changed"


class Mark(NamedTuple):
    """A journalled change of how calls are scored or drawn.

    `detail`: the number of the version, or the changed fields of the plan.
    """

    at: datetime
    kind: MarkKind
    subject_id: UUID
    name: str
    detail: str

    def __str__(self) -> str:
        return f"{self.name} ({self.detail})"


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One interval. Without an evaluated call of the metric `n` is 0 and the other figures are None.

    Limits are None if the variance cannot be estimated.
    """

    start: date
    n: int
    effective_n: float | None = None
    value: float | None = None
    lower: float | None = None
    upper: float | None = None
    ewma: float | None = None
    ewma_lower: float | None = None
    ewma_upper: float | None = None
    signals: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelChange:
    """The level before and after a change, and the marks between the last point before it and the end of its first.

    start: the first interval after the change.
    """

    start: date
    before: float
    after: float
    p_value: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class ControlReport:
    """A chart. `centre` and `sigma_z` are None without a point, `sigma_z` also without limits."""

    period: Period
    question: MetricQuestion
    interval: Interval
    rules: RuleSet
    chart: ChartKind
    evaluations: int
    response_rate: float | None
    n: int
    centre: float | None
    sigma_z: float | None
    cautions: tuple[Caution, ...]
    points: tuple[ControlPoint, ...]
    changes: tuple[LevelChange, ...]
    marks: tuple[Mark, ...]
