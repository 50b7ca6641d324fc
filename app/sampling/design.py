"""From sizes to inclusion probabilities: how many calls, of which agents, each with which probability.

Size measure: see `app.sampling.sizes`. Source: statistics.md §1; πps with certainty selections as in Särndal,
Swensson and Wretman, *Model Assisted Survey Sampling* (1992), §3.6.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from app.sampling.fixed_point import TRILLION, apportion, round_half_up
from app.sampling.types import (
    DesignedCall,
    Feasibility,
    FrameDesign,
    PlanDesign,
    SizedCall,
    Stratum,
    StratumTotals,
    WindowKind,
)

# An agent's working days in a window; a calendar's 7 and 30 would promise more calls than come.
WORKING_DAYS = {WindowKind.DAY: 1, WindowKind.WEEK: 5, WindowKind.MONTH: 22}


class FloorExceedsRateError(ValueError):
    """The floors of all agents need more calls than the rate allows."""

    def __init__(self, feasibility: Feasibility) -> None:
        super().__init__(
            f"the floor of {feasibility.agents} agents needs {feasibility.needed_sample_size} calls, "
            f"the rate allows {feasibility.sample_size} of {feasibility.frame_size}"
        )
        self.feasibility = feasibility


def sample_size(plan: PlanDesign, calls_by_agent: Iterable[int]) -> int:
    """How many calls a plan draws from a frame with these numbers of calls by agent.

    Rate mode: rate × N, halves up, but at least one call of a frame that is not empty, since every call of
    it has a probability above 0. Quota mode: the quota of each agent, or all the calls of one who has
    fewer.
    """
    counts = list(calls_by_agent)
    if plan.rate is None:
        return _least_sample_size(plan, counts)
    numerator, denominator = plan.rate.as_integer_ratio()
    frame_size = sum(counts)
    return max(min(frame_size, 1), round_half_up(numerator * frame_size, denominator))


def feasibility(plan: PlanDesign, calls_by_agent: Mapping[UUID, int]) -> Feasibility:
    """Whether the floors fit into the rate for this frame; if not, the rate or window at which they would.

    Longer windows are estimated from this frame: the same agents, each with as many calls every working day.
    """
    counts = [calls for calls in calls_by_agent.values() if calls]
    frame_size = sum(counts)
    planned = sample_size(plan, counts)
    needed = _least_sample_size(plan, counts)
    return Feasibility(
        feasible=needed <= planned,
        frame_size=frame_size,
        agents=len(counts),
        sample_size=planned,
        needed_sample_size=needed,
        needed_rate=Decimal(-(-needed * 10_000 // max(frame_size, 1))).scaleb(-4),
        calls_per_agent=Decimal(round_half_up(frame_size * 100, max(len(counts), 1))).scaleb(-2),
        smallest_window=_smallest_window(plan, counts),
    )


def allocate(plan: PlanDesign, strata: Iterable[StratumTotals]) -> tuple[Stratum, ...]:
    """Expected number of selections of every stratum, by agent id; they sum to the sample size exactly.

    Rate mode: the floor (or all the calls of an agent who has fewer), plus a share of what is left in
    proportion to total size, at most all the stratum's calls. Quota mode: the quota, or all the calls.
    Raises FloorExceedsRateError where the floors do not fit.
    """
    ordered = sorted(strata, key=attrgetter("agent_id"))
    counts = {totals.agent_id: totals.calls for totals in ordered}
    answer = feasibility(plan, counts)
    if not answer.feasible:
        raise FloorExceedsRateError(answer)
    expected = _apportion_above(
        [totals.calls for totals in ordered],
        total=answer.sample_size * TRILLION,
        weights=[totals.size for totals in ordered],
        minima=[min(plan.least_per_agent, totals.calls) * TRILLION for totals in ordered],
        maxima=[totals.calls * TRILLION for totals in ordered],
    )
    return tuple(
        Stratum(totals.agent_id, totals.calls, totals.size, count)
        for totals, count in zip(ordered, expected, strict=True)
    )


def inclusion_probabilities(sizes: Sequence[int], expected: int) -> list[int]:
    """Probabilities in trillionths, in proportion to size, 0 < π ≤ 1, with the sum `expected` (trillionths).

    A call that would exceed 1 is certain, and the others share what is left. Equal remainders favour the
    earlier call, so give the sizes in the order of the call ids.
    """
    calls = len(sizes)
    return _apportion_above([1] * calls, expected, sizes, minima=[0] * calls, maxima=[TRILLION] * calls)


def design_frame(plan: PlanDesign, calls: Iterable[SizedCall]) -> FrameDesign:
    """A frame with every call's inclusion probability; the order of the input does not matter.

    Raises FloorExceedsRateError where the floors do not fit the rate.
    """
    ordered = sorted(calls, key=lambda call: (call.agent_id.bytes, call.call_id.bytes))
    by_agent = {agent_id: list(group) for agent_id, group in groupby(ordered, key=attrgetter("agent_id"))}
    strata = allocate(
        plan,
        (StratumTotals(agent_id, len(group), sum(call.size for call in group)) for agent_id, group in by_agent.items()),
    )
    return FrameDesign(
        sample_size=sum(stratum.expected for stratum in strata) // TRILLION,
        strata=strata,
        calls=tuple(call for stratum in strata for call in _designed(by_agent[stratum.agent_id], stratum)),
    )


def _apportion_above(
    lowest: Sequence[int], total: int, weights: Sequence[int], minima: Sequence[int], maxima: Sequence[int]
) -> list[int]:
    """Shares by proportion, unless that leaves one below `lowest`: then everyone has that much first.

    A trillionth a call is the lowest, so that every call can be drawn however uneven the sizes are.
    """
    shares = apportion(total, weights, minima, maxima)
    if all(share >= least for share, least in zip(shares, lowest, strict=True)):
        return shares
    return apportion(total, weights, list(map(max, minima, lowest)), maxima)


def _designed(calls: Sequence[SizedCall], stratum: Stratum) -> Iterable[DesignedCall]:
    inclusions = inclusion_probabilities([call.size for call in calls], stratum.expected)
    return map(DesignedCall, calls, inclusions)


def _least_sample_size(plan: PlanDesign, counts: Iterable[int]) -> int:
    return sum(min(plan.least_per_agent, calls) for calls in counts)


def _smallest_window(plan: PlanDesign, counts: Sequence[int]) -> WindowKind | None:
    """The plan's own window or the first longer one whose floors fit."""
    kinds = list(WindowKind)
    for kind in kinds[kinds.index(plan.window) :]:
        grown = [calls * WORKING_DAYS[kind] // WORKING_DAYS[plan.window] for calls in counts]
        if _least_sample_size(plan, grown) <= sample_size(plan, grown):
            return kind
    return None
