"""The frames of a report's draws: how many calls each stratum has, and which calls several draws could select."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

import numpy as np

from app.platform.clock import Period
from app.statistics import BoolArray, FloatArray, IntArray, factorize
from app.statistics.multiplicity import class_probabilities, multiplicity_shares
from app.statistics.sample import counts, sums


class DrawWindow(NamedTuple):
    """The window of a draw."""

    project_id: UUID
    plan_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class FrameStrata:
    """The strata of the frames by agent and draw, as parallel arrays.

    agents: indexes into the agents of the scope. draws: ranks. expected: the expected number of selections.
    calls: the number of calls. A call in the frames of several draws has a part in each, and all parts sum to 1.
    calls_by_scorecard: the same if calls are counted for each scorecard by which they may be scored.
    """

    agents: IntArray
    draws: IntArray
    expected: FloatArray
    calls: FloatArray
    calls_by_scorecard: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class FrameClasses:
    """The size classes of frames that have calls in common. Arrays have one entry for each class.

    agents, draws: of its stratum. sizes: in millionths. calls: the number of its calls.
    """

    agents: IntArray
    draws: IntArray
    sizes: FloatArray
    calls: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class SharedCalls:
    """The calls that are in several frames, those in the same classes together as one combination.

    combinations, classes: one entry for each class of each combination. n: the number of calls of each combination.
    selected_combinations, selected_draws, selected_positions, selected_calls: of each selection of such a call; equal
        codes in `selected_calls` are the same call.
    """

    combinations: IntArray
    classes: IntArray
    n: IntArray
    selected_combinations: IntArray
    selected_draws: IntArray
    selected_positions: IntArray
    selected_calls: IntArray


@dataclass(frozen=True, slots=True, eq=False)
class Multiplicity:
    """What of its call each selection stands for, in the order of the sample.

    shares: among the draws with the same scorecard. n_scorecards: by how many scorecards the call may be scored.
    calls: codes; equal for selections of the same call to be scored by the same scorecard.
    """

    shares: FloatArray
    n_scorecards: IntArray
    calls: IntArray


class Selections(NamedTuple):
    """The selections of a sample, in ascending order: the ranks of their draws, and their positions in them."""

    draws: IntArray
    positions: IntArray


def overlapping(windows: Iterable[DrawWindow]) -> list[int]:
    """The ranks of the draws that may have calls in common: draws of one project whose windows overlap.

    windows: in the order of ranks. A window's own draw and its supplementary draws have no call in common: the latter
    are of calls that came late.
    """
    found: list[int] = []
    by_start = sorted(enumerate(windows), key=lambda ranked: (ranked[1].project_id, ranked[1].starts_at))
    for _, group in groupby(by_start, key=lambda ranked: ranked[1].project_id):
        for cluster in _clusters(group):
            if len({(window.plan_id, window.starts_at) for _, window in cluster}) > 1:
                found += [rank for rank, _ in cluster]
    return sorted(found)


def _clusters(by_start: Iterable[tuple[int, DrawWindow]]) -> Iterator[list[tuple[int, DrawWindow]]]:
    """Windows that overlap each other, directly or through others, together."""
    cluster: list[tuple[int, DrawWindow]] = []
    end = datetime.min.replace(tzinfo=UTC)
    for rank, window in by_start:
        if cluster and window.starts_at >= end:
            yield cluster
            cluster = []
        cluster.append((rank, window))
        end = max(end, window.ends_at)
    if cluster:
        yield cluster


def in_period(windows: Iterable[DrawWindow], period: Period) -> BoolArray:
    """Whether the whole of each window is in the period."""
    return np.array([period.since <= one.starts_at and one.ends_at <= period.until for one in windows], dtype=np.bool_)


def alone(selections: int) -> Multiplicity:
    """Every call is in one frame only."""
    return Multiplicity(np.ones(selections), np.ones(selections, dtype=np.int64), np.arange(selections))


def share_calls(
    strata: FrameStrata, classes: FrameClasses, shared: SharedCalls, scorecards: IntArray, selections: Selections
) -> tuple[FrameStrata, Multiplicity]:
    """The strata with every call counted once, and what each selection stands for.

    strata: with every call counted in each frame. scorecards: the code of each draw's scorecard, by rank.
    """
    shares, n_scorecards = _shares(strata, classes, shared, scorecards)
    of_class = _stratum_of_each(classes, strata)[shared.classes]
    n = shared.n[shared.combinations]
    lost = sums(of_class, n * (1 - shares), strata.calls.size)
    lost_in_all = sums(of_class, n * (1 - shares / n_scorecards[shared.combinations]), strata.calls.size)
    counted = FrameStrata(
        strata.agents,
        strata.draws,
        strata.expected,
        np.maximum(strata.calls - lost_in_all, 0),
        np.maximum(strata.calls_by_scorecard - lost, 0),
    )
    multiplicity = alone(selections.draws.size)
    chosen = _places(shared, selections)
    multiplicity.shares[chosen] = shares[_entries(classes, shared)]
    multiplicity.n_scorecards[chosen] = n_scorecards[shared.selected_combinations]
    # The codes of these calls begin after those of all others.
    of_call = shared.selected_calls * (int(scorecards.max(initial=0)) + 1) + scorecards[shared.selected_draws]
    multiplicity.calls[chosen] = selections.draws.size + of_call
    return counted, multiplicity


def _shares(
    strata: FrameStrata, classes: FrameClasses, shared: SharedCalls, scorecards: IntArray
) -> tuple[FloatArray, IntArray]:
    """The share of each class in its combination, and the number of scorecards of each combination."""
    of_stratum = _stratum_of_each(classes, strata)
    codes, index = factorize(of_stratum)
    probabilities = class_probabilities(classes.sizes, classes.calls, index, strata.expected[codes])
    span = int(scorecards.max(initial=0)) + 1
    by_scorecard = shared.combinations * span + scorecards[classes.draws[shared.classes]]
    n_scorecards = counts(factorize(by_scorecard)[0] // span, shared.n.size)
    return multiplicity_shares(probabilities[shared.classes], by_scorecard), n_scorecards


def _stratum_of_each(classes: FrameClasses, strata: FrameStrata) -> IntArray:
    span = int(strata.draws.max(initial=0)) + 1
    return np.searchsorted(strata.agents * span + strata.draws, classes.agents * span + classes.draws)


def _places(shared: SharedCalls, selections: Selections) -> IntArray:
    """The places of the shared calls' selections in the sample."""
    span = int(selections.positions.max(initial=0)) + 1
    return np.searchsorted(
        selections.draws * span + selections.positions, shared.selected_draws * span + shared.selected_positions
    )


def _entries(classes: FrameClasses, shared: SharedCalls) -> IntArray:
    """For each selection the class of its combination that is in the frame of its draw."""
    span = int(classes.draws.max(initial=0)) + 1
    entries = shared.combinations * span + classes.draws[shared.classes]
    order = np.argsort(entries)
    places = np.searchsorted(entries[order], shared.selected_combinations * span + shared.selected_draws)
    return order[places]
