"""From sizes to inclusion probabilities: how many calls, of which agents, each with which probability.

Calls of one agent with the same size differ in nothing but their ids, so everything is computed by such size classes:
a frame of a million calls has some thousands of them.

Size measure: see `app.sampling.sizes`. Source: statistics.md §1; πps with certainty selections as in Särndal,
Swensson and Wretman, *Model Assisted Survey Sampling* (1992), §3.6.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, groupby, repeat
from operator import attrgetter, ge
from uuid import UUID

from app.sampling.draws.types import (
    ClassDesign,
    ClassInclusion,
    DesignedCall,
    FrameDesign,
    SizeClass,
    SizedCall,
    Stratum,
    StratumTotals,
)
from app.sampling.plans.types import Feasibility, PlanDesign
from app.sampling.windows import WindowKind
from app.statistics.fixed_point import TRILLION, apportion, round_half_up

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
    """Expected number of selections of every stratum, by agent id.

    Rate mode: the floor (or all the calls of an agent who has fewer), plus a share of what is left in
    proportion to total size, at most all the stratum's calls; the counts sum to the sample size exactly.
    Quota mode: the quota, or all the calls. Supplementary: shares in proportion to total size, without a
    floor, of rate × N to a trillionth (at least a trillionth a call). Raises FloorExceedsRateError where the
    floors do not fit.
    """
    ordered = sorted(strata, key=attrgetter("agent_id"))
    counts = [totals.calls for totals in ordered]
    expected_n_e12, _ = _apportion_above(
        counts,
        total=_expected_total(plan, ordered),
        counts=[1] * len(ordered),
        weights=[totals.size_e6 for totals in ordered],
        minima=[min(plan.least_per_agent, calls) * TRILLION for calls in counts],
        maxima=[calls * TRILLION for calls in counts],
    )
    return tuple(
        Stratum(totals.agent_id, totals.calls, totals.size_e6, count)
        for totals, count in zip(ordered, expected_n_e12, strict=True)
    )


def class_inclusions(classes: Sequence[SizeClass], expected_n_e12: int) -> list[ClassInclusion]:
    """Inclusion probabilities of one agent's classes, smallest size first; their sum is `expected_n_e12`.

    They are in proportion to size, 0 < π ≤ 1: a call that would exceed 1 is selected with certainty, and the others
    share what is left. Of equal remainders the first by size and id gains.
    """
    inclusion_probs_e12, remainder_counts = _apportion_above(
        [1] * len(classes),
        total=expected_n_e12,
        counts=[size_class.calls for size_class in classes],
        weights=[size_class.size_e6 for size_class in classes],
        minima=[0] * len(classes),
        maxima=[TRILLION] * len(classes),
    )
    return [
        ClassInclusion(*size_class, inclusion_prob_e12, remainder_count)
        for size_class, inclusion_prob_e12, remainder_count in zip(
            classes, inclusion_probs_e12, remainder_counts, strict=True
        )
    ]


def design_classes(plan: PlanDesign, classes: Iterable[SizeClass]) -> ClassDesign:
    """A frame with the inclusion probabilities of its classes, one for each agent and size, in any order.

    Raises FloorExceedsRateError where the floors do not fit the rate.
    """
    by_agent = _by_agent(classes)
    strata = allocate(plan, (_totals(agent_id, group) for agent_id, group in by_agent.items()))
    return ClassDesign(
        expected_n_e12=sum(stratum.expected_n_e12 for stratum in strata),
        strata=strata,
        inclusions=tuple(
            inclusion
            for stratum in strata
            for inclusion in class_inclusions(by_agent[stratum.agent_id], stratum.expected_n_e12)
        ),
    )


def design_frame(plan: PlanDesign, calls: Iterable[SizedCall]) -> FrameDesign:
    """A frame with every call's inclusion probability; the order of the input does not matter.

    Raises FloorExceedsRateError where the floors do not fit the rate.
    """
    ordered = sorted(calls, key=lambda call: (call.agent_id.bytes, call.size_e6, call.call_id.bytes))
    groups = groupby(ordered, key=attrgetter("agent_id", "size_e6"))
    design = design_classes(plan, (SizeClass(*agent_and_size, len(list(group))) for agent_and_size, group in groups))
    probabilities = (probability for inclusion in design.inclusions for probability in expand(inclusion))
    return FrameDesign(design.expected_n_e12, design.strata, tuple(map(DesignedCall, ordered, probabilities)))


def expand(size_class: ClassInclusion) -> Iterator[int]:
    """The inclusion probabilities of the calls of a size class, by call id, in trillionths."""
    prob_e12, remainder_count = size_class.inclusion_prob_e12, size_class.remainder_count
    return chain(repeat(prob_e12 + 1, remainder_count), repeat(prob_e12, size_class.calls - remainder_count))


def stratum_totals(classes: Iterable[SizeClass]) -> tuple[StratumTotals, ...]:
    """The number of calls and the total size of every stratum, by agent id."""
    by_agent = _by_agent(classes)
    return tuple(_totals(agent_id, by_agent[agent_id]) for agent_id in sorted(by_agent))


def _by_agent(classes: Iterable[SizeClass]) -> dict[UUID, list[SizeClass]]:
    by_agent: defaultdict[UUID, list[SizeClass]] = defaultdict(list)
    for size_class in classes:
        by_agent[size_class.agent_id].append(size_class)
    for group in by_agent.values():
        group.sort(key=attrgetter("size_e6"))
    return by_agent


def _totals(agent_id: UUID, classes: Sequence[SizeClass]) -> StratumTotals:
    return StratumTotals(
        agent_id=agent_id,
        calls=sum(size_class.calls for size_class in classes),
        size_e6=sum(size_class.calls * size_class.size_e6 for size_class in classes),
    )


def _expected_total(plan: PlanDesign, strata: Iterable[StratumTotals]) -> int:
    """The expected sample size over all strata, in trillionths."""
    calls_by_agent = {totals.agent_id: totals.calls for totals in strata}
    if plan.supplementary and plan.rate is not None:
        frame_size = sum(calls_by_agent.values())
        numerator, denominator = plan.rate.as_integer_ratio()
        return max(frame_size, round_half_up(numerator * frame_size * TRILLION, denominator))
    answer = feasibility(plan, calls_by_agent)
    if not answer.feasible:
        raise FloorExceedsRateError(answer)
    return answer.sample_size * TRILLION


def _apportion_above(
    lowest: Sequence[int],
    *,
    total: int,
    counts: Sequence[int],
    weights: Sequence[int],
    minima: Sequence[int],
    maxima: Sequence[int],
) -> tuple[list[int], list[int]]:
    """Shares in proportion to weight. If one would be below `lowest`, every share gets that much first.

    The lowest share is a trillionth for each call, so that every call can be drawn, however uneven the sizes are.
    """
    shares, remainder_counts = apportion(total, counts, weights, minima, maxima)
    if all(map(ge, shares, lowest)):
        return shares, remainder_counts
    return apportion(total, counts, weights, list(map(max, minima, lowest)), maxima)


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
