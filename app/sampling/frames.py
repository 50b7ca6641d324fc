"""The calls that a plan draws from: a window's eligible calls with their sizes, and what a draw would be like."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from app.evaluations import error_history
from app.sampling.design import allocate, feasibility
from app.sampling.plans import get_plan
from app.sampling.records import Plan, Preview
from app.sampling.repository import frames as repository
from app.sampling.sizes import size_frame
from app.sampling.types import AgentRecord, FrameCall, SizedCall, StratumTotals, Window
from app.sampling.windows import window_of


async def preview(session: AsyncSession, plan_id: UUID, day: date) -> Preview:
    """What a draw of the window that holds `day` would be like, as its calls are now; it need not be over."""
    plan = await get_plan(session, plan_id)
    window = window_of(plan.window, plan.timezone, day)
    strata = tuple(_totals(await read_frame(session, plan, window)))
    answer = feasibility(plan.design, {totals.agent_id: totals.calls for totals in strata})
    return Preview(
        window=window,
        feasibility=answer,
        strata=allocate(plan.design, strata) if answer.feasible else strata,
        excluded=await repository.excluded_calls(session, plan, window),
    )


async def read_frame(session: AsyncSession, plan: Plan, window: Window) -> list[SizedCall]:
    """The eligible calls of a window with their sizes."""
    rows = await repository.calls_of_frame(session, plan, window)
    records = await _records(session, plan, window)
    return size_frame(plan.size, _frame_calls(rows, ZoneInfo(plan.timezone)), records)


async def _records(session: AsyncSession, plan: Plan, window: Window) -> dict[UUID, AgentRecord]:
    """The agents' errors in the days before the window, if the plan asks for them."""
    rule = plan.size.erring_agent
    if rule is None:
        return {}
    since = window.start_on - timedelta(days=rule.lookback_days)
    history = await error_history(session, plan.project_id, since, window.start_on)
    return {agent_id: AgentRecord(*counts) for agent_id, counts in history.items()}


def _frame_calls(rows: Iterable[Row[Any]], zone: ZoneInfo) -> Iterator[FrameCall]:
    for row in rows:
        tenure = row.hired_on and (row.started_at.astimezone(zone).date() - row.hired_on).days
        yield FrameCall(row.id, row.agent_id, tenure, row.complaint, row.csat, row.hold_s)


def _totals(calls: Sequence[SizedCall]) -> Iterator[StratumTotals]:
    by_agent = attrgetter("agent_id")
    for agent_id, group in groupby(sorted(calls, key=by_agent), by_agent):
        sizes = [call.size for call in group]
        yield StratumTotals(agent_id, len(sizes), sum(sizes))
