"""The panel of a draw: the verifiers of its sample, their capacity, conflicts of interest and prior pairings."""

from datetime import timedelta

from app.assignments import Panel
from app.platform import clock
from app.platform.database import Session
from app.sampling.draws.design import WORKING_DAYS
from app.sampling.draws.repository import panels as repository
from app.sampling.plans.types import Plan
from app.sampling.windows import Window

# How long a pairing counts: verifiers are to be mixed over months, and people come and go.
_PAIRINGS_COUNT_FOR = timedelta(days=90)


async def read_panel(session: Session, plan: Plan, window: Window) -> Panel:
    """The active verifiers of the plan. Their assignments of the window count against their capacity."""
    rows = await repository.verifiers_of_plan(session, plan.id, window)
    verifier_ids = tuple(row.id for row in rows)
    async with session.without_nested_loops():
        prior_pairings = await repository.prior_pairings(
            session, plan.project_id, clock.now() - _PAIRINGS_COUNT_FOR, verifier_ids
        )
        already_assigned = await repository.already_assigned(session, plan, window, verifier_ids)
    daily = plan.verifier_daily_capacity
    return Panel(
        verifier_ids=verifier_ids,
        conflicts=frozenset((row.id, agent_id) for row in rows for agent_id in row.barred),
        capacity={}
        if daily is None
        else {row.id: max(daily * WORKING_DAYS[window.kind] - row.held, 0) for row in rows},
        prior_pairings=prior_pairings,
        already_assigned=already_assigned,
    )
