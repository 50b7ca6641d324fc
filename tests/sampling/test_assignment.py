"""Who scores what."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product
from random import Random
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sampling.assignment import Conflicts, assign
from app.sampling.fixed_point import TRILLION
from app.sampling.selection import select
from app.sampling.types import AssignmentPlan, Selection
from tests.sampling.builders import a_frame, a_seed, an_id, quota_plan

VERIFIERS = [an_id("verifier", n) for n in range(4)]
AGENTS = [an_id("agent", n) for n in range(6)]
NONE: Conflicts = frozenset()


def a_sample(calls_by_agent: Sequence[int]) -> tuple[Selection, ...]:
    design = a_frame(quota_plan(100), [[1] * calls for calls in calls_by_agent])
    return select(a_seed(0), design.calls)


def loads(plan: AssignmentPlan, verifiers: Sequence[UUID]) -> list[int]:
    counts = Counter(assignment.verifier_id for assignment in plan.assignments)
    return [counts[verifier] for verifier in verifiers]


def test_every_call_has_one_verifier_and_loads_differ_by_one_at_most() -> None:
    sample = a_sample([10, 7, 5])
    plan = assign(a_seed(1), sample, VERIFIERS)
    assert sorted(a.call_id for a in plan.assignments) == sorted(s.call.call_id for s in sample)
    assert sorted(loads(plan, VERIFIERS)) == [5, 5, 6, 6]
    assert plan.unassigned == ()


def test_the_order_in_which_the_sample_is_shown_changes_nothing() -> None:
    sample = a_sample([9, 8, 3])
    renumbered = [replace(selection, position=len(sample) - selection.position) for selection in sample]
    assert assign(a_seed(1), renumbered, VERIFIERS, NONE, Decimal("0.3")) == assign(
        a_seed(1), sample, VERIFIERS, NONE, Decimal("0.3")
    )


def test_an_agent_is_not_left_to_one_verifier() -> None:
    plan = assign(a_seed(1), a_sample([40]), VERIFIERS)
    assert sorted(loads(plan, VERIFIERS)) == [10, 10, 10, 10]


def test_chance_decides_who_hears_whom() -> None:
    sample = a_sample([4])
    outcomes = {
        tuple(a.verifier_id for a in sorted(assign(a_seed(n), sample, VERIFIERS).assignments, key=lambda a: a.call_id))
        for n in range(30)
    }
    assert len(outcomes) > 15


def test_the_order_of_the_input_changes_nothing() -> None:
    sample, conflicts = a_sample([9, 8, 3]), frozenset({(VERIFIERS[0], AGENTS[0])})
    shuffled, verifiers = list(sample), list(VERIFIERS)
    Random(1).shuffle(shuffled)
    verifiers.reverse()
    assert assign(a_seed(1), shuffled, verifiers, conflicts, Decimal("0.3")) == assign(
        a_seed(1), sample, VERIFIERS, conflicts, Decimal("0.3")
    )


def test_verifier_and_agent_in_conflict_never_meet() -> None:
    conflicts = frozenset({(VERIFIERS[0], AGENTS[0]), (VERIFIERS[1], AGENTS[1])})
    sample = a_sample([20, 20, 4])
    agent_of = {s.call.call_id: s.call.agent_id for s in sample}
    plan = assign(a_seed(1), sample, VERIFIERS, conflicts, Decimal("0.5"))
    assert not conflicts & {(a.verifier_id, agent_of[a.call_id]) for a in plan.assignments}
    assert max(loads(plan, VERIFIERS)) - min(loads(plan, VERIFIERS)) <= 1


def test_calls_that_everyone_is_barred_from_are_named() -> None:
    conflicts = frozenset(product(VERIFIERS, [AGENTS[1]]))
    sample = a_sample([3, 2])
    plan = assign(a_seed(1), sample, VERIFIERS, conflicts, Decimal(1))
    assert set(plan.unassigned) == {s.call.call_id for s in sample if s.call.agent_id == AGENTS[1]}
    assert len({a.call_id for a in plan.assignments}) == 3


def test_without_verifiers_everything_is_unassigned() -> None:
    plan = assign(a_seed(1), a_sample([3]), [], NONE, Decimal(1))
    assert (len(plan.unassigned), plan.assignments) == (3, ())


def test_work_is_passed_along_a_chain_where_no_single_move_evens_it_out() -> None:
    """0 may hear agents 0 and 1, 1 agents 1 and 2, 2 agents 2 and 3: an even load shifts calls all along."""
    verifiers, may = VERIFIERS[:3], {0: (0, 1), 1: (1, 2), 2: (2, 3)}
    conflicts = frozenset((verifiers[v], AGENTS[a]) for v in may for a in range(4) if a not in may[v])
    for number in range(20):
        plan = assign(a_seed(number), a_sample([8, 4, 4, 2]), verifiers, conflicts)
        assert sorted(loads(plan, verifiers)) == [5, 5, 8]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.frozensets(st.tuples(st.sampled_from(VERIFIERS[:3]), st.sampled_from(AGENTS[:4]))),
)
def test_no_other_assignment_has_a_lower_sum_of_squared_loads(counts: list[int], conflicts: Conflicts) -> None:
    sample = a_sample(counts)
    plan = assign(a_seed(7), sample, VERIFIERS[:3], conflicts)
    best = least_sum_of_squares([s.call.agent_id for s in sample], conflicts)
    assert sum(load**2 for load in loads(plan, VERIFIERS[:3])) == best


def least_sum_of_squares(agents: Sequence[UUID], conflicts: Conflicts) -> int:
    """By trying everything: all the load vectors that can be reached, call by call."""
    reachable: set[tuple[int, ...]] = {(0, 0, 0)}
    for agent in agents:
        options = [v for v in range(3) if (VERIFIERS[v], agent) not in conflicts]
        grown = {(*load[:v], load[v] + 1, *load[v + 1 :]) for load in reachable for v in options}
        reachable = grown or reachable
    return min(sum(count**2 for count in load) for load in reachable)


class TestDoubleScoring:
    def test_the_second_verifier_is_another_one(self) -> None:
        plan = assign(a_seed(1), a_sample([20, 20]), VERIFIERS, NONE, Decimal(1))
        pairs: dict[UUID, set[UUID]] = {}
        for assignment in plan.assignments:
            pairs.setdefault(assignment.call_id, set()).add(assignment.verifier_id)
        assert [len(pair) for pair in pairs.values()] == [2] * 40
        assert loads(plan, VERIFIERS) == [20] * 4

    def test_the_share_is_the_rate_rounded_up_or_down(self) -> None:
        sample = a_sample([20, 15])
        counts = {
            sum(a.place == 2 for a in assign(a_seed(n), sample, VERIFIERS, NONE, Decimal("0.1")).assignments)
            for n in range(20)
        }
        assert counts == {3, 4}

    def test_the_work_of_both_places_together_is_balanced(self) -> None:
        for number in range(20):
            plan = assign(a_seed(number), a_sample([17, 16]), VERIFIERS, NONE, Decimal("0.3"))
            assert max(loads(plan, VERIFIERS)) - min(loads(plan, VERIFIERS)) <= 1

    def test_every_call_is_chosen_as_often_as_the_rate_says(self) -> None:
        sample, chosen = a_sample([5, 5]), Counter[UUID]()
        for number in range(600):
            plan = assign(a_seed(number), sample, VERIFIERS, NONE, Decimal("0.25"))
            chosen.update(a.call_id for a in plan.assignments if a.place == 2)
        assert all(count == pytest.approx(150, abs=40) for count in chosen.values())
        assert chosen.total() == pytest.approx(1500, abs=60)

    def test_a_call_that_one_verifier_alone_may_score_is_never_doubled_and_says_so(self) -> None:
        conflicts = frozenset((verifier, AGENTS[0]) for verifier in VERIFIERS[1:])
        sample = a_sample([4, 4])
        plan = assign(a_seed(1), sample, VERIFIERS, conflicts, Decimal("0.5"))
        for selection in sample:
            alone = selection.call.agent_id == AGENTS[0]
            assert plan.double_inclusion[selection.call.call_id] == (0 if alone else TRILLION // 2)
        doubled = {a.call_id for a in plan.assignments if a.place == 2}
        assert len(doubled) == 2
        assert doubled <= {s.call.call_id for s in sample if s.call.agent_id == AGENTS[1]}

    def test_a_rate_of_zero_doubles_nothing(self) -> None:
        plan = assign(a_seed(1), a_sample([9]), VERIFIERS)
        assert {a.place for a in plan.assignments} == {1}
