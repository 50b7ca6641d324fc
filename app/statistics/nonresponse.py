"""Weights of the respondents: each agent's evaluated calls stand for that agent's own calls, and for no others.

1. A selection stands for share/π calls (`Sample.design_weights`).
2. The respondents of a response homogeneity group take the weights of its nonrespondents (Särndal, Swensson and Wretman
   1992, §15.6): within a group, every selection is assumed to respond with the same probability, whatever its value. A
   group is `GROUP_SIZE` or more selections of one agent in neighbouring windows, because whether a call is evaluated
   depends on its agent and on the workload of the verifiers at that time. Groups of one or two selections, such as one
   day of an agent, distort the weights, and so do groups whose end depends on a response (Kalton and Flores-Cervantes
   2003 recommend 20).
3. If the frame is known, the weights of a group with `MIN_CALIBRATED` respondents or more are calibrated to the number
   of its calls (ratio estimation within post-strata, Särndal, Swensson and Wretman 1992, §7.6): Σw is that number.
   Every respondent stands for its own call at least, so that only the rest of its weight changes. With fewer
   respondents the ratio would bias the mean, because calls with a large weight differ from the others.

A group without a respondent stays without weight: no other agent's calls stand for it, and estimates are not about it.
Neither are they about a window that was drawn and not evaluated at all.
In a simulation where response falls from 95 to 45 % as agents get worse, the bias of the mean is 0.74 points if
nonresponse is ignored, and hardly any with these groups (docs/validation.md).
"""

from dataclasses import dataclass

import numpy as np

from app.statistics.sample import (
    BoolArray,
    FloatArray,
    FrameCounts,
    IntArray,
    Responses,
    Sample,
    counts,
    factorize,
    sums,
)

# The strata of an agent are joined until they hold this many selections.
GROUP_SIZE = 20
# By simulation: the bias of the mean of all calls is then below a tenth of its standard error (docs/validation.md).
MIN_CALIBRATED = 10
# If the calls that were not drawn are a smaller part than this of all calls, they are rounding errors of a census.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ResponseGroups:
    """The response homogeneity groups of a sample, numbered from 0.

    of_selections: the group of each selection. of_strata: that of each stratum of the frame, or of the sample.
    n: the number of respondents in each group.
    represented, strata_represented: whether estimates are about the calls that a selection stands for, and about those
        of a stratum: the group has a respondent and, if a call of the window was drawn, the window has one.
    """

    of_selections: IntArray
    of_strata: IntArray
    n: IntArray
    represented: BoolArray
    strata_represented: BoolArray


def response_groups(sample: Sample) -> ResponseGroups:
    """The groups of a sample.

    In the order of an agent's strata, a group ends with the stratum at which the agent's number of selections reaches
    the next multiple of `GROUP_SIZE`. The strata after the last such stratum belong to the last group. Without
    `sample.agents`, each stratum is a group.
    """
    strata = _strata_of(sample)
    of_strata = _groups_of(strata)
    of_selections = of_strata[strata.of_selections]
    responded = ~np.isnan(sample.values)
    n = counts(of_selections[responded], int(of_strata.max(initial=-1)) + 1)
    n_windows = int(strata.windows.max(initial=-1)) + 1
    selected = counts(strata.windows[strata.of_selections], n_windows)
    evaluated = counts(strata.windows[strata.of_selections][responded], n_windows)
    represented = (n[of_strata] > 0) & ((evaluated > 0) | (selected == 0))[strata.windows]
    return ResponseGroups(of_selections, of_strata, n, represented[strata.of_selections], represented)


def call_weights(sample: Sample) -> FloatArray:
    """The number of calls that each selection stands for; 0 for nonresponse."""
    return responses_of(sample).weights


def response_probabilities(sample: Sample) -> FloatArray:
    """For each selection the probability of being drawn and evaluated, π times the response rate; 0 for nonresponse."""
    return responses_of(sample).probabilities


