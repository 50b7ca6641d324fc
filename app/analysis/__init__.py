"""Analysis: reports on all calls, estimated from the drawn ones."""

from app.analysis.bonus.columns import BONUS, BONUS_PREVIEW
from app.analysis.bonus.errors import BonusNotSet
from app.analysis.bonus.rule import (
    LEAST_EVALUATIONS,
    MAX_PERCENT,
    MAX_STEPS,
    MOST_EVALUATIONS,
    BonusRule,
    Step,
    Terms,
)
from app.analysis.bonus.service import MAX_MONTHS, bonus_preview, bonus_report, get_bonus_rule, set_bonus_rule
from app.analysis.control.columns import CONTROL_CHART
from app.analysis.control.service import control_chart_report
from app.analysis.control.types import RuleSet
from app.analysis.coverage.columns import SAMPLING_COVERAGE
from app.analysis.coverage.service import coverage_report
from app.analysis.critical.columns import CRITICAL_ERRORS
from app.analysis.critical.report import CriticalBy
from app.analysis.critical.service import critical_errors_report
from app.analysis.errors.columns import ERROR_SOURCES
from app.analysis.errors.picture import ErrorPicture
from app.analysis.errors.service import error_sources_report
from app.analysis.files import CsvStyle, FileFormat, Locale, csv_file, parquet_file, report_file, workbook
from app.analysis.files.about import caption
from app.analysis.funnel.columns import FUNNEL
from app.analysis.funnel.service import agents_funnel_report
from app.analysis.hold_time.columns import HOLD_TIME
from app.analysis.hold_time.service import hold_time_report
from app.analysis.intervals import Interval
from app.analysis.kept.service import keep, remove_old_figures, remove_surplus_figures
from app.analysis.metrics.types import CriticalFamily, Metric, MetricQuestion
from app.analysis.monthly.columns import MONTHLY
from app.analysis.monthly.printing import monthly_pdf
from app.analysis.monthly.service import WantedMonth, monthly_report
from app.analysis.pareto.columns import PARETO
from app.analysis.pareto.service import errors_pareto_report
from app.analysis.pareto.types import ParetoBy
from app.analysis.pictures import draw
from app.analysis.quality.columns import QUALITY
from app.analysis.quality.service import quality_report
from app.analysis.registry import REPORTS_BY_NAME, ReportQuestion
from app.analysis.rollups import CONSUMER as ROLLUP_CONSUMER
from app.analysis.rollups import ROLL_UP
from app.analysis.rollups import consumed_types as rollup_types
from app.analysis.rollups import on_change as on_rollup_change
from app.analysis.today.columns import TODAY
from app.analysis.today.service import today_report
from app.analysis.types import Filters, GroupBy
from app.analysis.verifiers.columns import VERIFIERS
from app.analysis.verifiers.service import verifiers_report

__all__ = [
    "BONUS",
    "BONUS_PREVIEW",
    "CONTROL_CHART",
    "CRITICAL_ERRORS",
    "ERROR_SOURCES",
    "FUNNEL",
    "HOLD_TIME",
    "LEAST_EVALUATIONS",
    "MAX_MONTHS",
    "MAX_PERCENT",
    "MAX_STEPS",
    "MONTHLY",
    "MOST_EVALUATIONS",
    "PARETO",
    "QUALITY",
    "REPORTS_BY_NAME",
    "ROLLUP_CONSUMER",
    "ROLL_UP",
    "SAMPLING_COVERAGE",
    "TODAY",
    "VERIFIERS",
    "BonusNotSet",
    "BonusRule",
    "CriticalBy",
    "CriticalFamily",
    "CsvStyle",
    "ErrorPicture",
    "FileFormat",
    "Filters",
    "GroupBy",
    "Interval",
    "Locale",
    "Metric",
    "MetricQuestion",
    "ParetoBy",
    "ReportQuestion",
    "RuleSet",
    "Step",
    "Terms",
    "WantedMonth",
    "agents_funnel_report",
    "bonus_preview",
    "bonus_report",
    "caption",
    "control_chart_report",
    "coverage_report",
    "critical_errors_report",
    "csv_file",
    "draw",
    "error_sources_report",
    "errors_pareto_report",
    "get_bonus_rule",
    "hold_time_report",
    "keep",
    "monthly_pdf",
    "monthly_report",
    "on_rollup_change",
    "parquet_file",
    "quality_report",
    "remove_old_figures",
    "remove_surplus_figures",
    "report_file",
    "rollup_types",
    "set_bonus_rule",
    "today_report",
    "verifiers_report",
    "workbook",
]
