"""The report on the coverage of the sample."""

from app.analysis.coverage import repository
from app.analysis.coverage.coverage import CoverageData, cover_agents, cover_plans, cover_signals, total_tally
from app.analysis.coverage.types import CoverageReport
from app.analysis.report_period import report_period
from app.analysis.types import Filters
from app.platform.database import Session


async def coverage_report(session: Session, filters: Filters) -> CoverageReport:
    """The drawn calls of each agent in the windows that overlap the period, and why none of an agent is evaluated."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        frames = await repository.frames(session, filters, period)
        signals = await repository.signals(session, filters, period)
    agents = await repository.agents(session, filters, period)
    outside = sorted({agent.agent_id for agent in agents} - {row.agent_id for row in frames})
    data = CoverageData(
        plans=await repository.plans(session, filters, period),
        frames=frames,
        outside_frames=await repository.calls_outside_frames(session, filters, period, outside),
    )
    tally = total_tally(frames)
    return CoverageReport(
        period=period,
        tally=tally,
        agents=cover_agents(agents, data),
        plans=cover_plans(data, await repository.refused_windows(session, filters, period)),
        signals=cover_signals(signals, tally),
    )
