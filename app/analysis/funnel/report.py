"""The funnel of agents: each agent's figure against its effective number of calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.metrics.types import SCORES, MeasuredSample, Metric, MetricQuestion
from app.platform.clock import Period
from app.statistics import FloatArray
from app.statistics.control import Funnel, FunnelLimit, Points, count_funnel, mean_funnel, proportion_funnel


class Side(StrEnum):
    """On which side of the centre an agent is."""

    BELOW = "below"
    AT_CENTRE = "at_centre"
    ABOVE = "above"


class Limits(NamedTuple):
    """The limits that contain 95 % and 99.8 % of agents who do not differ."""

    lower_95: float
    upper_95: float
    lower_99_8: float
    upper_99_8: float


@dataclass(frozen=True, slots=True)
class FunnelRow:
    """One agent. `limits` and `outside` are None if the variance cannot be estimated."""

    agent_id: UUID
    name: str
    n: int
    effective_n: float
    value: float
    side: Side
    limits: Limits | None
    outside: FunnelLimit | None


@dataclass(frozen=True, slots=True)
class FunnelReport:
    """The agents with an evaluated call, the worst first; without a worse side, the highest first.

    `dispersion`: φ as estimated; None with too few agents. `dispersion_applied`: the φ by which limits are wider.
    """

    period: Period
    question: MetricQuestion
    evaluations: int
    response_rate: float | None
    centre: float | None
    dispersion: float | None
    dispersion_applied: float | None
    rows: tuple[FunnelRow, ...]

    @property
    def outside(self) -> int:
        return sum(row.outside is FunnelLimit.LIMITS_99_8 for row in self.rows)


def funnel_report(measured: MeasuredSample) -> FunnelReport:
    """The report; an agent's name is still the id."""
    points = measured.points(measured.sample.agents)
    funnel = _funnel(measured.values.question.metric, points)
    rows = _rows(measured, points, funnel)
    question = measured.values.question
    sign = 1 if question.higher_is_worse is False else -1
    return FunnelReport(
        period=measured.period,
        question=question,
        evaluations=measured.sample.n_evaluated,
        response_rate=measured.sample.response_rate,
        centre=points.centre,
        dispersion=None if funnel is None else funnel.dispersion,
        dispersion_applied=None if funnel is None else funnel.applied,
        rows=tuple(sorted(rows, key=lambda row: (sign * row.value, row.agent_id))),
    )


def named(rows: Collection[FunnelRow], names: Mapping[UUID, str]) -> tuple[FunnelRow, ...]:
    return tuple(replace(row, name=names[row.agent_id]) for row in rows)


def _funnel(metric: Metric, points: Points) -> Funnel | None:
    """The funnel; None without agents or if the variance cannot be estimated."""
    if points.centre is None:
        return None
    match metric:
        case Metric.SCORE | Metric.AGENT_SCORE:
            if points.deviation is None:
                return None
            return mean_funnel(points.values, points.sizes, points.centre, points.deviation, SCORES)
        case Metric.ERRORS_PER_CALL:
            return count_funnel(points.values, points.sizes, points.centre)
        case _:
            return proportion_funnel(points.values, points.sizes, points.centre)


def _rows(measured: MeasuredSample, points: Points, funnel: Funnel | None) -> list[FunnelRow]:
    agents = [measured.scope.agent_ids[agent] for agent in points.groups.tolist()]
    sides = [_side(value, points.centre or 0.0) for value in points.values.tolist()]
    limits: Sequence[Limits | None] = [None] * len(agents)
    outside: Sequence[FunnelLimit | None] = [None] * len(agents)
    if funnel is not None:
        limits = list(
            map(Limits, *map(_list, (funnel.lower_95, funnel.upper_95, funnel.lower_99_8, funnel.upper_99_8)))
        )
        outside = funnel.outside
    names, n, sizes, values = map(str, agents), points.n.tolist(), points.sizes.tolist(), points.values.tolist()
    return list(map(FunnelRow, agents, names, n, sizes, values, sides, limits, outside))


def _side(value: float, centre: float) -> Side:
    if value == centre:
        return Side.AT_CENTRE
    return Side.ABOVE if value > centre else Side.BELOW


def _list(values: FloatArray) -> list[float]:
    found: list[float] = values.tolist()
    return found