def responses_of(sample: Sample) -> Responses:
    """Both of these at once: those that the sample brings with it, or else computed."""
    if sample.responses is not None:
        return sample.responses
    groups = response_groups(sample)
    factors, responded = _factors(sample, groups), ~np.isnan(sample.values)
    probabilities = np.divide(sample.probabilities, factors, out=np.zeros_like(factors), where=responded)
    weights = np.where(responded, sample.design_weights * factors, 0.0)
    if sample.frame is not None:
        weights = _calibrated(sample, sample.frame, groups, weights)
    return Responses(probabilities, weights)


def _factors(sample: Sample, groups: ResponseGroups) -> FloatArray:
    """What the design weight of each selection's respondents is multiplied by: 1 / response rate of the group."""
    responded = ~np.isnan(sample.values)
    selected = sums(groups.of_selections, np.where(groups.represented, sample.design_weights, 0.0))
    evaluated = sums(groups.of_selections, np.where(responded, sample.design_weights, 0.0))
    factors = np.divide(selected, evaluated, out=np.ones_like(selected), where=evaluated > 0)
    return np.asarray(factors[groups.of_selections])


def _calibrated(sample: Sample, frame: FrameCounts, groups: ResponseGroups, weights: FloatArray) -> FloatArray:
    """The weights w of each large group as s + c·(w − s), with the group's c by which they sum to its calls."""
    own = np.where(np.isnan(sample.values), 0.0, 1.0 if sample.shares is None else sample.shares)
    calls = sums(groups.of_strata, np.where(groups.strata_represented, frame.calls, 0.0))
    own_sums = sums(groups.of_selections, own, calls.size)
    others = sums(groups.of_selections, weights, calls.size) - own_sums
    large = (groups.n >= MIN_CALIBRATED) & (others > _ROUNDING * calls)
    factors = np.ones_like(calls)
    factors[large] = np.maximum(calls - own_sums, 0)[large] / others[large]
    return np.asarray(own + factors[groups.of_selections] * (weights - own))


@dataclass(frozen=True, slots=True, eq=False)
class _Strata:
    """The strata of the frame or, if it is not known, of the sample, with codes from 0 for agents and windows.

    of_selections: the index of each selection's stratum. n: the number of selections of each.
    """

    of_selections: IntArray
    agents: IntArray
    windows: IntArray
    n: IntArray


def _strata_of(sample: Sample) -> _Strata:
    frame = sample.frame
    if frame is not None:
        index = np.searchsorted(frame.strata, sample.strata)
        agents = frame.strata if sample.agents is None else frame.agents
        return _Strata(index, factorize(agents)[1], factorize(frame.windows)[1], counts(index, frame.strata.size))
    codes, index = factorize(sample.strata)
    agents = sample.strata if sample.agents is None else sample.agents
    of_agents, of_windows = np.empty((2, codes.size), dtype=np.int64)
    of_agents[index], of_windows[index] = factorize(agents)[1], factorize(sample.windows)[1]
    return _Strata(index, of_agents, of_windows, counts(index))


def _groups_of(strata: _Strata) -> IntArray:
    order = np.argsort(strata.agents, kind="stable")
    groups = np.empty_like(strata.agents)
    groups[order] = _join_neighbours(strata.agents[order], strata.n[order])
    return groups


def _join_neighbours(agents: IntArray, selections: IntArray) -> IntArray:
    """The group of each stratum. Strata are sorted by agent, agents are numbered from 0."""
    total = _cumulative_by_agent(agents, selections)
    ends_group = total // GROUP_SIZE > (total - selections) // GROUP_SIZE
    groups_before = _cumulative_by_agent(agents, ends_group.astype(np.int64)) - ends_group
    n_groups = np.maximum(np.bincount(agents, ends_group).astype(np.int64), 1)
    first_group = np.cumsum(n_groups) - n_groups
    return np.asarray(first_group[agents] + np.minimum(groups_before, n_groups[agents] - 1))


def _cumulative_by_agent(agents: IntArray, numbers: IntArray) -> IntArray:
    """The cumulative sum of the numbers, starting again at each agent. Entries are sorted by agent."""
    total = np.cumsum(numbers)
    starts = np.flatnonzero(np.diff(agents, prepend=-1))
    return np.asarray(total - (total - numbers)[starts][agents])
