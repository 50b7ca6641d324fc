"""The reports by name, for who makes one without knowing which: scheduled reports do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.service import error_sources_report
from app.analysis.files.csv_file import CsvStyle
from app.analysis.files.report_file import FileFormat, formats_of, report_file
from app.analysis.hold_time.columns import HOLD_TIME
from app.analysis.hold_time.service import hold_time_report
from app.analysis.monthly.columns import MONTHLY
from app.analysis.monthly.printing import monthly_pdf
from app.analysis.monthly.service import WantedMonth, monthly_report
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report
from app.calibration import Language
from app.identity import Principal
from app.platform.columns import Report
from app.platform.database import Session
from app.platform.threads import PICTURES


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """What a report is to show, and to whom.

    filters: with a period whose ends are times. by: its groups, where it has a choice.
    """

    principal: Principal
    filters: Filters
    language: Language
    by: GroupBy | None = None


@dataclass(frozen=True, slots=True)
class ReportKind:
    """A report, and how it is computed.

    grouped: whether it has a choice of groups. by_scorecard: whether it can be filtered by scorecard. printed: whether
    it is about a whole month, and printed as PDF; all others are written as tables and pictures.
    """

    report: Report[Any]
    compute: Callable[[Session, ReportQuestion], Awaitable[Any]]
    grouped: bool = False
    by_scorecard: bool = True
    printed: bool = False

    @property
    def formats(self) -> tuple[FileFormat, ...]:
        return (FileFormat.PDF,) if self.printed else formats_of(self.report)

    async def file(self, document: Any, file_format: FileFormat, language: Language, csv: CsvStyle) -> bytes:
        if self.printed:
            return await PICTURES.run(monthly_pdf, document)
        return await report_file(self.report, document, file_format, language, csv)


async def _quality(session: Session, asked: ReportQuestion) -> Any:
    return await quality_report(session, asked.principal, asked.filters, asked.by or GroupBy.PROJECT)


async def _errors(session: Session, asked: ReportQuestion) -> Any:
    return await error_sources_report(session, asked.filters)


async def _verifiers(session: Session, asked: ReportQuestion) -> Any:
    return await verifiers_report(session, asked.filters)


async def _coverage(session: Session, asked: ReportQuestion) -> Any:
    return await coverage_report(session, asked.filters)


async def _hold_time(session: Session, asked: ReportQuestion) -> Any:
    return await hold_time_report(session, asked.principal, asked.filters)


async def _monthly(session: Session, asked: ReportQuestion) -> Any:
    filters = asked.filters
    assert isinstance(filters.since, datetime), "the month is that of a time"
    month = filters.since.astimezone(filters.zone).date()
    wanted = WantedMonth(month.replace(day=1), filters.project_id, filters.team_id, asked.language)
    return await monthly_report(session, asked.principal, wanted)


# Under the name that the report has in the address of its route.
REPORTS_BY_NAME: Final = {
    kind.report.name: kind
    for kind in (
        ReportKind(QUALITY, _quality, grouped=True),
        ReportKind(ERROR_SOURCES, _errors),
        ReportKind(VERIFIERS, _verifiers),
        ReportKind(SAMPLING_COVERAGE, _coverage, by_scorecard=False),
        ReportKind(HOLD_TIME, _hold_time, by_scorecard=False),
        ReportKind(MONTHLY, _monthly, by_scorecard=False, printed=True),
    )
}
