"""The report with the Pareto of errors."""

from app.analysis.pareto.causes import Causes
from app.analysis.pareto.report import pareto_report
from app.analysis.pareto.types import ParetoBy, ParetoReport
from app.analysis.reading.samples import sample_with_answers
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.repository.rows import answers_of_kinds
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS
from app.scorecards import published_version


async def errors_pareto_report(session: Session, filters: Filters, by: ParetoBy) -> ParetoReport:
    """Which items, reasons or sections have most of the errors."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
    sample, answers = await sample_with_answers(session, period, of)
    groups = await REPORTS.run(answers_of_kinds, answers, sample.counts, errors_only=True)
    # There are a handful of versions, and the process caches them.
    versions = [await published_version(session, version_id) for version_id in {group.version_id for group in groups}]
    return await REPORTS.run(pareto_report, period, by, sample, groups, Causes(by, versions))
