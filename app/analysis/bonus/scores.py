"""The score that the bonus follows, in one place."""

from typing import Final

from app.analysis.bonus.types import Measure, MeasuredAgent
from app.analysis.quality.figures import Figure, figures
from app.analysis.repository import samples, scope
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.statistics import Estimate

# What `_estimate` reads.
MEASURE: Final = Measure.SCORE


def _estimate(figure: Figure) -> Estimate | None:
    return figure.estimate


async def measured_agents(session: Session, filters: Filters, period: Period) -> list[MeasuredAgent]:
    """The mean score of each agent with drawn calls, as the quality report estimates it."""
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
        sample = await samples.drawn_sample(session, filters, period, of)
    by_agent = await REPORTS.run(figures, sample, sample.agents, list(map(str, of.agent_ids)), None)
    ids = {str(agent_id): agent_id for agent_id in of.agent_ids}
    return [MeasuredAgent(ids[one.key], _estimate(one), one.n) for one in by_agent if one.key is not None]
