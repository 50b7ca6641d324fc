"""The report with the funnel of agents."""

from dataclasses import replace

from app.analysis.funnel.report import FunnelReport, funnel_report, named
from app.analysis.metrics.reading import measured_sample
from app.analysis.metrics.types import MetricQuestion
from app.analysis.repository import scope
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS


async def agents_funnel_report(session: Session, filters: Filters, question: MetricQuestion) -> FunnelReport:
    """Which agents' figures are outside the limits of agents who do not differ."""
    measured = await measured_sample(session, filters, question)
    report = await REPORTS.run(funnel_report, measured)
    names = await scope.names_of_agents_and_teams(session, {row.agent_id for row in report.rows})
    return replace(report, rows=named(report.rows, names))
