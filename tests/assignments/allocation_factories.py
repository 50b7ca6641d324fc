"""Panels and scoring tasks for the tests of allocation, and readings of its results."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from uuid import UUID

from app.assignments.types import AllocatedScoring, Allocation, Panel, ScoringTask
from tests.sampling.factories import an_id

VERIFIERS = tuple(an_id("verifier", n) for n in range(4))
AGENTS = [an_id("agent", n) for n in range(6)]
PANEL = Panel(VERIFIERS)

Pairs = frozenset[tuple[UUID, UUID]]


def a_sample(calls_by_agent: Sequence[int]) -> list[ScoringTask]:
    """The given number of calls of each agent, in random order."""
    calls = [
        (an_id("call", agent, n), AGENTS[agent]) for agent, count in enumerate(calls_by_agent) for n in range(count)
    ]
    Random(0).shuffle(calls)
    return [ScoringTask(call_id, agent_id, position) for position, (call_id, agent_id) in enumerate(calls, 1)]


def a_days_sample(day: int, agents: int, each: int = 1) -> list[ScoringTask]:
    """The same agents every day, with other calls."""
    return [ScoringTask(an_id("call", day, n), an_id("agent", n % agents), n + 1) for n in range(agents * each)]


def loads(allocation: Allocation, verifiers: Sequence[UUID] = VERIFIERS) -> list[int]:
    counts = Counter(scoring.verifier_id for scoring in allocation.scorings)
    return [counts[verifier] for verifier in verifiers]


def pool(allocation: Allocation) -> list[AllocatedScoring]:
    return [scoring for scoring in allocation.scorings if scoring.verifier_id is None]


def scorers(allocation: Allocation) -> dict[UUID, list[UUID]]:
    """By call, its verifiers."""
    found: dict[UUID, list[UUID]] = {scoring.call_id: [] for scoring in allocation.scorings}
    for scoring in allocation.scorings:
        if scoring.verifier_id is not None:
            found[scoring.call_id].append(scoring.verifier_id)
    return found


def pairings_of(allocation: Allocation, sample: Sequence[ScoringTask]) -> Counter[tuple[UUID, UUID]]:
    agent_of = {task.call_id: task.agent_id for task in sample}
    return Counter((s.verifier_id, agent_of[s.call_id]) for s in allocation.scorings if s.verifier_id is not None)
