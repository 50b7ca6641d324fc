"""The score that the bonus follows, in one place."""

from typing import Final

import numpy as np

from app.analysis.bonus.types import Measure, MeasuredAgent
from app.analysis.quality.adjusting import within_scale
from app.analysis.quality.figures import mean_by_group
from app.analysis.reading.samples import drawn_sample
from app.analysis.repository import scope
from app.analysis.samples import SampleArrays
from app.analysis.types import Filters
from app.platform.clock import Period
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.statistics import FloatArray

# What `_points` reads. An agent does not pay for errors of the process.
MEASURE: Final = Measure.AGENT_SCORE


def _points(sample: SampleArrays) -> FloatArray:
    return sample.agent_scores


async def measured_agents(session: Session, filters: Filters, period: Period) -> list[MeasuredAgent]:
    """The mean score of each agent with drawn calls, as the quality report estimates it."""
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
    sample = await drawn_sample(session, period, of)
    means = await REPORTS.run(mean_by_group, sample, sample.agents, _points(sample))
    measured = []
    for agent in np.unique(sample.agents[sample.counts]).tolist():
        mean = means.get(agent)
        estimate = None if mean is None else within_scale(mean.value, mean.low, mean.high)
        measured.append(MeasuredAgent(of.agent_ids[agent], estimate, 0 if mean is None else mean.n))
    return measured
