"""Whether limits of control charts and funnels hold for samples that are biased to erring calls: simulated centres."""

from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np

from app.statistics import FloatArray, IntArray
from app.statistics.control import (
    ControlChart,
    FunnelLimit,
    Points,
    change_points,
    laney_sigma_z,
    p_chart,
    proportion_funnel,
    proportion_points,
    widened,
)

BEGIN, END = "<!-- charts -->", "<!-- /charts -->"


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """The drawn calls, one entry for each. errors: 1 or 0. inclusion: the inclusion probabilities."""

    days: IntArray
    agents: IntArray
    errors: FloatArray
    inclusion: FloatArray


@dataclass(frozen=True, slots=True)
class Setting:
    """Half of the calls have a signal and err three times as often as the others.

    rate: the share of calls with an error. changed: that of the second half of the days.
    between_days, between_agents: the standard deviations of the rate.
    of_signals, of_others: the inclusion probabilities of calls with the signal and without. changed_plan: in the second
        half of the days.
    """

    days: int = 30
    agents: int = 20
    calls: int = 1500
    rate: float = 0.2
    changed: float | None = None
    between_days: float = 0.0
    between_agents: float = 0.0
    of_signals: float = 0.1
    of_others: float = 0.02
    changed_plan: tuple[float, float] | None = None

    def draw(self, rng: np.random.Generator) -> Drawn:
        days = np.repeat(np.arange(self.days), self.calls)
        agents = rng.integers(0, self.agents, days.size)
        later = days >= self.days // 2
        signals = rng.random(days.size) < 0.5
        rates = np.where(later, self.rate if self.changed is None else self.changed, self.rate)
        rates = rates + rng.normal(0, self.between_days, self.days)[days]
        rates = np.clip(rates + rng.normal(0, self.between_agents, self.agents)[agents], 0.01, 0.65)
        errors = rng.random(days.size) < rates * np.where(signals, 1.5, 0.5)
        inclusion = np.where(signals, self.of_signals, self.of_others)
        if self.changed_plan is not None:
            inclusion = np.where(later, np.where(signals, *self.changed_plan), inclusion)
        drawn = rng.random(days.size) < inclusion
        return Drawn(days[drawn], agents[drawn], errors[drawn].astype(np.float64), inclusion[drawn])


_STEADY = Setting()
SETTINGS = {
    "nothing changes": _STEADY,
    "equal probabilities": replace(_STEADY, of_signals=0.06, of_others=0.06),
    "15 calls a day": replace(_STEADY, calls=250),
    "5 % of calls err": replace(_STEADY, rate=0.05),
    "days differ by 5 points": replace(_STEADY, between_days=0.05),
    "agents differ by 5 points": replace(_STEADY, between_agents=0.05),
    "the plan changes, the process not": replace(_STEADY, of_signals=0.06, of_others=0.06, changed_plan=(0.11, 0.01)),
    "the process changes from 20 to 30 %": replace(_STEADY, changed=0.3),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Shares: of the points beyond the limits, of the charts with a change, of the agents outside of both limits.

    The last three are of the drawn calls as they are, without weights and effective sizes.
    """

    size: float
    effective_size: float
    beyond: float
    changes: float
    outside_95: float
    outside_99_8: float
    plain_beyond: float
    plain_changes: float
    plain_outside_99_8: float


def study(setting: Setting, runs: int, seed: int) -> Row:
    rng = np.random.default_rng(seed)
    return Row(*np.mean([list(_figures(setting.draw(rng), rng)) for _ in range(runs)], axis=0).tolist())


def _figures(drawn: Drawn, rng: np.random.Generator) -> Iterator[float]:
    ones = np.ones_like(drawn.errors)
    days, agents = (
        proportion_points(drawn.errors, ones, 1 / drawn.inclusion, groups) for groups in (drawn.days, drawn.agents)
    )
    yield from (float(days.n.mean()), float(days.sizes.mean()))
    chart = _chart(days)
    yield from (_beyond(chart), _changes(chart, rng))
    yield from _outside(agents)
    days, agents = (proportion_points(drawn.errors, ones, ones, groups) for groups in (drawn.days, drawn.agents))
    chart = _chart(replace(days, sizes=days.n.astype(np.float64)))
    yield from (_beyond(chart), _changes(chart, rng))
    yield list(_outside(replace(agents, sizes=agents.n.astype(np.float64))))[1]


def _chart(points: Points) -> ControlChart:
    """The chart with Laney's limits, never narrower than the ordinary ones, as in the report."""
    chart = p_chart(points.values, points.sizes, points.centre)
    return widened(chart, max(laney_sigma_z(chart), 1.0))


def _beyond(chart: ControlChart) -> float:
    return float(np.mean(np.abs(chart.z) > 3))


def _changes(chart: ControlChart, rng: np.random.Generator) -> float:
    return float(bool(change_points(chart.values, chart.stderrors, rng, permutations=199)))


def _outside(points: Points) -> Iterator[float]:
    assert points.centre is not None, "a simulated centre has calls"
    found = proportion_funnel(points.values, points.sizes, points.centre).outside
    yield 1 - found.count(FunnelLimit.NONE) / len(found)
    yield found.count(FunnelLimit.LIMITS_99_8) / len(found)


_HEADINGS = (
    "| centre | calls a day | effective | points beyond | charts with a change | agents outside 95 % | outside 99.8 % "
    "| plain: points beyond | charts with a change | outside 99.8 % |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(pool: Executor, runs: int, seed: int) -> str:
    """A row for each setting."""
    rows = pool.map(study, SETTINGS.values(), [runs] * len(SETTINGS), range(seed, seed + len(SETTINGS)))
    return "\n".join([_HEADINGS, *map(_line, SETTINGS, rows)])


def _line(name: str, row: Row) -> str:
    shares = (row.beyond, row.changes, row.outside_95, row.outside_99_8)
    plain = (row.plain_beyond, row.plain_changes, row.plain_outside_99_8)
    cells = (name, f"{row.size:.0f}", f"{row.effective_size:.0f}", *(f"{100 * one:.2f} %" for one in shares + plain))
    return f"| {' | '.join(cells)} |"
