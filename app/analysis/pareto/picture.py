"""What the picture of the Pareto of errors shows."""

from app.analysis.files.about import caption
from app.analysis.pareto.types import ParetoBy, ParetoReport
from app.analysis.pictures import Pareto
from app.analysis.wording import say
from app.calibration import Language

_TITLES = {
    ParetoBy.ITEM: ("Errors by item and cause", "Ошибки по пунктам и чьи они"),
    ParetoBy.REASON: ("Errors by reason and cause", "Ошибки по причинам и чьи они"),
    ParetoBy.SECTION: ("Errors by section and cause", "Ошибки по разделам и чьи они"),
}


def pareto_picture(report: ParetoReport, language: Language) -> Pareto:
    rows = report.rows
    return Pareto(
        title=say(language, *_TITLES[report.by]),
        caption=caption(report.period, language),
        labels=[row.title for row in rows],
        process=[row.total.value * row.shares.process for row in rows],
        agent=[row.total.value * row.shares.agent for row in rows],
        other=[row.total.value * row.shares.other for row in rows],
    )
