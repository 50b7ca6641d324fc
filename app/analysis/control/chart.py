"""Control charts of drawn calls: points, limits, signals and changes of the level."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import numpy as np

from app.analysis.control.types import (
    Caution,
    ChartKind,
    ControlPoint,
    ControlReport,
    LevelChange,
    Mark,
    RuleSet,
)
from app.analysis.intervals import Interval, first_days
from app.analysis.metrics.types import SCORES, MeasuredSample, Metric
from app.platform.clock import start_of_day
from app.statistics.control import (
    ChangePoint,
    ControlChart,
    Points,
    Rule,
    change_points,
    ewma,
    laney_sigma_z,
    mean_chart,
    p_chart,
    signals,
    u_chart,
    widened,
)

# Limits from fewer points are only provisional (Montgomery, 6th edition, §7.2.1: 20 to 25 samples).
ENOUGH_POINTS: Final = 20
# With fewer expected errors a point is too skewed for limits of three standard errors.
ENOUGH_ERRORS: Final = 5
# The random orders of the test for changes: the same report finds the same changes.
_SEED: Final = 20261128

_KINDS: Final = {
    Metric.SCORE: ChartKind.MEAN,
    Metric.AGENT_SCORE: ChartKind.MEAN,
    Metric.ERRORS_PER_CALL: ChartKind.U,
}


def control_report(
    measured: MeasuredSample, interval: Interval, rules: RuleSet, marks: tuple[Mark, ...]
) -> ControlReport:
    """The chart of the metric by interval. Limits are never narrower than the sampling of the calls explains."""
    days = first_days(measured.sample, measured.scope, interval)
    points = measured.points(days)
    kind = _KINDS.get(measured.values.question.metric, ChartKind.P)
    chart = _chart(kind, points)
    drawn = np.unique(days[measured.sample.counts]).tolist()
    return ControlReport(
        period=measured.period,
        question=measured.values.question,
        interval=interval,
        rules=rules,
        chart=kind,
        evaluations=measured.sample.n_evaluated,
        response_rate=measured.sample.response_rate,
        n=int(points.n.sum()),
        centre=points.centre,
        sigma_z=None if chart is None else chart.sigma_z,
        cautions=tuple(_cautions(kind, points, chart)),
        points=_points(drawn, points, chart, rules),
        changes=_changes(points, chart, interval, measured, marks),
        marks=marks,
    )


def _chart(kind: ChartKind, points: Points) -> ControlChart | None:
    """The chart with Laney's limits where the points vary more than their sampling explains; None without limits."""
    chart = _ordinary_chart(kind, points)
    return None if chart is None else widened(chart, max(laney_sigma_z(chart), 1.0))


def _ordinary_chart(kind: ChartKind, points: Points) -> ControlChart | None:
    if points.centre is None:
        return None
    if kind is ChartKind.P:
        return p_chart(points.values, points.sizes, points.centre)
    if kind is ChartKind.U:
        return u_chart(points.values, points.sizes, points.centre)
    if points.stderrors is None:
        return None
    return mean_chart(points.values, points.stderrors, points.centre, SCORES)


def _cautions(kind: ChartKind, points: Points, chart: ControlChart | None) -> list[Caution]:
    if points.centre is None:
        return [Caution.NO_POINTS]
    found = [Caution.FEW_POINTS] if points.n.size < ENOUGH_POINTS else []
    if chart is None:
        return [*found, Caution.NO_VARIANCE]
    if not chart.stderrors.any():
        return [*found, Caution.NO_VARIATION]
    rarer = {ChartKind.P: min(points.centre, 1 - points.centre), ChartKind.U: points.centre}.get(kind)
    if rarer is not None and np.any(points.sizes * rarer < ENOUGH_ERRORS):
        found.append(Caution.SMALL_POINTS)
    return found


def _points(
    drawn: Sequence[int], points: Points, chart: ControlChart | None, rules: RuleSet
) -> tuple[ControlPoint, ...]:
    """One point for each interval with a drawn call."""
    found = {point.start: point for point in _measured_points(points, chart, rules)}
    days = map(date.fromordinal, drawn)
    return tuple(found.get(day, ControlPoint(day, n=0)) for day in days)


def _measured_points(points: Points, chart: ControlChart | None, rules: RuleSet) -> list[ControlPoint]:
    days = [date.fromordinal(day) for day in points.groups.tolist()]
    n, sizes, values = points.n.tolist(), points.sizes.tolist(), points.values.tolist()
    if chart is None:
        return [ControlPoint(*one) for one in zip(days, n, sizes, values, strict=True)]
    average = ewma(chart)
    limits = (chart.lower, chart.upper, average.values, average.lower, average.upper)
    drifts = [(Rule.EWMA_BEYOND_LIMITS,) if signalled else () for signalled in average.signals.tolist()]
    named = [(*runs, *drift) for runs, drift in zip(signals(chart.z, rules.rules), drifts, strict=True)]
    columns = (days, n, sizes, values, *(limit.tolist() for limit in limits), named)
    return [ControlPoint(*one) for one in zip(*columns, strict=True)]


def _changes(
    points: Points, chart: ControlChart | None, interval: Interval, measured: MeasuredSample, marks: Sequence[Mark]
) -> tuple[LevelChange, ...]:
    if chart is None:
        return ()
    found = change_points(chart.values, chart.stderrors, np.random.default_rng(_SEED))
    days = [date.fromordinal(day) for day in points.groups.tolist()]
    return tuple(_change(one, days, interval, measured, marks) for one in found)


def _change(
    change: ChangePoint, days: Sequence[date], interval: Interval, measured: MeasuredSample, marks: Sequence[Mark]
) -> LevelChange:
    """The change with the marks of its first interval, and of the time since the beginning of the point before it.

    The zone of the period decides which marks these are, to the day.
    """
    zone = measured.period.zone
    since = start_of_day(days[change.index - 1], zone)
    until = start_of_day(interval.next_first_day(days[change.index]), zone)
    near = tuple(mark for mark in marks if since <= mark.at < until)
    return LevelChange(days[change.index], change.before, change.after, change.p_value, near)
