"""Charts and funnels of simulated samples that are biased to erring calls: what changes is found, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
from app.statistics.control import FunnelLimit, Rule, change_points, p_chart
from tests.analysis.arrays import Call, sample_of
from validation.charts import SETTINGS, Setting, study

STEADY = SETTINGS["nothing changes"]
START = datetime(2026, 11, 2, 9, tzinfo=UTC)
MIDDLE = (START + timedelta(days=STEADY.days // 2)).date()


def measured(setting: Setting, seed: int) -> MeasuredSample:
    drawn = setting.draw(np.random.default_rng(seed))
    sample = replace(
        sample_of(*[Call(None)] * drawn.days.size),
        agents=drawn.agents,
        probabilities=drawn.inclusion,
        started_at=np.datetime64(START.replace(tzinfo=None), "us") + drawn.days * np.timedelta64(1, "D"),
    )
    values = MetricValues(MetricQuestion(Metric.ERROR_RATE), drawn.errors, np.ones_like(drawn.errors))
    period = Period(START, START + timedelta(days=setting.days), UTC)
    return MeasuredSample(period, _scope(setting.agents), sample, values, 1 / drawn.inclusion)


def _scope(agents: int) -> ReportScope:
    ids = sorted(new_id() for _ in range(agents))
    draw, end = [new_id()], START + timedelta(days=STEADY.days)
    teams: list[UUID | None] = [None] * agents
    return ReportScope(draw, [0], draw, draw, [START], [end], draw, ["UTC"], ids, teams, [True] * agents, [], 0)


def chart_of(setting: Setting, seed: int) -> ControlReport:
    return control_report(measured(setting, seed), Interval.DAY, RuleSet.WESTERN_ELECTRIC, ())


def funnel_of(setting: Setting, seed: int) -> FunnelReport:
    return funnel_report(measured(setting, seed))


def test_without_a_change_few_points_are_beyond_the_limits_and_few_charts_show_a_change() -> None:
    charts = [chart_of(STEADY, seed) for seed in range(60)]
    points = [point for chart in charts for point in chart.points]
    assert len(points) == 60 * STEADY.days
    assert sum(Rule.BEYOND_3_SIGMA in point.signals for point in points) / len(points) <= 0.006
    assert sum(bool(chart.changes) for chart in charts) <= 8
    assert np.mean([chart.centre for chart in charts if chart.centre is not None]) == pytest.approx(0.2, abs=0.005)


def test_a_change_of_the_process_is_found_on_its_day() -> None:
    charts = [chart_of(replace(STEADY, changed=0.4), seed) for seed in range(20)]
    assert sum(any(abs((change.start - MIDDLE).days) <= 1 for change in chart.changes) for chart in charts) >= 18


def test_a_plan_that_draws_more_erring_calls_changes_nothing() -> None:
    """The share of errors among the drawn calls jumps in the middle; that of all calls does not."""
    samples = [measured(SETTINGS["the plan changes, the process not"], seed) for seed in range(20)]
    changed = [control_report(one, Interval.DAY, RuleSet.WESTERN_ELECTRIC, ()).changes for one in samples]
    assert sum(map(bool, changed)) <= 4
    assert sum(map(has_unweighted_changes, samples)) >= 19


def has_unweighted_changes(one: MeasuredSample) -> bool:
    """Whether a p chart of the drawn calls as they are has a change."""
    days = ((one.sample.started_at - one.sample.started_at.min()) // np.timedelta64(1, "D")).astype(np.int64)
    sizes = np.bincount(days).astype(np.float64)
    chart = p_chart(np.bincount(days, one.values.y) / sizes, sizes)
    return bool(change_points(chart.values, chart.stderrors, np.random.default_rng(1)))


def test_agents_who_do_not_differ_are_inside_the_funnel() -> None:
    funnels = [funnel_of(STEADY, seed) for seed in range(60)]
    outside = [row.outside for funnel in funnels for row in funnel.rows]
    assert len(outside) == 60 * STEADY.agents
    assert outside.count(FunnelLimit.LIMITS_99_8) / len(outside) <= 0.006
    assert (len(outside) - outside.count(FunnelLimit.NONE)) / len(outside) <= 0.065


def test_the_agent_who_differs_is_outside() -> None:
    """The first agent has errors in half of the calls that would have none."""
    rng = np.random.default_rng(1)
    for seed in range(10):
        one = measured(STEADY, seed)
        added = (one.sample.agents == 0) & (rng.random(one.values.y.size) < 0.5)
        funnel = funnel_report(replace(one, values=replace(one.values, y=np.maximum(one.values.y, added))))
        assert (funnel.rows[0].agent_id, funnel.rows[0].outside) == (one.scope.agent_ids[0], FunnelLimit.LIMITS_99_8)
        assert funnel.outside <= 2


def test_if_all_agents_differ_the_limits_are_wider() -> None:
    funnels = [funnel_of(replace(STEADY, between_agents=0.15), seed) for seed in range(10)]
    assert all((funnel.dispersion_applied or 0) > 2 for funnel in funnels)
    assert sum(funnel.outside for funnel in funnels) <= 2


def test_the_study_of_the_validation_counts_the_same() -> None:
    """A small version of the table in docs/validation.md."""
    row = study(SETTINGS["the plan changes, the process not"], 20, 1)
    assert row.effective_size < row.size
    assert (row.beyond, row.outside_99_8) < (0.01, 0.01)
    assert row.changes <= 0.2
    assert row.plain_changes >= 0.9
