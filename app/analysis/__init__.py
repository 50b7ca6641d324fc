"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.service import error_sources_report
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.rollups import CONSUMER as ROLLUP_CONSUMER
from app.analysis.rollups import ROLL_UP
from app.analysis.rollups import consumed_types as rollup_types
from app.analysis.rollups import on_change as on_rollup_change
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "ERROR_SOURCES",
    "QUALITY",
    "ROLLUP_CONSUMER",
    "ROLL_UP",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "Filters",
    "GroupBy",
    "coverage_report",
    "error_sources_report",
    "on_rollup_change",
    "quality_report",
    "rollup_types",
    "verifiers_report",
]
