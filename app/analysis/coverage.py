"""Coverage: who was heard how often, who was not and why, and what the draws spent on which signal."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from uuid import UUID

from app.analysis.coverage_types import (
    AgentCoverage,
    AgentRow,
    FrameRow,
    PlanCoverage,
    PlanRow,
    RefusedWindow,
    SignalCoverage,
    SignalRow,
    SilentCalls,
    Tally,
    Unheard,
)
from app.sampling.types import SignalName

NO_SIGNAL = "none"


@dataclass(frozen=True, slots=True)
class Facts:
    """What coverage is told from. `silent` has the calls of agents of whom no frame has any."""

    plans: Sequence[PlanRow]
    frames: Sequence[FrameRow]
    silent: Mapping[UUID, SilentCalls]


def agents_covered(agents: Iterable[AgentRow], facts: Facts) -> tuple[AgentCoverage, ...]:
    by_agent = defaultdict(list)
    for row in facts.frames:
        by_agent[row.agent_id].append(row)
    return tuple(_agent(agent, by_agent[agent.agent_id], facts) for agent in agents)


def plans_covered(facts: Facts, refused: Iterable[RefusedWindow]) -> tuple[PlanCoverage, ...]:
    by_plan, refused_by_plan = defaultdict(list), defaultdict(list)
    for row in facts.frames:
        by_plan[row.plan_id].append(row)
    for window in refused:
        refused_by_plan[window.plan_id].append(window)
    return tuple(
        PlanCoverage(plan, tuple(refused_by_plan[plan.plan_id]), Tally.of(by_plan[plan.plan_id]))
        for plan in facts.plans
    )


def signals_covered(rows: Collection[SignalRow], tally: Tally) -> tuple[SignalCoverage, ...]:
    """Every signal there is, and the calls without any. A call with two signals counts for both."""
    by_signal = {row.signal or NO_SIGNAL: row for row in rows}
    return tuple(_signal(name, by_signal.get(name), tally) for name in (*SignalName, NO_SIGNAL))


def _signal(name: str, row: SignalRow | None, tally: Tally) -> SignalCoverage:
    if row is None:
        return SignalCoverage(name, 0, 0.0, 0.0, None)
    return SignalCoverage(
        name, row.selected, row.selected / tally.selected, row.population / tally.population, row.mean_multiplier
    )


def _agent(agent: AgentRow, frames: Sequence[FrameRow], facts: Facts) -> AgentCoverage:
    tally = Tally.of(frames)
    if tally.evaluated:
        return AgentCoverage(agent, tally, None, None)
    return AgentCoverage(agent, tally, *_why_unheard(agent, tally, frames, facts))


def _why_unheard(agent: AgentRow, tally: Tally, frames: Sequence[FrameRow], facts: Facts) -> tuple[Unheard, str]:
    plans = [plan for plan in facts.plans if plan.project_id in agent.project_ids]
    if tally.selected:
        return Unheard.SELECTED_NOT_EVALUATED, _selected(tally)
    if frames:
        return Unheard.NOT_SELECTED, _not_selected(tally, prod(row.unheard for row in frames))
    if not plans:
        return Unheard.NO_PLAN, "No sampling plan was at work in the agent's projects."
    if not any(plan.windows_drawn for plan in plans):
        return Unheard.WINDOW_NOT_DRAWN, "No window of the agent's projects has been drawn yet."
    return _no_frame(facts.silent.get(agent.agent_id))


def _selected(tally: Tally) -> str:
    open_ones = f"{tally.open} still open, {tally.overdue} of them overdue" if tally.open else "none still open"
    return f"Of {tally.selected} drawn calls none was evaluated: {open_ones}, {tally.skipped} skipped."


def _not_selected(tally: Tally, probability: float) -> str:
    return (
        f"None of {tally.calls} calls was drawn where {tally.expected:.2f} were to be expected: "
        f"that had a probability of {probability:.1%}."
    )


def _no_frame(calls: SilentCalls | None) -> tuple[Unheard, str]:
    if calls is None:
        return Unheard.NO_CALLS, "The agent had no calls in the drawn windows."
    if calls.too_short + calls.not_recorded == calls.calls:
        return Unheard.NO_ELIGIBLE_CALLS, (
            f"None of {calls.calls} calls could be drawn: {calls.too_short} too short, "
            f"{calls.not_recorded} without a recording."
        )
    return Unheard.CALLS_CAME_LATE, (
        f"{calls.calls - calls.too_short - calls.not_recorded} calls came after their windows were drawn; "
        "they wait for a supplementary draw."
    )
