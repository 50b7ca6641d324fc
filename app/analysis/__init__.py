"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.control.columns import CONTROL_CHART
from app.analysis.control.service import control_chart_report
from app.analysis.control.types import RuleSet
from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.service import error_sources_report
from app.analysis.intervals import Interval
from app.analysis.metrics.types import CriticalFamily, Metric, MetricQuestion
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "CONTROL_CHART",
    "ERROR_SOURCES",
    "QUALITY",
    "SAMPLING_COVERAGE",
    "VERIFIERS",
    "CriticalFamily",
    "Filters",
    "GroupBy",
    "Interval",
    "Metric",
    "MetricQuestion",
    "RuleSet",
    "control_chart_report",
    "coverage_report",
    "error_sources_report",
    "quality_report",
    "verifiers_report",
]
