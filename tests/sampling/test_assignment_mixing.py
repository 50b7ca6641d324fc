"""Over time every verifier meets every agent."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from app.sampling.assignment import assign
from app.sampling.types import Panel
from tests.sampling.builders import a_seed, an_id
from tests.sampling.panels import AGENTS, PANEL, VERIFIERS, Pairs, a_days_sample, a_sample, loads, met_by


@pytest.mark.parametrize("rate", ["0", "0.1"])
def test_over_a_month_every_verifier_meets_every_agent_nearly_as_often(rate: str) -> None:
    met = after_a_month(Panel(VERIFIERS), agents=20, rate=Decimal(rate))
    assert max(spreads(met, agents=20)) <= 2
    assert sum(spreads(met, agents=20)) / 20 < 1.3


def test_conflicts_leave_the_others_mixed() -> None:
    conflicts = frozenset((VERIFIERS[n % 4], an_id("agent", n)) for n in range(20))
    met = after_a_month(Panel(VERIFIERS, conflicts), agents=20)
    assert max(spreads(met, agents=20, besides=conflicts)) <= 3


def test_who_has_met_an_agent_least_is_next() -> None:
    met = {(verifier, AGENTS[0]): 5 for verifier in VERIFIERS[:3]}
    for number in range(20):
        assert loads(assign(a_seed(number), a_sample([1]), replace(PANEL, met=met))) == [0, 0, 0, 1]


def test_a_load_that_is_even_matters_more_than_who_has_met_whom() -> None:
    met = {(VERIFIERS[0], agent): 50 for agent in AGENTS[:2]}
    assert loads(assign(a_seed(1), a_sample([10, 10]), replace(PANEL, met=met))) == [5] * 4


def after_a_month(panel: Panel, agents: int, rate: Decimal = Decimal(0)) -> Counter[tuple[UUID, UUID]]:
    """How often who has met whom after thirty draws of a call of every agent."""
    met: Counter[tuple[UUID, UUID]] = Counter()
    for day in range(30):
        sample = a_days_sample(day, agents)
        met += met_by(assign(a_seed(day), sample, replace(panel, met=dict(met)), rate), sample)
    return met


def spreads(met: Counter[tuple[UUID, UUID]], agents: int, besides: Pairs = frozenset()) -> list[int]:
    """By agent, how many times more than another verifier one has met them at most."""
    rows = [
        [met[v, an_id("agent", n)] for v in VERIFIERS if (v, an_id("agent", n)) not in besides] for n in range(agents)
    ]
    return [max(row) - min(row) for row in rows]
