"""Charts and funnels of simulated samples that are biased to erring calls: what changes is found, and nothing else."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.analysis.control.chart import control_report
from app.analysis.control.types import ControlReport, RuleSet
from app.analysis.funnel.report import FunnelReport, funnel_report
from app.analysis.intervals import Interval
from app.analysis.metrics.types import MeasuredSample, Metric, MetricQuestion, MetricValues
from app.analysis.samples import ReportScope
from app.platform.clock import Period
from app.platform.ids import new_id
from app.statistics import FloatArray, IntArray
from app.statistics.control import FunnelLimit, Rule, change_points, p_chart
from tests.analysis.arrays import Call, sample_of

DAYS, AGENTS, CALLS = 30, 20, 1500
START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Centre:
    """The calls of each day are as many; half of them have a signal, and err three times as often as the others.

    rates: the share of calls with an error on each day, or of each agent; by default of all 0.2.
    of_signals, of_others: the inclusion probabilities on each day, of calls with the signal and without.
    """

    rates: FloatArray
    of_signals: FloatArray
    of_others: FloatArray

    def draw(self, rng: np.random.Generator) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
        """Day, agent, error and inclusion probability of each drawn call."""
        days = np.repeat(np.arange(DAYS), CALLS)
        agents = rng.integers(0, AGENTS, days.size)
        signals = rng.random(days.size) < 0.5
        rates = self.rates[days if self.rates.size == DAYS else agents]
        errors = rng.random(days.size) < rates * np.where(signals, 1.5, 0.5)
        inclusion = np.where(signals, self.of_signals[days], self.of_others[days])
        drawn = rng.random(days.size) < inclusion
        return days[drawn], agents[drawn], errors[drawn].astype(np.float64), inclusion[drawn]


def constant(value: float, n: int = DAYS) -> FloatArray:
    return np.full(n, value)


STEADY = Centre(constant(0.2), constant(0.1), constant(0.02))


def measured(centre: Centre, seed: int) -> MeasuredSample:
    days, agents, errors, inclusion = centre.draw(np.random.default_rng(seed))
    template = sample_of(*[Call(None)] * days.size)
    sample = replace(
        template,
        agents=agents,
        probabilities=inclusion,
        started_at=np.datetime64(START.replace(tzinfo=None), "us") + days * np.timedelta64(1, "D"),
    )
    question = MetricQuestion(Metric.ERROR_RATE)
    values = MetricValues(question, errors, np.ones_like(errors))
    period = Period(START, START + timedelta(days=DAYS), UTC)
    return MeasuredSample(period, _scope(), sample, values, 1 / inclusion)


def _scope() -> ReportScope:
    agents = sorted(new_id() for _ in range(AGENTS))
    return ReportScope([new_id()], [0], [new_id()], ["UTC"], agents, [None] * AGENTS, [True] * AGENTS, [], 0)


def chart_of(centre: Centre, seed: int) -> ControlReport:
    return control_report(measured(centre, seed), Interval.DAY, RuleSet.WESTERN_ELECTRIC, ())


def funnel_of(rates: Sequence[float], seed: int) -> FunnelReport:
    return funnel_report(measured(replace(STEADY, rates=np.array(rates)), seed))


def test_without_a_change_few_points_are_beyond_the_limits_and_few_charts_show_a_change() -> None:
    charts = [chart_of(STEADY, seed) for seed in range(60)]
    points = [point for chart in charts for point in chart.points]
    beyond = sum(any(signal is Rule.BEYOND_3_SIGMA for signal in point.signals) for point in points)
    assert len(points) == 60 * DAYS
    assert beyond / len(points) <= 0.006
    assert sum(bool(chart.changes) for chart in charts) <= 8
    assert np.mean([chart.centre for chart in charts if chart.centre is not None]) == pytest.approx(0.2, abs=0.005)


def test_a_change_of_the_process_is_found_on_its_day() -> None:
    rates = np.where(np.arange(DAYS) < 15, 0.2, 0.4)
    charts = [chart_of(replace(STEADY, rates=rates), seed) for seed in range(20)]
    day = (START + timedelta(days=15)).date()
    assert sum(any(abs((change.start - day).days) <= 1 for change in chart.changes) for chart in charts) >= 18


def test_a_plan_that_draws_more_erring_calls_changes_nothing() -> None:
    """The share of errors among the drawn calls jumps in the middle; that of all calls does not."""
    plan = replace(
        STEADY,
        of_signals=np.where(np.arange(DAYS) < 15, 0.06, 0.11),
        of_others=np.where(np.arange(DAYS) < 15, 0.06, 0.01),
    )
    samples = [measured(plan, seed) for seed in range(20)]
    changed = [control_report(one, Interval.DAY, RuleSet.WESTERN_ELECTRIC, ()).changes for one in samples]
    assert sum(map(bool, changed)) <= 4
    assert sum(unweighted_changes(one) for one in samples) >= 19


def unweighted_changes(one: MeasuredSample) -> bool:
    """Whether a p chart of the drawn calls as they are has a change."""
    days = ((one.sample.started_at - one.sample.started_at.min()) // np.timedelta64(1, "D")).astype(np.int64)
    sizes = np.bincount(days).astype(np.float64)
    chart = p_chart(np.bincount(days, one.values.y) / sizes, sizes)
    return bool(change_points(chart.values, chart.stderrors, np.random.default_rng(1)))


def test_agents_who_do_not_differ_are_inside_the_funnel() -> None:
    funnels = [funnel_of([0.2] * AGENTS, seed) for seed in range(60)]
    outside = [row.outside for funnel in funnels for row in funnel.rows]
    assert len(outside) == 60 * AGENTS
    assert outside.count(FunnelLimit.LIMITS_99_8) / len(outside) <= 0.006
    assert (len(outside) - outside.count(FunnelLimit.NONE)) / len(outside) <= 0.065


def test_the_agent_who_differs_is_outside() -> None:
    found = [funnel_of([0.6, *[0.2] * (AGENTS - 1)], seed) for seed in range(20)]
    worst = [funnel.rows[0] for funnel in found]
    assert sum(row.outside is FunnelLimit.LIMITS_99_8 for row in worst) >= 19
    assert sum(funnel.outside for funnel in found) <= 23
