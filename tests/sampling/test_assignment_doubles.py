"""Which calls are scored twice, and how little that shows."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from app.sampling.assignment import assign
from app.sampling.fixed_point import TRILLION
from app.sampling.types import Panel
from tests.sampling.builders import a_seed
from tests.sampling.panels import AGENTS, PANEL, VERIFIERS, a_sample, loads, pool, scorers


def test_the_second_verifier_is_another_one() -> None:
    plan = assign(a_seed(1), a_sample([20, 20]), PANEL, Decimal(1))
    assert [len(set(verifiers)) for verifiers in scorers(plan).values()] == [2] * 40
    assert loads(plan) == [20] * 4


def test_the_share_is_the_rate_rounded_up_or_down() -> None:
    sample = a_sample([20, 15])
    counts = {
        sum(a.place == 2 for a in assign(a_seed(n), sample, PANEL, Decimal("0.1")).assignments) for n in range(20)
    }
    assert counts == {3, 4}


@settings(deadline=None, max_examples=100)
@given(calls=st.lists(st.integers(1, 12), min_size=1, max_size=4), number=st.integers(0, 1000))
def test_the_work_of_both_places_together_is_balanced(calls: list[int], number: int) -> None:
    plan = assign(a_seed(number), a_sample(calls), PANEL, Decimal("0.3"))
    assert max(loads(plan)) - min(loads(plan)) <= 1


def test_every_call_is_chosen_as_often_as_the_rate_says() -> None:
    sample, chosen = a_sample([5, 5]), Counter[UUID]()
    for number in range(1000):
        plan = assign(a_seed(number), sample, PANEL, Decimal("0.25"))
        chosen.update(a.call_id for a in plan.assignments if a.place == 2)
    counts = [chosen[selection.call.call_id] for selection in sample]
    assert abs(sum(counts) - 2500) < 60
    assert chisquare(counts).pvalue > 0.001


def test_capacity_does_not_change_which_calls_are_scored_twice() -> None:
    sample = a_sample([15, 15])
    for number in range(20):
        doubled = [
            {a.call_id for a in assign(a_seed(number), sample, panel, Decimal("0.3")).assignments if a.place == 2}
            for panel in (PANEL, replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 3)))
        ]
        assert doubled[0] == doubled[1]


def test_work_that_is_scored_twice_waits_in_the_pool_no_more_often_than_other_work() -> None:
    """Whoever claims a call would know else that it is a second scoring."""
    waiting, scorings, sample = Counter[bool](), Counter[bool](), a_sample([20, 20])
    panel = replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 6))
    for number in range(300):
        plan = assign(a_seed(number), sample, panel, Decimal("0.25"))
        doubled = {a.call_id for a in plan.assignments if a.place == 2}
        waiting.update(a.call_id in doubled for a in pool(plan))
        scorings.update(a.call_id in doubled for a in plan.assignments)
    share = waiting[True] / scorings[True]
    assert share == pytest.approx(waiting[False] / scorings[False], abs=0.02)


def test_a_call_that_one_verifier_has_room_for_is_scored_by_them_first() -> None:
    plan = assign(a_seed(1), a_sample([8]), replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 2)), Decimal(1))
    halves = {call for call, verifiers in scorers(plan).items() if len(verifiers) == 1}
    assert halves
    assert {a.place for a in pool(plan) if a.call_id in halves} == {2}


def test_neither_place_is_for_who_has_met_the_agent_more() -> None:
    met = {(verifier, AGENTS[0]): n for n, verifier in enumerate(VERIFIERS[:2])}
    firsts = Counter(
        next(a.verifier_id for a in plan.assignments if a.place == 1)
        for plan in (assign(a_seed(n), a_sample([1]), Panel(VERIFIERS[:2], met=met), Decimal(1)) for n in range(100))
    )
    assert firsts[VERIFIERS[0]] == pytest.approx(50, abs=20)


def test_a_call_that_one_verifier_alone_may_score_is_never_doubled_and_says_so() -> None:
    conflicts = frozenset((verifier, AGENTS[0]) for verifier in VERIFIERS[1:])
    sample = a_sample([4, 4])
    plan = assign(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal("0.5"))
    for selection in sample:
        alone = selection.call.agent_id == AGENTS[0]
        assert plan.double_inclusion[selection.call.call_id] == (0 if alone else TRILLION // 2)
    doubled = {a.call_id for a in plan.assignments if a.place == 2}
    assert len(doubled) == 2
    assert doubled <= {s.call.call_id for s in sample if s.call.agent_id == AGENTS[1]}


def test_a_rate_of_zero_doubles_nothing() -> None:
    plan = assign(a_seed(1), a_sample([9]), PANEL)
    assert {a.place for a in plan.assignments} == {1}
