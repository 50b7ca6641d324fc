"""The number of calls that each group of a report is about: exact where the frames know it, otherwise an estimate.

The frames count the calls of each agent in each window. The count of a group that consists of whole agents and windows
is therefore exact. A group that cuts through them, such as the calls that one verifier scored, has an estimate: the sum
of the weights of its calls.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.analysis.samples import SampleArrays
from app.statistics import BoolArray, FloatArray, IntArray, call_weights, response_groups
from app.statistics.sample import sums

# Parts of calls that are in several frames sum to whole numbers but for their rounding.
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of a report, and what belongs to each.

    keys: the groups' keys, None for calls in no group. of_selections: the index of each selection's group in `keys`.
    of_strata: the same of each stratum of the frame; None if groups cut through strata.
    """

    keys: Sequence[str | None]
    of_selections: IntArray
    of_strata: IntArray | None


def one_group(sample: SampleArrays) -> Groups:
    """All calls of a report as one group."""
    return Groups([None], np.zeros_like(sample.agents), np.zeros_like(sample.frame.agents))


class Population(NamedTuple):
    """The number of calls of a group.

    calls: of all agents and windows of the group; None if it cannot be estimated. exact: whether it was counted.
    unrepresented: how many of them estimates are not about, because no call of the agent is evaluated in these windows.
    """

    calls: float | None
    exact: bool
    unrepresented: float


def populations(sample: SampleArrays, groups: Groups, part: BoolArray) -> list[Population]:
    """The population of each group.

    part: the respondents that the figures are about. If it leaves out some of a group, such as calls to which no item
        applied, the number of calls of the group is an estimate: the weighted share of those that are not left out.
    """
    size = len(groups.keys)
    framed = sample.sample(np.zeros_like(sample.scores))
    response = response_groups(framed)
    evaluated, weights = sample.counts & sample.evaluated, call_weights(framed)
    in_all, in_part = (sums(groups.of_selections[chosen], weights[chosen], size) for chosen in (evaluated, part))
    left_out = _occurs(groups.of_selections[evaluated & ~part], size)
    missing = sample.counts & ~response.represented
    unrepresented = sums(groups.of_selections[missing], framed.design_weights[missing], size)
    estimated = _Counts(in_all + unrepresented, unrepresented)
    counted, known = _counted(sample, groups, response.strata_represented)
    exact = known & ~left_out
    share = np.divide(in_part, in_all, out=np.full(size, np.nan), where=in_part > 0)
    return [
        _exact(counted, group) if exact[group] else _estimate(counted if known[group] else estimated, group, share)
        for group in range(size)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """The calls of each group, and those that are not represented."""

    calls: FloatArray
    unrepresented: FloatArray


def _counted(sample: SampleArrays, groups: Groups, represented: BoolArray) -> tuple[_Counts, BoolArray]:
    """The counts of the frames, and for which groups they are known."""
    size = len(groups.keys)
    if groups.of_strata is None:
        return _Counts(np.zeros(size), np.zeros(size)), np.zeros(size, dtype=np.bool_)
    counts = sample.agent_counts[sample.frame.agents]
    cut = counts & ~sample.in_period[sample.frame.draws]
    missing = counts & ~represented
    calls = sample.frame.calls
    return (
        _Counts(
            calls=sums(groups.of_strata[counts], calls[counts], size),
            unrepresented=sums(groups.of_strata[missing], calls[missing], size),
        ),
        ~_occurs(groups.of_strata[cut], size),
    )


def _exact(counted: _Counts, group: int) -> Population:
    calls, unrepresented = float(counted.calls[group]), float(counted.unrepresented[group])
    # A call that two draws counted for different agents is a part of a call for each of them.
    whole = abs(calls - round(calls)) < _ROUNDING
    return Population(_whole(calls), whole, _whole(unrepresented))


def _estimate(counts: _Counts, group: int, share: FloatArray) -> Population:
    unrepresented = float(counts.unrepresented[group])
    if np.isnan(share[group]):
        return Population(None, False, unrepresented)
    represented = float(counts.calls[group]) - unrepresented
    return Population(represented * float(share[group]) + unrepresented, False, unrepresented)


def _whole(calls: float) -> float:
    return round(calls) if abs(calls - round(calls)) < _ROUNDING else calls


def _occurs(groups: IntArray, size: int) -> BoolArray:
    return np.asarray(np.bincount(groups, minlength=size) > 0)
