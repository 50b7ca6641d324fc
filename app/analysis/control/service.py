"""The report with a control chart."""

from app.analysis.control import repository
from app.analysis.control.chart import control_report
from app.analysis.control.types import ControlReport, RuleSet
from app.analysis.intervals import Interval
from app.analysis.metrics.reading import measured_sample
from app.analysis.metrics.types import MetricQuestion
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS


async def control_chart_report(
    session: Session, filters: Filters, question: MetricQuestion, interval: Interval, rules: RuleSet
) -> ControlReport:
    """The control chart of a metric, with the changes of scorecards and plans marked."""
    measured = await measured_sample(session, filters, question)
    marks = await repository.marks(session, filters, measured.period)
    return await REPORTS.run(control_report, measured, interval, rules, marks)
