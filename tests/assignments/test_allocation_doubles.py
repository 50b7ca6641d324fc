"""Which calls are scored twice, and that nobody can tell."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from app.assignments.allocation import allocate_scorings
from app.assignments.types import Panel
from app.statistics.fixed_point import TRILLION
from tests.assignments.allocation_factories import AGENTS, PANEL, VERIFIERS, a_sample, loads, pool, scorers
from tests.sampling.factories import a_seed


def test_the_second_verifier_is_another_one() -> None:
    allocation = allocate_scorings(a_seed(1), a_sample([20, 20]), PANEL, Decimal(1))
    assert [len(set(verifiers)) for verifiers in scorers(allocation).values()] == [2] * 40
    assert loads(allocation) == [20] * 4


def test_the_share_is_the_rate_rounded_up_or_down() -> None:
    sample = a_sample([20, 15])
    counts = {
        sum(a.scoring_round == 2 for a in allocate_scorings(a_seed(n), sample, PANEL, Decimal("0.1")).scorings)
        for n in range(20)
    }
    assert counts == {3, 4}


@settings(deadline=None, max_examples=100)
@given(calls=st.lists(st.integers(1, 12), min_size=1, max_size=4), number=st.integers(0, 1000))
def test_both_scoring_rounds_together_are_balanced(calls: list[int], number: int) -> None:
    allocation = allocate_scorings(a_seed(number), a_sample(calls), PANEL, Decimal("0.3"))
    assert max(loads(allocation)) - min(loads(allocation)) <= 1


def test_every_call_is_chosen_as_often_as_the_rate_says() -> None:
    sample, chosen = a_sample([5, 5]), Counter[UUID]()
    for number in range(1000):
        allocation = allocate_scorings(a_seed(number), sample, PANEL, Decimal("0.25"))
        chosen.update(a.call_id for a in allocation.scorings if a.scoring_round == 2)
    counts = [chosen[task.call_id] for task in sample]
    assert abs(sum(counts) - 2500) < 60
    assert chisquare(counts).pvalue > 0.001


def test_capacity_does_not_change_which_calls_are_scored_twice() -> None:
    sample = a_sample([15, 15])
    for number in range(20):
        doubled = [
            {
                a.call_id
                for a in allocate_scorings(a_seed(number), sample, panel, Decimal("0.3")).scorings
                if a.scoring_round == 2
            }
            for panel in (PANEL, replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 3)))
        ]
        assert doubled[0] == doubled[1]


def test_work_that_is_scored_twice_waits_in_the_pool_no_more_often_than_other_work() -> None:
    """Otherwise a verifier who claims a call could tell that it is a second scoring."""
    waiting, scorings, sample = Counter[bool](), Counter[bool](), a_sample([20, 20])
    panel = replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 6))
    for number in range(300):
        allocation = allocate_scorings(a_seed(number), sample, panel, Decimal("0.25"))
        doubled = {a.call_id for a in allocation.scorings if a.scoring_round == 2}
        waiting.update(a.call_id in doubled for a in pool(allocation))
        scorings.update(a.call_id in doubled for a in allocation.scorings)
    share = waiting[True] / scorings[True]
    assert share == pytest.approx(waiting[False] / scorings[False], abs=0.02)


def test_a_call_with_capacity_for_one_scoring_waits_for_its_second_round() -> None:
    allocation = allocate_scorings(
        a_seed(1), a_sample([8]), replace(PANEL, capacity=dict.fromkeys(VERIFIERS, 2)), Decimal(1)
    )
    halves = {call for call, verifiers in scorers(allocation).items() if len(verifiers) == 1}
    assert halves
    assert {a.scoring_round for a in pool(allocation) if a.call_id in halves} == {2}


def test_prior_pairings_do_not_decide_the_scoring_round() -> None:
    pairings = {(verifier, AGENTS[0]): n for n, verifier in enumerate(VERIFIERS[:2])}
    firsts = Counter(
        next(a.verifier_id for a in allocation.scorings if a.scoring_round == 1)
        for allocation in (
            allocate_scorings(a_seed(n), a_sample([1]), Panel(VERIFIERS[:2], prior_pairings=pairings), Decimal(1))
            for n in range(100)
        )
    )
    assert firsts[VERIFIERS[0]] == pytest.approx(50, abs=20)


def test_a_call_that_only_one_verifier_may_score_has_the_probability_0_of_a_second_scoring() -> None:
    conflicts = frozenset((verifier, AGENTS[0]) for verifier in VERIFIERS[1:])
    sample = a_sample([4, 4])
    allocation = allocate_scorings(a_seed(1), sample, Panel(VERIFIERS, conflicts), Decimal("0.5"))
    for task in sample:
        alone = task.agent_id == AGENTS[0]
        assert allocation.double_inclusion_prob_e12[task.call_id] == (0 if alone else TRILLION // 2)
    doubled = {a.call_id for a in allocation.scorings if a.scoring_round == 2}
    assert len(doubled) == 2
    assert doubled <= {s.call_id for s in sample if s.agent_id == AGENTS[1]}


def test_a_rate_of_zero_doubles_nothing() -> None:
    allocation = allocate_scorings(a_seed(1), a_sample([9]), PANEL)
    assert {a.scoring_round for a in allocation.scorings} == {1}
