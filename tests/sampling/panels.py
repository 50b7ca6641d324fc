"""Panels and samples for the tests of who scores what, and what came of them."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from app.sampling.fixed_point import TRILLION
from app.sampling.selection import select
from app.sampling.types import Assignment, AssignmentPlan, Panel, Selection, SizedCall
from tests.sampling.builders import a_frame, a_seed, an_id, quota_plan

VERIFIERS = tuple(an_id("verifier", n) for n in range(4))
AGENTS = [an_id("agent", n) for n in range(6)]
PANEL = Panel(VERIFIERS)

Pairs = frozenset[tuple[UUID, UUID]]


def a_sample(calls_by_agent: Sequence[int]) -> tuple[Selection, ...]:
    design = a_frame(quota_plan(100), [[1] * calls for calls in calls_by_agent])
    return select(a_seed(0), design.calls)


def a_days_sample(day: int, agents: int, each: int = 1) -> list[Selection]:
    """The same agents every day, with other calls."""
    calls = [SizedCall(an_id("call", day, n), an_id("agent", n % agents)) for n in range(agents * each)]
    return [Selection(call, TRILLION // 10, position) for position, call in enumerate(calls, 1)]


def loads(plan: AssignmentPlan, verifiers: Sequence[UUID] = VERIFIERS) -> list[int]:
    counts = Counter(assignment.verifier_id for assignment in plan.assignments)
    return [counts[verifier] for verifier in verifiers]


def pool(plan: AssignmentPlan) -> list[Assignment]:
    return [assignment for assignment in plan.assignments if assignment.verifier_id is None]


def scorers(plan: AssignmentPlan) -> dict[UUID, list[UUID]]:
    """By call, the verifiers that it has."""
    found: dict[UUID, list[UUID]] = {assignment.call_id: [] for assignment in plan.assignments}
    for assignment in plan.assignments:
        if assignment.verifier_id is not None:
            found[assignment.call_id].append(assignment.verifier_id)
    return found


def agents_of(sample: Sequence[Selection]) -> dict[UUID, UUID]:
    return {selection.call.call_id: selection.call.agent_id for selection in sample}


def met_by(plan: AssignmentPlan, sample: Sequence[Selection]) -> Counter[tuple[UUID, UUID]]:
    agent_of = agents_of(sample)
    return Counter((a.verifier_id, agent_of[a.call_id]) for a in plan.assignments if a.verifier_id is not None)
