"""Analysis: where errors come from, and figures that speak about all calls."""

from app.analysis.filters import Filters, GroupBy, Period
from app.analysis.quality import Figure
from app.analysis.reports import ErrorSourcesReport, QualityReport, error_sources_report, quality_report

__all__ = [
    "ErrorSourcesReport",
    "Figure",
    "Filters",
    "GroupBy",
    "Period",
    "QualityReport",
    "error_sources_report",
    "quality_report",
]
