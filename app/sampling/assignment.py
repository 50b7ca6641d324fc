"""Who scores what: random, balanced, free of conflicts of interest, and double-scored at a known rate.

Everything follows from a seed that is never published: not from the draw's own, with which a verifier could work out
what is scored twice, nor from the order in which the sample is shown.

Both scorings of a call count alike and come in one random order: where capacity is short, what is left for the pool
is a random part of all the work. Were second scorings to wait, whoever claims a call could tell that it is one. How
much work each verifier has is settled first (`app.sampling.balancing`); then every call goes to the one of those with
work left who has met its agent least.
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from operator import attrgetter, itemgetter
from uuid import UUID

from app.sampling.balancing import Group, Loads
from app.sampling.fixed_point import to_trillionths
from app.sampling.selection import keyed_hash, systematic, systematic_start
from app.sampling.types import Assignment, AssignmentPlan, DesignedCall, Panel, Selection

# By agent, how often each verifier has met them.
_Met = Mapping[UUID, list[int]]
# Meeting an agent once more outweighs any amount of work that is left.
_ONCE_MORE = 10**9


@dataclass(slots=True, eq=False)
class _Call:
    """A selection with the scorings that it needs, how many of them can be given out, and to whom (by number)."""

    selection: Selection
    rank: bytes
    group: Group
    scorings: int = 1
    given: int = 0
    verifiers: list[int] = field(default_factory=list)

    @property
    def id(self) -> UUID:
        return self.selection.call.call_id

    @property
    def agent_id(self) -> UUID:
        return self.selection.call.agent_id


def assign(
    seed: bytes, selections: Iterable[Selection], panel: Panel, double_score_rate: Decimal = Decimal(0)
) -> AssignmentPlan:
    """Give every selection a verifier of the panel, and a share of them a second, different one.

    What nobody may score or has room for gets no verifier. A call that fewer than two verifiers may score has the
    probability 0 of a second scoring; every other has exactly `double_score_rate`, whether there is room or not.
    """
    verifiers = sorted(set(panel.verifier_ids))
    loads = Loads([panel.capacity.get(verifier, sys.maxsize) for verifier in verifiers])
    calls = _calls(seed, selections, loads, _options(panel, verifiers))
    met = {agent: [panel.met.get((v, agent), 0) for v in verifiers] for agent in {call.agent_id for call in calls}}
    rate = to_trillionths(double_score_rate)
    double_inclusion = {call.id: rate if len(call.group.verifiers) > 1 else 0 for call in calls}
    _double(seed, calls, double_inclusion)
    _balance(seed, calls, loads, met)
    _share_out(calls, met)
    return AssignmentPlan(tuple(_in_order(seed, calls, verifiers)), double_inclusion)


def _options(panel: Panel, verifiers: Sequence[UUID]) -> Callable[[Selection], tuple[int, ...]]:
    """Who, by number, may score a selection."""
    by_agent: dict[UUID, tuple[int, ...]] = {}
    takers = defaultdict(set)
    for verifier, call_id in panel.taken:
        takers[call_id].add(verifier)

    def options(selection: Selection) -> tuple[int, ...]:
        call = selection.call
        if call.agent_id not in by_agent:
            free = (n for n, verifier in enumerate(verifiers) if (verifier, call.agent_id) not in panel.conflicts)
            by_agent[call.agent_id] = tuple(free)
        if call.call_id not in takers:
            return by_agent[call.agent_id]
        return tuple(n for n in by_agent[call.agent_id] if verifiers[n] not in takers[call.call_id])

    return options


def _calls(
    seed: bytes, selections: Iterable[Selection], loads: Loads, options: Callable[[Selection], tuple[int, ...]]
) -> list[_Call]:
    """The selections in random order, grouped by who may score them."""
    groups: dict[tuple[int, ...], Group] = {}
    calls = []
    for selection in selections:
        verifiers = options(selection)
        if verifiers not in groups:
            groups[verifiers] = loads.group(verifiers)
        rank = keyed_hash(seed, b"assign", selection.call.call_id)
        calls.append(_Call(selection, rank, groups[verifiers]))
    return sorted(calls, key=attrgetter("rank"))


def _double(seed: bytes, calls: Sequence[_Call], double_inclusion: Mapping[UUID, int]) -> None:
    """Let a systematic sample of the calls, which come in random order, be scored twice."""
    candidates = [DesignedCall(call.selection.call, double_inclusion[call.id]) for call in calls]
    doubled = {designed.call.call_id for designed in systematic(systematic_start(seed, b"double"), candidates)}
    for call in calls:
        call.scorings += call.id in doubled


def _balance(seed: bytes, calls: Sequence[_Call], loads: Loads, met: _Met) -> None:
    """How many scorings of each group every verifier is given, and which find nobody."""
    for rank, call in sorted(_scorings(seed, calls), key=itemgetter(0)):
        choose = partial(_least_met, met[call.agent_id], rank)
        call.given += loads.give(call.group, new_call=not call.given, choose=choose)
    loads.even_out()


def _scorings(seed: bytes, calls: Iterable[_Call]) -> Iterator[tuple[bytes, _Call]]:
    for call in calls:
        yield call.rank, call
        if call.scorings == 2:
            yield keyed_hash(seed, b"assign again", call.id), call


def _share_out(calls: Iterable[_Call], met: _Met) -> None:
    """Which verifier gets which call: of those with work left who has met the agent least, then who has most left."""
    for call in calls:
        group, row = call.group, met[call.agent_id]
        for _ in range(call.given):
            # Who has as many scorings left as there are calls left needs one of each.
            pressed = [v for v in group.verifiers if group.given[v] == group.calls]
            willing = pressed or [v for v in group.verifiers if group.given[v] and v not in call.verifiers]
            verifier = _least(willing, [row[v] * _ONCE_MORE - group.given[v] for v in willing], call.rank)
            group.given[verifier] -= 1
            row[verifier] += 1
            call.verifiers.append(verifier)
        group.calls -= call.given > 0


def _least_met(row: Sequence[int], rank: bytes, verifiers: Sequence[int]) -> int:
    return _least(verifiers, [row[verifier] for verifier in verifiers], rank)


def _least(verifiers: Sequence[int], scores: Sequence[int], rank: bytes) -> int:
    """The verifier with the lowest score; chance decides between equals."""
    least = min(scores)
    equals = [verifier for verifier, score in zip(verifiers, scores, strict=True) if score == least]
    return equals[int.from_bytes(rank[-8:]) % len(equals)]


def _in_order(seed: bytes, calls: Iterable[_Call], verifiers: Sequence[UUID]) -> list[Assignment]:
    """Verifier by verifier, each one's in the random order of the sample; then the pool, in a secret order.

    Ids are counted up in this order: neither the order of a queue nor gaps in it show what others score as well, and
    the two scorings of a call do not stand together in the pool.
    """
    given: list[tuple[int, int, Assignment]] = []
    pool: list[Assignment] = []
    for call in calls:
        numbers = call.verifiers if call.rank[16] % 2 else call.verifiers[::-1]
        for place, number in enumerate(numbers, 1):
            given.append((number, call.selection.position, Assignment(call.id, verifiers[number], place)))
        pool += (Assignment(call.id, None, place) for place in range(call.given + 1, call.scorings + 1))
    given.sort(key=itemgetter(0, 1))
    pool.sort(key=lambda assignment: keyed_hash(seed, b"pool %d" % assignment.place, assignment.call_id))
    return [assignment for _, _, assignment in given] + pool
