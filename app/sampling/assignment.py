"""Who scores what: random, balanced, free of conflicts of interest, and double-scored at a known rate.

Everything follows from a seed that is never published: not from the draw's own, with which a verifier could
work out what is scored twice, nor from the order in which the sample is shown. Calls go, those with the fewest
possible verifiers first, to the least loaded verifier who may score them, ties by SHA-256; then work is passed
along chains of verifiers while that narrows a gap of two or more. What no chain improves is as even as the
conflicts allow (optimal semi-matching: Harvey, Ladner, Lovász and Tamir 2006); without conflicts, loads differ by
one at most.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from app.sampling.fixed_point import to_trillionths
from app.sampling.selection import keyed_hash, systematic, systematic_start
from app.sampling.types import Assignment, AssignmentPlan, DesignedCall, Selection

Conflicts = frozenset[tuple[UUID, UUID]]


def assign(
    seed: bytes,
    selections: Sequence[Selection],
    verifier_ids: Sequence[UUID],
    conflicts: Conflicts = frozenset(),
    double_score_rate: Decimal = Decimal(0),
) -> AssignmentPlan:
    """Give every selection a verifier, and a share of them a second, different one.

    `conflicts` are (verifier, agent) pairs that must not meet. A call that fewer than two verifiers may
    score has the probability 0 of a second scoring; every other has exactly `double_score_rate`.
    """
    verifiers = sorted(set(verifier_ids))
    loads = dict.fromkeys(verifiers, 0)
    ordered = sorted(selections, key=lambda selection: keyed_hash(seed, b"assign", selection.call.call_id))
    allowed = {
        selection.call.call_id: [v for v in verifiers if (v, selection.call.agent_id) not in conflicts]
        for selection in ordered
    }
    firsts = _spread(seed, {call: options for call, options in allowed.items() if options}, loads)
    double_inclusion = {
        call: to_trillionths(double_score_rate) if len(options) > 1 else 0 for call, options in allowed.items()
    }
    doubled = _doubled(seed, ordered, double_inclusion)
    seconds = _spread(seed, {call: [v for v in allowed[call] if v != firsts[call]] for call in doubled}, loads)
    return AssignmentPlan(
        assignments=tuple(
            Assignment(call, verifier, place)
            for place, given in enumerate((firsts, seconds), 1)
            for call, verifier in given.items()
        ),
        unassigned=tuple(call for call, options in allowed.items() if not options),
        double_inclusion=double_inclusion,
    )


def _doubled(seed: bytes, selections: Sequence[Selection], double_inclusion: Mapping[UUID, int]) -> list[UUID]:
    """A systematic sample of the selections, which come in a random order."""
    candidates = [DesignedCall(s.call, double_inclusion[s.call.call_id]) for s in selections]
    start = systematic_start(seed, b"double")
    return [designed.call.call_id for designed in systematic(start, candidates)]


def _spread(seed: bytes, allowed: Mapping[UUID, Sequence[UUID]], loads: dict[UUID, int]) -> dict[UUID, UUID]:
    """A verifier for every call, on top of `loads`, which is brought up to date."""
    given = {}
    for call in sorted(allowed, key=lambda call: len(allowed[call])):
        given[call] = _least_loaded(seed, call, allowed[call], loads)
        loads[given[call]] += 1
    while chain := _relieving_chain(allowed, given, loads):
        for call, verifier in chain:
            loads[given[call]] -= 1
            loads[verifier] += 1
            given[call] = verifier
    return given


def _least_loaded(seed: bytes, call: UUID, options: Sequence[UUID], loads: Mapping[UUID, int]) -> UUID:
    least = min(loads[verifier] for verifier in options)
    return min(
        (verifier for verifier in options if loads[verifier] == least),
        key=lambda verifier: keyed_hash(seed, call.bytes, verifier),
    )


def _relieving_chain(
    allowed: Mapping[UUID, Sequence[UUID]], given: Mapping[UUID, UUID], loads: Mapping[UUID, int]
) -> list[tuple[UUID, UUID]]:
    """Moves (call, new verifier) that hand one call from a verifier to another with at least two fewer.

    Empty where loads are as even as they can be.
    """
    if max(loads.values(), default=0) - min(loads.values(), default=0) <= 1:
        return []
    moves: dict[UUID, dict[UUID, UUID]] = {verifier: {} for verifier in loads}
    for call, holder in given.items():
        for verifier in allowed[call]:
            if verifier != holder:
                moves[holder].setdefault(verifier, call)
    for source in sorted(loads, key=lambda verifier: loads[verifier], reverse=True):
        if chain := _chain_from(source, moves, loads):
            return chain
    return []


def _chain_from(
    source: UUID, moves: Mapping[UUID, Mapping[UUID, UUID]], loads: Mapping[UUID, int]
) -> list[tuple[UUID, UUID]]:
    """The shortest chain of moves from `source` to a verifier with at least two calls fewer, if any."""
    reached: dict[UUID, list[tuple[UUID, UUID]]] = {source: []}
    waiting = deque([source])
    while waiting:
        holder = waiting.popleft()
        if loads[holder] <= loads[source] - 2:
            return reached[holder]
        for verifier, call in moves[holder].items():
            if verifier not in reached:
                reached[verifier] = [*reached[holder], (call, verifier)]
                waiting.append(verifier)
    return []
