"""What the picture of the funnel of agents shows."""

from app.analysis.files.about import caption
from app.analysis.funnel.report import FunnelReport
from app.analysis.metrics.titles import metric_title, quantity_of
from app.analysis.pictures import Funnel
from app.analysis.wording import say
from app.calibration import Language
from app.statistics.control import FunnelLimit


def funnel_picture(report: FunnelReport, language: Language) -> Funnel:
    """The limits are drawn through those of the agents, in the order of their sizes."""
    limits = sorted((row.effective_n, row.limits) for row in report.rows if row.limits is not None)
    return Funnel(
        title=f"{say(language, 'Agents', 'Операторы')}: {metric_title(report.question, language)}",
        caption=caption(report.period, language),
        quantity=quantity_of(report.question),
        labels=[row.name for row in report.rows],
        sizes=[row.effective_n for row in report.rows],
        values=[row.value for row in report.rows],
        outside=[row.outside is FunnelLimit.LIMITS_99_8 for row in report.rows],
        centre=report.centre,
        limit_sizes=[size for size, _ in limits],
        low_95=[limit.lower_95 for _, limit in limits],
        high_95=[limit.upper_95 for _, limit in limits],
        low_998=[limit.lower_99_8 for _, limit in limits],
        high_998=[limit.upper_99_8 for _, limit in limits],
    )
