"""The reports by name, for who makes one without knowing which: scheduled reports do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.service import error_sources_report
from app.analysis.files.report_file import FileFormat, formats_of
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report
from app.platform.columns import Report
from app.platform.database import Session

Compute = Callable[[Session, Filters, GroupBy | None], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report, and how it is computed.

    grouped: whether it has a choice of groups; by_scorecard: whether it can be filtered by scorecard.
    """

    report: Report[Any]
    compute: Compute
    grouped: bool = False
    by_scorecard: bool = True

    @property
    def formats(self) -> tuple[FileFormat, ...]:
        return formats_of(self.report)


def _ungrouped(compute: Callable[[Session, Filters], Awaitable[Any]]) -> Compute:
    return lambda session, filters, _: compute(session, filters)


async def _quality(session: Session, filters: Filters, by: GroupBy | None) -> Any:
    return await quality_report(session, filters, by or GroupBy.PROJECT)


# Under the name that the report has in the address of its route.
REPORTS_BY_NAME: Final = {
    kind.report.name: kind
    for kind in (
        ReportKind(QUALITY, _quality, grouped=True),
        ReportKind(ERROR_SOURCES, _ungrouped(error_sources_report)),
        ReportKind(VERIFIERS, _ungrouped(verifiers_report)),
        ReportKind(SAMPLING_COVERAGE, _ungrouped(coverage_report), by_scorecard=False),
    )
}
