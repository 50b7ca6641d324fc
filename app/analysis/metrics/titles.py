"""The names of metrics in headings of pictures, in English and Russian."""

from typing import Final

from app.analysis.metrics.types import Metric, MetricQuestion
from app.analysis.pictures import Quantity
from app.analysis.wording import say
from app.calibration import Language
from app.platform.columns import Unit

_NAMES: Final = {
    Metric.ERROR_RATE: ("share of calls with errors", "доля звонков с ошибками"),
    Metric.ERRORS_PER_CALL: ("errors per call", "ошибок на звонок"),
    Metric.SCORE: ("mean score", "средняя оценка"),
    Metric.AGENT_SCORE: ("mean score of the agents", "средняя оценка операторов"),
    Metric.CRITICAL_ERROR_RATE: ("share of calls with critical errors", "доля звонков с критическими ошибками"),
    Metric.PROCESS_SHARE: ("share of errors that the process causes", "доля ошибок, вызванных процессом"),
}


def metric_title(question: MetricQuestion, language: Language) -> str:
    """What is measured, and of which item or family."""
    of = question.item or question.family
    name = say(language, *_NAMES[question.metric])
    return name if of is None else f"{name} ({of})"


def quantity_of(question: MetricQuestion) -> Quantity:
    return {Unit.POINTS: Quantity.POINTS, Unit.ERRORS: Quantity.PER_CALL}.get(question.unit, Quantity.SHARE)
