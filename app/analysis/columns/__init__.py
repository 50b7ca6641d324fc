"""The columns of each report: the one place in which they are declared."""

from app.analysis.columns.error_sources import ERROR_SOURCES
from app.analysis.columns.quality import QUALITY
from app.analysis.columns.sampling_coverage import SAMPLING_COVERAGE
from app.analysis.columns.verifiers import VERIFIERS

__all__ = ["ERROR_SOURCES", "QUALITY", "SAMPLING_COVERAGE", "VERIFIERS"]
