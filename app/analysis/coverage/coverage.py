"""Sampling coverage: how many calls of each agent are drawn and evaluated, why none is, and the signals drawn."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from uuid import UUID

from app.analysis.coverage.types import (
    AgentCoverage,
    AgentRow,
    CallsOutsideFrames,
    FrameRow,
    NotEvaluatedReason,
    PlanCoverage,
    PlanRow,
    RefusedWindow,
    SignalCoverage,
    SignalRow,
    Tally,
)
from app.sampling import SignalName

NO_SIGNAL = "none"


@dataclass(frozen=True, slots=True)
class CoverageData:
    """What the report is computed from. `outside_frames` has the agents who have calls but none in a frame."""

    plans: Sequence[PlanRow]
    frames: Sequence[FrameRow]
    outside_frames: Mapping[UUID, CallsOutsideFrames]


def total_tally(frames: Iterable[FrameRow]) -> Tally:
    return Tally.of(row.tally for row in frames)


def cover_agents(agents: Iterable[AgentRow], data: CoverageData) -> tuple[AgentCoverage, ...]:
    by_agent = defaultdict(list)
    for row in data.frames:
        by_agent[row.agent_id].append(row)
    return tuple(_cover_agent(agent, by_agent[agent.agent_id], data) for agent in agents)


def cover_plans(data: CoverageData, refused: Iterable[RefusedWindow]) -> tuple[PlanCoverage, ...]:
    by_plan, refused_by_plan = defaultdict(list), defaultdict(list)
    for row in data.frames:
        by_plan[row.plan_id].append(row)
    for window in refused:
        refused_by_plan[window.plan_id].append(window)
    return tuple(
        PlanCoverage(plan, tuple(refused_by_plan[plan.plan_id]), total_tally(by_plan[plan.plan_id]))
        for plan in data.plans
    )


def cover_signals(rows: Collection[SignalRow], tally: Tally) -> tuple[SignalCoverage, ...]:
    """Every possible signal, and the calls without any. A call with two signals counts for both."""
    by_signal = {row.signal or NO_SIGNAL: row for row in rows}
    return tuple(_cover_signal(name, by_signal.get(name), tally) for name in (*SignalName, NO_SIGNAL))


def _cover_signal(name: str, row: SignalRow | None, tally: Tally) -> SignalCoverage:
    if row is None:
        return SignalCoverage(name, 0, 0.0, 0.0, None)
    return SignalCoverage(
        name, row.selected, row.selected / tally.selected, row.population / tally.population, row.mean_multiplier
    )


def _cover_agent(agent: AgentRow, frames: Sequence[FrameRow], data: CoverageData) -> AgentCoverage:
    tally = total_tally(frames)
    if tally.evaluated:
        return AgentCoverage(agent, tally, None, None)
    return AgentCoverage(agent, tally, *_why_not_evaluated(agent, tally, frames, data))


def _why_not_evaluated(
    agent: AgentRow, tally: Tally, frames: Sequence[FrameRow], data: CoverageData
) -> tuple[NotEvaluatedReason, str]:
    plans = [plan for plan in data.plans if plan.project_id in agent.project_ids]
    if tally.selected:
        return NotEvaluatedReason.SELECTED_NOT_EVALUATED, _selected_not_evaluated(tally)
    if frames:
        return NotEvaluatedReason.NOT_SELECTED, _not_selected(tally, prod(row.prob_none_selected for row in frames))
    if not plans:
        return NotEvaluatedReason.NO_PLAN, "No sampling plan was active in the agent's projects."
    if not any(plan.windows_drawn for plan in plans):
        return NotEvaluatedReason.WINDOW_NOT_DRAWN, "No window of the agent's projects has been drawn yet."
    return _in_no_frame(data.outside_frames.get(agent.agent_id))


def _selected_not_evaluated(tally: Tally) -> str:
    open_calls = f"{tally.open} are open ({tally.overdue} overdue)" if tally.open else "none is open"
    return f"None of {tally.selected} drawn calls is evaluated: {open_calls}, {tally.skipped} skipped."


def _not_selected(tally: Tally, probability: float) -> str:
    return (
        f"None of {tally.calls} calls was drawn; {tally.expected:.2f} were expected. "
        f"The probability of this was {probability:.1%}."
    )


def _in_no_frame(calls: CallsOutsideFrames | None) -> tuple[NotEvaluatedReason, str]:
    if calls is None:
        return NotEvaluatedReason.NO_CALLS, "The agent had no calls in the drawn windows."
    if calls.too_short + calls.not_recorded == calls.calls:
        return NotEvaluatedReason.NO_ELIGIBLE_CALLS, (
            f"None of {calls.calls} calls could be drawn: {calls.too_short} too short, "
            f"{calls.not_recorded} without a recording."
        )
    return NotEvaluatedReason.CALLS_CAME_LATE, (
        f"{calls.calls - calls.too_short - calls.not_recorded} calls came after their windows were drawn; "
        "they wait for a supplementary draw."
    )
