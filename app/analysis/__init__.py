"""Analysis: where errors come from, and figures that speak about all calls."""

from app.analysis.coverage_types import AgentCoverage, CoverageReport, PlanCoverage
from app.analysis.filters import Filters, GroupBy, Period
from app.analysis.quality import Figure
from app.analysis.reports import (
    ErrorSourcesReport,
    QualityReport,
    coverage_report,
    error_sources_report,
    quality_report,
)

__all__ = [
    "AgentCoverage",
    "CoverageReport",
    "ErrorSourcesReport",
    "Figure",
    "Filters",
    "GroupBy",
    "Period",
    "PlanCoverage",
    "QualityReport",
    "coverage_report",
    "error_sources_report",
    "quality_report",
]
