"""The report on critical-error accuracy."""

from dataclasses import replace

from app.analysis.critical.report import CriticalBy, CriticalReport, accuracy_rows, total_row
from app.analysis.metrics.repository import call_outcomes
from app.analysis.quality.figures import group_calls
from app.analysis.reading.samples import sample_with_revisions
from app.analysis.report_period import report_period
from app.analysis.repository import scope
from app.analysis.types import Filters
from app.platform.database import Session
from app.platform.threads import REPORTS


async def critical_errors_report(session: Session, filters: Filters, by: CriticalBy) -> CriticalReport:
    """The share of calls without a critical error, by family, in total and by group."""
    period = await report_period(session, filters)
    async with session.without_nested_loops():
        of = await scope.report_scope(session, filters, period)
    sample, revision_ids = await sample_with_revisions(session, period, of)
    outcomes = await call_outcomes(session, sample, revision_ids)
    groups = group_calls(by.group_by, sample, of)
    rows = await REPORTS.run(accuracy_rows, sample, outcomes, groups.of_selections, groups.keys)
    total = await REPORTS.run(total_row, sample, outcomes)
    names = await scope.names_of_groups(session, by.group_by, [row.key for row in rows if row.key is not None])
    named = [replace(row, name=names.get(row.key or "", row.name)) for row in rows]
    items = tuple(sorted(named, key=lambda row: (row.key is None, row.name, row.key)))
    return CriticalReport(period, by, items, total)
