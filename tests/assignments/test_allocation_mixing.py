"""Over time every verifier meets every agent."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from app.assignments.allocation import allocate_scorings
from app.assignments.types import Panel
from tests.assignments.allocation_factories import (
    AGENTS,
    PANEL,
    VERIFIERS,
    Pairs,
    a_days_sample,
    a_sample,
    loads,
    pairings_of,
)
from tests.sampling.factories import a_seed, an_id


@pytest.mark.parametrize("rate", ["0", "0.1"])
def test_over_a_month_every_verifier_meets_every_agent_nearly_as_often(rate: str) -> None:
    pairings = after_a_month(Panel(VERIFIERS), agents=20, rate=Decimal(rate))
    assert max(spreads(pairings, agents=20)) <= 2
    assert sum(spreads(pairings, agents=20)) / 20 < 1.3


def test_conflicts_leave_the_others_mixed() -> None:
    conflicts = frozenset((VERIFIERS[n % 4], an_id("agent", n)) for n in range(20))
    pairings = after_a_month(Panel(VERIFIERS, conflicts), agents=20)
    assert max(spreads(pairings, agents=20, except_for=conflicts)) <= 3


def test_who_has_met_an_agent_least_is_next() -> None:
    pairings = {(verifier, AGENTS[0]): 5 for verifier in VERIFIERS[:3]}
    for number in range(20):
        assert loads(allocate_scorings(a_seed(number), a_sample([1]), replace(PANEL, prior_pairings=pairings))) == [
            0,
            0,
            0,
            1,
        ]


def test_a_load_that_is_even_matters_more_than_who_has_met_whom() -> None:
    pairings = {(VERIFIERS[0], agent): 50 for agent in AGENTS[:2]}
    assert loads(allocate_scorings(a_seed(1), a_sample([10, 10]), replace(PANEL, prior_pairings=pairings))) == [5] * 4


def after_a_month(panel: Panel, agents: int, rate: Decimal = Decimal(0)) -> Counter[tuple[UUID, UUID]]:
    """The pairings after thirty draws of one call of every agent."""
    pairings: Counter[tuple[UUID, UUID]] = Counter()
    for day in range(30):
        sample = a_days_sample(day, agents)
        pairings += pairings_of(
            allocate_scorings(a_seed(day), sample, replace(panel, prior_pairings=dict(pairings)), rate), sample
        )
    return pairings


def spreads(pairings: Counter[tuple[UUID, UUID]], agents: int, except_for: Pairs = frozenset()) -> list[int]:
    """By agent, the largest difference between two verifiers' pairings with the agent."""
    rows = [
        [pairings[v, an_id("agent", n)] for v in VERIFIERS if (v, an_id("agent", n)) not in except_for]
        for n in range(agents)
    ]
    return [max(row) - min(row) for row in rows]
