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
from app.statistics import BoolArray, FloatArray, IntArray, Sample, call_weights, response_groups
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


class Population(NamedTuple):
    """The number of calls of a group.

    calls: of all agents and windows of the group; None if it cannot be estimated. exact: whether it was counted.
    unrepresented: how many of them estimates are not about, because no call of the agent is evaluated in these windows.
    """

    calls: float | None
    exact: bool
    unrepresented: float


def populations(sample: SampleArrays, groups: Groups, framed: Sample, part: BoolArray) -> list[Population]:
    """The population of each group.

    framed: the sample with its frame; a call is nonresponse where its value is NaN.
    part: the respondents that the figures are about. If it leaves out some of a group, such as calls to which no item
        applied, the number of calls of the group is an estimate.
    """
    size = len(groups.keys)
    response = response_groups(framed)
    in_group, missing = groups.of_selections, sample.counts & ~response.represented
    left_out = sample.counts & ~np.isnan(framed.values) & ~part
    estimated = _Counts(
        calls=sums(in_group[part], call_weights(framed)[part], size),
        unrepresented=sums(in_group[missing], framed.design_weights[missing], size),
    )
    counted, known = _counted(sample, groups, response.strata_represented)
    known &= ~_occurs(in_group[left_out], size)
    has_part = _occurs(in_group[part], size)
    return [
        _exact(counted, group) if known[group] else _estimate(estimated, group, has_part=bool(has_part[group]))
        for group in range(size)
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """The calls of each group, and those that are not represented."""

    calls: FloatArray
    unrepresented: FloatArray


def _counted(sample: SampleArrays, groups: Groups, represented: BoolArray) -> tuple[_Counts, BoolArray]:
    """The counts of the frames, and for which groups they are exact."""
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


def _estimate(estimated: _Counts, group: int, *, has_part: bool) -> Population:
    unrepresented = float(estimated.unrepresented[group])
    return Population(float(estimated.calls[group]) + unrepresented if has_part else None, False, unrepresented)


def _whole(calls: float) -> float:
    return round(calls) if abs(calls - round(calls)) < _ROUNDING else calls


def _occurs(groups: IntArray, size: int) -> BoolArray:
    return np.asarray(np.bincount(groups, minlength=size) > 0)
