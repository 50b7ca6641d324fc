"""Who scores what: everybody about as much, nobody what they may not."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import combinations, product
from random import Random
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.assignment import assign
from app.sampling.types import AssignmentPlan, Panel, Selection
from tests.sampling.builders import a_seed
from tests.sampling.panels import AGENTS, PANEL, VERIFIERS, a_sample, agents_of, loads, met_by, pool, scorers


def test_every_call_has_one_verifier_and_loads_differ_by_one_at_most() -> None:
    sample = a_sample([10, 7, 5])
    plan = assign(a_seed(1), sample, PANEL)
    assert sorted(a.call_id for a in plan.assignments) == sorted(s.call.call_id for s in sample)
    assert sorted(loads(plan)) == [5, 5, 6, 6]
    assert pool(plan) == []


def test_the_order_in_which_the_sample_is_shown_changes_nothing_but_the_order_of_queues() -> None:
    sample = a_sample([9, 8, 3])
    renumbered = [replace(selection, position=len(sample) - selection.position) for selection in sample]
    as_shown, otherwise = (assign(a_seed(1), shown, PANEL, Decimal("0.3")) for shown in (sample, renumbered))
    assert set(as_shown.assignments) == set(otherwise.assignments)
    assert as_shown.assignments != otherwise.assignments


def test_the_order_of_the_input_changes_nothing() -> None:
    sample = a_sample([9, 8, 3])
    panel = Panel(VERIFIERS, frozenset({(VERIFIERS[0], AGENTS[0])}), dict.fromkeys(VERIFIERS, 6))
    shuffled = list(sample)
    Random(1).shuffle(shuffled)
    reversed_panel = replace(panel, verifier_ids=VERIFIERS[::-1])
    assert assign(a_seed(1), shuffled, reversed_panel, Decimal("0.3")) == assign(
        a_seed(1), sample, panel, Decimal("0.3")
    )


def test_each_queue_follows_the_order_of_the_sample_and_the_pool_a_secret_one() -> None:
    sample = a_sample([30, 30])
    position = {selection.call.call_id: selection.position for selection in sample}
    plan = assign(a_seed(1), sample, replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 10)), Decimal("0.5"))
    given_out, waiting = plan.assignments[:40], plan.assignments[40:]
    queues = [(str(a.verifier_id), position[a.call_id]) for a in given_out]
    assert queues == sorted(queues)
    assert list(waiting) == pool(plan)
    shown = [position[a.call_id] for a in waiting]
    assert shown != sorted(shown)


def test_an_agent_is_not_left_to_one_verifier() -> None:
    plan = assign(a_seed(1), a_sample([40]), PANEL)
    assert loads(plan) == [10, 10, 10, 10]


def test_chance_decides_who_hears_whom() -> None:
    sample = a_sample([4])
    outcomes = {
        tuple(a.verifier_id for a in sorted(assign(a_seed(n), sample, PANEL).assignments, key=lambda a: a.call_id))
        for n in range(100)
    }
    assert len(outcomes) == 24


def test_verifier_and_agent_in_conflict_never_meet() -> None:
    conflicts = frozenset({(VERIFIERS[0], AGENTS[0]), (VERIFIERS[1], AGENTS[1])})
    sample = a_sample([20, 20, 4])
    plan = assign(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal("0.5"))
    assert not conflicts & set(met_by(plan, sample))
    assert max(loads(plan)) - min(loads(plan)) <= 1


def test_a_call_that_a_verifier_scores_anyway_goes_to_others() -> None:
    sample = a_sample([4])
    taken = frozenset((verifier, sample[0].call.call_id) for verifier in VERIFIERS[:3])
    plan = assign(a_seed(1), sample, Panel(VERIFIERS, taken=taken), Decimal(1))
    assert scorers(plan)[sample[0].call.call_id] == [VERIFIERS[3]]
    assert plan.double_inclusion[sample[0].call.call_id] == 0


def test_calls_that_everyone_is_barred_from_wait_in_the_pool() -> None:
    conflicts = frozenset(product(VERIFIERS, [AGENTS[1]]))
    sample = a_sample([3, 2])
    plan = assign(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal(1))
    agent_of = agents_of(sample)
    assert [(agent_of[a.call_id], a.place) for a in pool(plan)] == [(AGENTS[1], 1)] * 2
    assert sum(loads(plan)) == 6


def test_without_verifiers_everything_waits_in_the_pool() -> None:
    plan = assign(a_seed(1), a_sample([3]), Panel(()), Decimal(1))
    assert [(a.verifier_id, a.place) for a in plan.assignments] == [(None, 1)] * 3


def test_an_empty_sample_needs_nobody() -> None:
    assert assign(a_seed(1), (), PANEL, Decimal(1)) == AssignmentPlan((), {})


def test_work_is_passed_along_a_chain_where_no_single_move_evens_it_out() -> None:
    """0 may hear agents 0 and 1, 1 agents 1 and 2, 2 agents 2 and 3: an even load shifts calls all along."""
    verifiers, may = VERIFIERS[:3], {0: (0, 1), 1: (1, 2), 2: (2, 3)}
    conflicts = frozenset((verifiers[v], AGENTS[a]) for v in may for a in range(4) if a not in may[v])
    for number in range(20):
        plan = assign(a_seed(number), a_sample([8, 4, 4, 2]), Panel(verifiers, conflicts))
        assert sorted(loads(plan, verifiers)) == [5, 5, 8]


def test_capacity_is_filled_by_passing_work_on() -> None:
    """0 alone may hear agent 0 and has room for as many calls: agent 1's go to 1, whoever had them first."""
    conflicts = frozenset({(VERIFIERS[1], AGENTS[0])})
    for number in range(20):
        panel = Panel(VERIFIERS[:2], conflicts, {VERIFIERS[0]: 4, VERIFIERS[1]: 4})
        plan = assign(a_seed(number), a_sample([4, 4]), panel)
        assert (loads(plan, VERIFIERS[:2]), pool(plan)) == ([4, 4], [])


