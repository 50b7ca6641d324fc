"""Allocating scorings to verifiers: at random, balanced, free of conflicts of interest, double-scored at a known rate.

Everything follows from a seed that is never published: not from the seed of a draw, with which a verifier could compute
which calls are scored twice, nor from the order in which the sample is displayed.

Both scorings of a call count equally and come in one random order: where capacity is short, a random part of all the
work is left for the pool. If second scorings waited, a verifier who claims a call could tell that it is one. First the
number of scorings of each verifier is computed (`app.assignments.balancing`); then every call goes to the verifier with
work left who has scored its agent least often.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from operator import attrgetter, itemgetter
from uuid import UUID

from app.assignments.balancing import Group, Loads
from app.assignments.types import AllocatedScoring, Allocation, Panel, ScoringTask
from app.statistics.fixed_point import to_trillionths
from app.statistics.systematic import keyed_hash, systematic_indices, systematic_start

# By agent, how many calls of the agent each verifier was given.
_Pairings = Mapping[UUID, list[int]]
# One more pairing with the same agent outweighs any amount of work that is left.
_ONE_MORE_PAIRING = 10**9


@dataclass(slots=True, eq=False)
class _Call:
    """A task with the scorings that it needs, how many of them can be given out, and to which verifiers (by number)."""

    task: ScoringTask
    rank: bytes
    group: Group
    scorings: int = 1
    given: int = 0
    verifiers: list[int] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return self.task.call_id

    @property
    def agent_id(self) -> UUID:
        return self.task.agent_id


def allocate_scorings(
    seed: bytes, tasks: Iterable[ScoringTask], panel: Panel, double_score_rate: Decimal = Decimal(0)
) -> Allocation:
    """Give every task a verifier of the panel, and a share of the tasks a second, different one.

    A scoring gets no verifier if no verifier may do it or has capacity for it. A call that fewer than two verifiers may
    score has the probability 0 of a second scoring; every other call has exactly `double_score_rate`, whatever the
    capacity.
    """
    verifiers = sorted(set(panel.verifier_ids))
    loads = Loads([panel.capacity.get(verifier, sys.maxsize) for verifier in verifiers])
    calls = _calls(seed, tasks, loads, _options(panel, verifiers))
    agent_ids = {call.agent_id for call in calls}
    pairings = {agent: [panel.prior_pairings.get((v, agent), 0) for v in verifiers] for agent in agent_ids}
    rate_e12 = to_trillionths(double_score_rate)
    double_inclusion_prob_e12 = {call.id: rate_e12 if len(call.group.verifiers) > 1 else 0 for call in calls}
    _double(seed, calls, double_inclusion_prob_e12)
    _balance(seed, calls, loads, pairings)
    _share_out(calls, pairings)
    return Allocation(tuple(_in_order(seed, calls, verifiers)), double_inclusion_prob_e12)


def _options(panel: Panel, verifiers: Sequence[UUID]) -> Callable[[ScoringTask], tuple[int, ...]]:
    """A function that gives the verifiers, by number, who may score a task."""
    by_agent: dict[UUID, tuple[int, ...]] = {}
    scorers = defaultdict(set)
    for verifier, call_id in panel.already_assigned:
        scorers[call_id].add(verifier)

    def options(task: ScoringTask) -> tuple[int, ...]:
        if task.agent_id not in by_agent:
            free = (n for n, verifier in enumerate(verifiers) if (verifier, task.agent_id) not in panel.conflicts)
            by_agent[task.agent_id] = tuple(free)
        if task.call_id not in scorers:
            return by_agent[task.agent_id]
        return tuple(n for n in by_agent[task.agent_id] if verifiers[n] not in scorers[task.call_id])

    return options


def _calls(
    seed: bytes, tasks: Iterable[ScoringTask], loads: Loads, options: Callable[[ScoringTask], tuple[int, ...]]
) -> list[_Call]:
    """The calls in random order, grouped by the verifiers who may score them."""
    groups: dict[tuple[int, ...], Group] = {}
    calls = []
    for task in tasks:
        verifiers = options(task)
        if verifiers not in groups:
            groups[verifiers] = loads.group(verifiers)
        rank = keyed_hash(seed, b"assign", task.call_id)
        calls.append(_Call(task, rank, groups[verifiers]))
    return sorted(calls, key=attrgetter("rank"))


def _double(seed: bytes, calls: Sequence[_Call], double_inclusion_prob_e12: Mapping[UUID, int]) -> None:
    """Select a systematic sample of the calls, which are in random order, for a second scoring."""
    probabilities = (double_inclusion_prob_e12[call.id] for call in calls)
    for index in systematic_indices(systematic_start(seed, b"double"), probabilities):
        calls[index].scorings += 1


def _balance(seed: bytes, calls: Sequence[_Call], loads: Loads, pairings: _Pairings) -> None:
    """Compute how many scorings of each group every verifier is given, and which find no verifier."""
    for rank, call in sorted(_scorings(seed, calls), key=itemgetter(0)):
        choose = partial(_least_paired, pairings[call.agent_id], rank)
        call.given += loads.give(call.group, new_call=not call.given, choose=choose)
    loads.even_out()


def _scorings(seed: bytes, calls: Iterable[_Call]) -> Iterator[tuple[bytes, _Call]]:
    for call in calls:
        yield call.rank, call
        if call.scorings == 2:
            yield keyed_hash(seed, b"assign again", call.id), call


def _share_out(calls: Iterable[_Call], pairings: _Pairings) -> None:
    """Give each call to the verifier with work left who has the fewest pairings with its agent, then most work left."""
    for call in calls:
        group, row = call.group, pairings[call.agent_id]
        for _ in range(call.given):
            # A verifier with as many scorings left as there are calls left needs one of each.
            pressed = [v for v in group.verifiers if group.given[v] == group.calls]
            willing = pressed or [v for v in group.verifiers if group.given[v] and v not in call.verifiers]
            verifier = _least(willing, [row[v] * _ONE_MORE_PAIRING - group.given[v] for v in willing], call.rank)
            group.given[verifier] -= 1
            row[verifier] += 1
            call.verifiers.append(verifier)
        group.calls -= call.given > 0


def _least_paired(row: Sequence[int], rank: bytes, verifiers: Sequence[int]) -> int:
    return _least(verifiers, [row[verifier] for verifier in verifiers], rank)


def _least(verifiers: Sequence[int], scores: Sequence[int], rank: bytes) -> int:
    """The verifier with the lowest score; between equals one is chosen at random."""
    least = min(scores)
    equals = [verifier for verifier, score in zip(verifiers, scores, strict=True) if score == least]
    return equals[int.from_bytes(rank[-8:]) % len(equals)]


def _in_order(seed: bytes, calls: Iterable[_Call], verifiers: Sequence[UUID]) -> list[AllocatedScoring]:
    """Verifier by verifier, each one's in the order of the tasks' positions; then the pool, in a secret order.

    Ids are counted up in this order: neither the order of a queue nor gaps in it show which calls others score as
    well, and the two scorings of a call are not neighbours in the pool.
    """
    given: list[tuple[int, int, AllocatedScoring]] = []
    pool: list[AllocatedScoring] = []
    for call in calls:
        numbers = call.verifiers if call.rank[16] % 2 else call.verifiers[::-1]
        for scoring_round, number in enumerate(numbers, 1):
            scoring = AllocatedScoring(call.id, verifiers[number], scoring_round)
            given.append((number, call.task.position, scoring))
        pool += (AllocatedScoring(call.id, None, n) for n in range(call.given + 1, call.scorings + 1))
    given.sort(key=itemgetter(0, 1))
    pool.sort(key=lambda scoring: keyed_hash(seed, b"pool %d" % scoring.scoring_round, scoring.call_id))
    return [scoring for _, _, scoring in given] + pool
