"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.picture import ErrorPicture
from app.analysis.errors.service import error_sources_report
from app.analysis.files import CsvStyle, Locale, csv_file, parquet_file, workbook
from app.analysis.monthly.columns import MONTHLY
from app.analysis.monthly.printing import monthly_pdf
from app.analysis.monthly.service import WantedMonth, monthly_report
from app.analysis.pictures import draw
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "ERROR_SOURCES",
    "MONTHLY",
    "QUALITY",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "CsvStyle",
    "ErrorPicture",
    "Filters",
    "GroupBy",
    "Locale",
    "WantedMonth",
    "coverage_report",
    "csv_file",
    "draw",
    "error_sources_report",
    "monthly_pdf",
    "monthly_report",
    "parquet_file",
    "quality_report",
    "verifiers_report",
    "workbook",
]