verifiers_and_agents = st.tuples(st.sampled_from(VERIFIERS[:3]), st.sampled_from(AGENTS[:3]))


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """Three verifiers with any conflicts and any room."""
    return Panel(
        VERIFIERS[:3],
        conflicts=draw(st.frozensets(verifiers_and_agents)),
        capacity=draw(st.dictionaries(st.sampled_from(VERIFIERS[:3]), st.integers(0, 4))),
        met=draw(st.dictionaries(verifiers_and_agents, st.integers(0, 3))),
    )


@settings(deadline=None, max_examples=150)
@given(
    calls=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    panel=panels(),
    rate=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1)]),
    number=st.integers(0, 1000),
)
def test_nobody_could_give_more_of_the_work_out_or_spread_it_more_evenly(
    calls: list[int], panel: Panel, rate: Decimal, number: int
) -> None:
    sample = a_sample(calls)
    plan = assign(a_seed(number), sample, panel, rate)
    wanted = Counter(assignment.call_id for assignment in plan.assignments)
    given_out = {call: len(verifiers) for call, verifiers in scorers(plan).items()}
    attainable = reachable_loads(sample, panel, {call: range(count + 1) for call, count in wanted.items()})
    assert sum(given_out.values()) == max(map(sum, attainable))
    as_even = reachable_loads(sample, panel, {call: [count] for call, count in given_out.items()})
    assert sum(load**2 for load in loads(plan, VERIFIERS[:3])) == min(sum(n**2 for n in found) for found in as_even)


def reachable_loads(
    sample: Sequence[Selection], panel: Panel, scorings: Mapping[UUID, Iterable[int]]
) -> set[tuple[int, ...]]:
    """By trying everything: all the loads that there can be with so many scorings of each call."""
    reachable: set[tuple[int, ...]] = {(0, 0, 0)}
    for selection in sample:
        options = [v for v in VERIFIERS[:3] if (v, selection.call.agent_id) not in panel.conflicts]
        teams = [team for size in scorings[selection.call.call_id] for team in combinations(options, size)]
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
    taken=st.frozensets(st.tuples(st.sampled_from(VERIFIERS[:3]), st.integers(0, 11))),
    rate=st.sampled_from([Decimal(0), Decimal("0.3"), Decimal(1)]),
)
def test_whoever_is_given_a_call_may_score_it_and_has_room(
    calls: list[int], panel: Panel, taken: frozenset[tuple[UUID, int]], rate: Decimal
) -> None:
    sample = a_sample(calls)
    by_others = frozenset((verifier, sample[n % len(sample)].call.call_id) for verifier, n in taken)
    plan = assign(a_seed(3), sample, replace(panel, taken=by_others), rate)
    assert all(
        load <= panel.capacity.get(v, load) for v, load in zip(VERIFIERS, loads(plan, VERIFIERS[:3]), strict=False)
    )
    assert not panel.conflicts & set(met_by(plan, sample))
    assert not by_others & {(a.verifier_id, a.call_id) for a in plan.assignments}
    assert all(len(set(verifiers)) == len(verifiers) for verifiers in scorers(plan).values())
    places = defaultdict(list)
    for assignment in plan.assignments:
        places[assignment.call_id].append(assignment.place)
    assert {tuple(sorted(found)) for found in places.values()} <= {(1,), (1, 2)}
    assert set(places) == {selection.call.call_id for selection in sample}
