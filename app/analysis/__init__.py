"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.service import error_sources_report
from app.analysis.hold_time.columns import HOLD_TIME
from app.analysis.hold_time.service import hold_time_report
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "ERROR_SOURCES",
    "HOLD_TIME",
    "QUALITY",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "Filters",
    "GroupBy",
    "coverage_report",
    "error_sources_report",
    "hold_time_report",
    "quality_report",
    "verifiers_report",
]
