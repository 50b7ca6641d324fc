"""The panel of a draw: who may score its sample, how much each takes, and who has met whom."""

from datetime import timedelta

from app.platform import clock
from app.platform.database import Session
from app.sampling.design import WORKING_DAYS
from app.sampling.records import Plan
from app.sampling.repository import panels as repository
from app.sampling.types import Panel, Window

# How long a meeting counts: mixing is to hold over months, and people come and go.
_REMEMBERED = timedelta(days=90)


async def read_panel(session: Session, plan: Plan, window: Window) -> Panel:
    """Those of the plan's verifiers who are active. What they hold of the window counts against their capacity."""
    rows = await repository.verifiers_of_plan(session, plan.id, window)
    verifier_ids = tuple(row.id for row in rows)
    async with session.without_nested_loops():
        met = await repository.meetings(session, plan.project_id, clock.now() - _REMEMBERED, verifier_ids)
        taken = await repository.calls_taken(session, plan, window, verifier_ids)
    daily = plan.verifier_daily_capacity
    return Panel(
        verifier_ids=verifier_ids,
        conflicts=frozenset((row.id, agent_id) for row in rows for agent_id in row.barred),
        capacity={}
        if daily is None
        else {row.id: max(daily * WORKING_DAYS[window.kind] - row.held, 0) for row in rows},
        met=met,
        taken=taken,
    )
