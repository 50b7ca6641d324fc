"""Allocation: balanced loads, no conflicts of interest, and the order of queues."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.assignments.allocation import allocate_scorings
from app.assignments.types import Allocation, Panel, ScoringTask
from tests.assignments.allocation_factories import (
    AGENTS,
    PANEL,
    VERIFIERS,
    a_sample,
    loads,
    pairings_of,
    pool,
    scorers,
)
from tests.sampling.factories import a_seed


def test_every_call_has_one_verifier_and_loads_differ_by_one_at_most() -> None:
    sample = a_sample([10, 7, 5])
    allocation = allocate_scorings(a_seed(1), sample, PANEL)
    assert sorted(a.call_id for a in allocation.scorings) == sorted(s.call_id for s in sample)
    assert sorted(loads(allocation)) == [5, 5, 6, 6]
    assert pool(allocation) == []


def test_the_display_order_of_the_sample_changes_only_the_order_of_queues() -> None:
    sample = a_sample([9, 8, 3])
    renumbered = [task._replace(position=len(sample) - task.position) for task in sample]
    as_displayed, otherwise = (
        allocate_scorings(a_seed(1), order, PANEL, Decimal("0.3")) for order in (sample, renumbered)
    )
    assert set(as_displayed.scorings) == set(otherwise.scorings)
    assert as_displayed.scorings != otherwise.scorings


def test_the_order_of_the_input_changes_nothing() -> None:
    sample = a_sample([9, 8, 3])
    panel = Panel(VERIFIERS, frozenset({(VERIFIERS[0], AGENTS[0])}), dict.fromkeys(VERIFIERS, 6))
    shuffled = list(sample)
    Random(1).shuffle(shuffled)
    reversed_panel = replace(panel, verifier_ids=VERIFIERS[::-1])
    assert allocate_scorings(a_seed(1), shuffled, reversed_panel, Decimal("0.3")) == allocate_scorings(
        a_seed(1), sample, panel, Decimal("0.3")
    )


def test_each_queue_follows_the_order_of_the_sample_and_the_pool_a_secret_one() -> None:
    sample = a_sample([30, 30])
    position = {task.call_id: task.position for task in sample}
    allocation = allocate_scorings(
        a_seed(1), sample, replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 10)), Decimal("0.5")
    )
    given_out, waiting = allocation.scorings[:40], allocation.scorings[40:]
    queues = [(str(a.verifier_id), position[a.call_id]) for a in given_out]
    assert queues == sorted(queues)
    assert list(waiting) == pool(allocation)
    order = [position[a.call_id] for a in waiting]
    assert order != sorted(order)


def test_the_calls_of_one_agent_are_shared_among_all_verifiers() -> None:
    allocation = allocate_scorings(a_seed(1), a_sample([40]), PANEL)
    assert loads(allocation) == [10, 10, 10, 10]


def test_pairs_of_verifier_and_call_are_random() -> None:
    sample = a_sample([4])
    outcomes = {
        tuple(
            a.verifier_id for a in sorted(allocate_scorings(a_seed(n), sample, PANEL).scorings, key=lambda a: a.call_id)
        )
        for n in range(100)
    }
    assert len(outcomes) == 24


def test_a_verifier_gets_no_call_of_an_agent_with_a_conflict_of_interest() -> None:
    conflicts = frozenset({(VERIFIERS[0], AGENTS[0]), (VERIFIERS[1], AGENTS[1])})
    sample = a_sample([20, 20, 4])
    allocation = allocate_scorings(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal("0.5"))
    assert not conflicts & set(pairings_of(allocation, sample))
    assert max(loads(allocation)) - min(loads(allocation)) <= 1


def test_a_call_that_a_verifier_scores_already_goes_to_others() -> None:
    sample = a_sample([4])
    already_assigned = frozenset((verifier, sample[0].call_id) for verifier in VERIFIERS[:3])
    allocation = allocate_scorings(a_seed(1), sample, Panel(VERIFIERS, already_assigned=already_assigned), Decimal(1))
    assert scorers(allocation)[sample[0].call_id] == [VERIFIERS[3]]
    assert allocation.double_inclusion_prob_e12[sample[0].call_id] == 0


def test_calls_that_no_verifier_may_score_wait_in_the_pool() -> None:
    conflicts = frozenset(product(VERIFIERS, [AGENTS[1]]))
    sample = a_sample([3, 2])
    allocation = allocate_scorings(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal(1))
    agent_of = {task.call_id: task.agent_id for task in sample}
    assert [(agent_of[a.call_id], a.scoring_round) for a in pool(allocation)] == [(AGENTS[1], 1)] * 2
    assert sum(loads(allocation)) == 6


def test_without_verifiers_everything_waits_in_the_pool() -> None:
    allocation = allocate_scorings(a_seed(1), a_sample([3]), Panel(()), Decimal(1))
    assert [(a.verifier_id, a.scoring_round) for a in allocation.scorings] == [(None, 1)] * 3


def test_an_empty_sample_gives_an_empty_allocation() -> None:
    assert allocate_scorings(a_seed(1), (), PANEL, Decimal(1)) == Allocation((), {})


def test_work_is_passed_along_a_chain_where_no_single_move_evens_it_out() -> None:
    """Verifier 0 may score agents 0 and 1, verifier 1 agents 1 and 2, verifier 2 agents 2 and 3."""
    verifiers, may = VERIFIERS[:3], {0: (0, 1), 1: (1, 2), 2: (2, 3)}
    conflicts = frozenset((verifiers[v], AGENTS[a]) for v in may for a in range(4) if a not in may[v])
    for number in range(20):
        allocation = allocate_scorings(a_seed(number), a_sample([8, 4, 4, 2]), Panel(verifiers, conflicts))
        assert sorted(loads(allocation, verifiers)) == [5, 5, 8]


def test_capacity_is_filled_by_passing_work_on() -> None:
    """Only verifier 0 may score agent 0, and has capacity for these calls alone: agent 1's calls go to verifier 1."""
    conflicts = frozenset({(VERIFIERS[1], AGENTS[0])})
    for number in range(20):
        panel = Panel(VERIFIERS[:2], conflicts, {VERIFIERS[0]: 4, VERIFIERS[1]: 4})
        allocation = allocate_scorings(a_seed(number), a_sample([4, 4]), panel)
        assert (loads(allocation, VERIFIERS[:2]), pool(allocation)) == ([4, 4], [])


