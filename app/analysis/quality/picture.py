"""What the picture of the quality report shows: the mean score of each group with its interval."""

from app.analysis.files.about import caption
from app.analysis.pictures import Quantity, Whiskers
from app.analysis.quality.figures import NO_NAME, TOTAL_NAME, Figure, QualityReport
from app.analysis.types import GroupBy
from app.calibration import Language

_TITLES = {
    GroupBy.PROJECT: ("Mean score by project", "Средняя оценка по проектам"),
    GroupBy.TEAM: ("Mean score by team", "Средняя оценка по командам"),
    GroupBy.AGENT: ("Mean score by agent", "Средняя оценка по операторам"),
    GroupBy.VERIFIER: ("Mean score by verifier", "Средняя оценка по верификаторам"),
    GroupBy.WEEK: ("Mean score by week", "Средняя оценка по неделям"),
}
_NAMES_RU = {NO_NAME: "(нет)", TOTAL_NAME: "итого"}


def name_ru(figure: Figure) -> str:
    """The name of a group; of the total and of the calls in no group in Russian."""
    return _NAMES_RU.get(figure.name, figure.name) if figure.key is None else figure.name


def quality_picture(report: QualityReport, language: Language) -> Whiskers:
    russian = language is Language.RUSSIAN
    known = [(figure, figure.estimate) for figure in report.items if figure.estimate is not None]
    estimates = [estimate for _, estimate in known]
    whole = report.total and report.total.estimate
    return Whiskers(
        title=_TITLES[report.by][russian],
        caption=caption(report.period, language),
        quantity=Quantity.POINTS,
        labels=[name_ru(figure) if russian else figure.name for figure, _ in known],
        values=[estimate.value for estimate in estimates],
        lows=[estimate.low for estimate in estimates],
        highs=[estimate.high for estimate in estimates],
        counts=[figure.n for figure, _ in known],
        total=None if whole is None else whole.value,
        in_time=report.by is GroupBy.WEEK,
    )
