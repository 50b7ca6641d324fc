"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.columns import ERROR_SOURCES, QUALITY, SAMPLING_COVERAGE, VERIFIERS
from app.analysis.service import coverage_report, error_sources_report, quality_report, verifiers_report
from app.analysis.types import Filters, GroupBy

__all__ = [
    "ERROR_SOURCES",
    "QUALITY",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "Filters",
    "GroupBy",
    "coverage_report",
    "error_sources_report",
    "quality_report",
    "verifiers_report",
]