verifiers_and_agents = st.tuples(st.sampled_from(VERIFIERS[:3]), st.sampled_from(AGENTS[:3]))


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """Three verifiers with any conflicts and capacities."""
    return Panel(
        VERIFIERS[:3],
        conflicts=draw(st.frozensets(verifiers_and_agents)),
        capacity=draw(st.dictionaries(st.sampled_from(VERIFIERS[:3]), st.integers(0, 4))),
        prior_pairings=draw(st.dictionaries(verifiers_and_agents, st.integers(0, 3))),
    )


@settings(deadline=None, max_examples=150)
@given(
    calls=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    panel=panels(),
    rate=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
    number=st.integers(0, 1000),
)
def test_no_other_allocation_gives_out_more_scorings_or_is_more_even(
    calls: list[int], panel: Panel, rate: Decimal, number: int
) -> None:
    sample = a_sample(calls)
    allocation = allocate_scorings(a_seed(number), sample, panel, rate)
    wanted = Counter(assignment.call_id for assignment in allocation.scorings)
    given_out = {call: len(verifiers) for call, verifiers in scorers(allocation).items()}
    attainable = reachable_loads(sample, panel, {call: range(count + 1) for call, count in wanted.items()})
    assert sum(given_out.values()) == max(map(sum, attainable))
    as_even = reachable_loads(sample, panel, {call: [count] for call, count in given_out.items()})
    assert sum(load**2 for load in loads(allocation, VERIFIERS[:3])) == min(
        sum(n**2 for n in found) for found in as_even
    )


def reachable_loads(
    sample: Sequence[ScoringTask], panel: Panel, scorings: Mapping[UUID, Iterable[int]]
) -> set[tuple[int, ...]]:
    """All the loads that are possible with these numbers of scorings, found by trying everything."""
    reachable: set[tuple[int, ...]] = {(0, 0, 0)}
    for task in sample:
        options = [v for v in VERIFIERS[:3] if (v, task.agent_id) not in panel.conflicts]
        teams = [team for size in scorings[task.call_id] for team in combinations(options, size)]
        grown = {
            tuple(n + (v in team) for n, v in zip(found, VERIFIERS, strict=False))
            for found in reachable
            for team in teams
        }
        reachable = {
            found
            for found in grown
            if all(n <= panel.capacity.get(v, n) for n, v in zip(found, VERIFIERS, strict=False))
        }
    return reachable


@settings(deadline=None, max_examples=150)
@given(
    calls=st.lists(st.integers(1, 12), min_size=1, max_size=3),
    panel=panels(),
    already_assigned=st.frozensets(st.tuples(st.sampled_from(VERIFIERS[:3]), st.integers(0, 11))),
    rate=st.sampled_from([Decimal(0), Decimal("0.3"), Decimal(1)]),
)
def test_every_verifier_may_score_their_calls_and_has_the_capacity(
    calls: list[int], panel: Panel, already_assigned: frozenset[tuple[UUID, int]], rate: Decimal
) -> None:
    sample = a_sample(calls)
    by_others = frozenset((verifier, sample[n % len(sample)].call_id) for verifier, n in already_assigned)
    allocation = allocate_scorings(a_seed(3), sample, replace(panel, already_assigned=by_others), rate)
    assert all(
        load <= panel.capacity.get(v, load)
        for v, load in zip(VERIFIERS, loads(allocation, VERIFIERS[:3]), strict=False)
    )
    assert not panel.conflicts & set(pairings_of(allocation, sample))
    assert not by_others & {(a.verifier_id, a.call_id) for a in allocation.scorings}
    assert all(len(set(verifiers)) == len(verifiers) for verifiers in scorers(allocation).values())
    rounds = defaultdict(list)
    for assignment in allocation.scorings:
        rounds[assignment.call_id].append(assignment.scoring_round)
    assert {tuple(sorted(found)) for found in rounds.values()} <= {(1,), (1, 2)}
    assert set(rounds) == {task.call_id for task in sample}
