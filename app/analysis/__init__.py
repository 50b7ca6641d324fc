"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.picture import ErrorPicture
from app.analysis.errors.service import error_sources_report
from app.analysis.files import CsvStyle, FileFormat, Locale, csv_file, parquet_file, report_file, workbook
from app.analysis.files.about import caption
from app.analysis.kept.service import keep, remove_old_figures, remove_surplus_figures
from app.analysis.monthly.columns import MONTHLY
from app.analysis.monthly.printing import monthly_pdf
from app.analysis.monthly.service import WantedMonth, monthly_report
from app.analysis.pictures import draw
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.registry import REPORTS_BY_NAME, ReportKind, ReportQuestion
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "ERROR_SOURCES",
    "MONTHLY",
    "QUALITY",
    "REPORTS_BY_NAME",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "CsvStyle",
    "ErrorPicture",
    "FileFormat",
    "Filters",
    "GroupBy",
    "Locale",
    "ReportKind",
    "ReportQuestion",
    "WantedMonth",
    "caption",
    "coverage_report",
    "csv_file",
    "draw",
    "error_sources_report",
    "keep",
    "monthly_pdf",
    "monthly_report",
    "parquet_file",
    "quality_report",
    "remove_old_figures",
    "remove_surplus_figures",
    "report_file",
    "verifiers_report",
    "workbook",
]
