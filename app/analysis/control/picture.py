"""What the picture of a control chart shows."""

from collections.abc import Iterator

from app.analysis.control.titles import RULES, mark_titles
from app.analysis.control.types import ControlReport
from app.analysis.files.about import caption
from app.analysis.metrics.titles import metric_title, quantity_of
from app.analysis.pictures import ControlChart
from app.analysis.pictures.words import axis_number
from app.analysis.wording import say
from app.calibration import Language


def control_picture(report: ControlReport, language: Language) -> ControlChart:
    points, russian = report.points, language is Language.RUSSIAN
    return ControlChart(
        title=f"{say(language, 'Control chart', 'Контрольная карта')}: {metric_title(report.question, language)}",
        caption=caption(report.period, language),
        quantity=quantity_of(report.question),
        labels=[point.start.isoformat() for point in points],
        values=[point.value for point in points],
        centre=[report.centre for _ in points],
        lower=[point.lower for point in points],
        upper=[point.upper for point in points],
        signals=[[RULES[rule].ru if russian else RULES[rule].en for rule in point.signals] for point in points],
        ewma=[point.ewma for point in points],
        changes=sorted(_changes(report, language)),
    )


def _changes(report: ControlReport, language: Language) -> Iterator[tuple[int, str]]:
    """What was changed, and changes of the level, each with the index of the first point after it."""
    starts = [point.start for point in report.points]
    for mark in report.marks:
        day = mark.at.astimezone(report.period.zone).date()
        titles = mark_titles(mark)
        yield sum(start <= day for start in starts), say(language, titles.en, titles.ru)
    write = axis_number(quantity_of(report.question), language)
    for change in report.changes:
        levels = f"{write(change.before)} → {write(change.after)}"
        yield starts.index(change.start), say(language, f"Change of the level: {levels}", f"Изменение уровня: {levels}")
