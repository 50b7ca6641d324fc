"""The calls that a plan draws from: a window's eligible calls with their sizes, and what a draw would be like."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import UUID

from app.evaluations import error_history
from app.platform.database import Session
from app.sampling.draws.design import allocate, feasibility, stratum_totals
from app.sampling.draws.repository import frames as repository
from app.sampling.draws.sizes import Sizing, erring_signals
from app.sampling.draws.types import AgentRecord, Preview, Signal
from app.sampling.plans.service import get_plan
from app.sampling.plans.types import Plan
from app.sampling.windows import Window, window_of


async def preview(session: Session, plan_id: UUID, day: date) -> Preview:
    """What a draw of the window that holds `day` would be like, as its calls are now; it need not be over."""
    plan = await get_plan(session, plan_id)
    window = window_of(plan.window, plan.timezone, day)
    sizing = await sizing_of(session, plan, window)
    strata = stratum_totals(await repository.count_classes(session, plan, sizing))
    answer = feasibility(plan.design, {totals.agent_id: totals.calls for totals in strata})
    return Preview(
        window=window,
        feasibility=answer,
        strata=allocate(plan.design, strata) if answer.feasible else strata,
        excluded=await repository.excluded_calls(session, plan, window),
    )


async def sizing_of(session: Session, plan: Plan, window: Window) -> Sizing:
    """How the plan's rules size the calls of the window."""
    return Sizing(plan.size, window, await _erring(session, plan, window))


async def _erring(session: Session, plan: Plan, window: Window) -> Mapping[UUID, Signal]:
    """The signals of the agents' errors in the days before the window, if the plan asks for them."""
    rule = plan.size.erring_agent
    if rule is None:
        return {}
    since = window.start_on - timedelta(days=rule.lookback_days)
    history = await error_history(session, plan.project_id, since, window.start_on)
    return erring_signals(rule, {agent_id: AgentRecord(*counts) for agent_id, counts in history.items()})
