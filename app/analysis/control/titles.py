"""The names of rules and marks in English and Russian."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from app.analysis.control.types import Mark, MarkKind
from app.statistics.control import Rule


class Titles(NamedTuple):
    en: str
    ru: str


RULES: Final[Mapping[Rule, Titles]] = {
    Rule.BEYOND_3_SIGMA: Titles("One point beyond the control limits", "Точка за контрольными границами"),
    Rule.TWO_OF_THREE_BEYOND_2_SIGMA: Titles(
        "Two of three points beyond 2 sigma on one side", "Две из трёх точек дальше 2 сигм по одну сторону"
    ),
    Rule.FOUR_OF_FIVE_BEYOND_1_SIGMA: Titles(
        "Four of five points beyond 1 sigma on one side", "Четыре из пяти точек дальше 1 сигмы по одну сторону"
    ),
    Rule.EIGHT_ON_ONE_SIDE: Titles(
        "Eight points in a row on one side of the centre line", "Восемь точек подряд по одну сторону центральной линии"
    ),
    Rule.NINE_ON_ONE_SIDE: Titles(
        "Nine points in a row on one side of the centre line", "Девять точек подряд по одну сторону центральной линии"
    ),
    Rule.SIX_TRENDING: Titles("Six points in a row rising or falling", "Шесть точек подряд растут или убывают"),
    Rule.FOURTEEN_ALTERNATING: Titles(
        "Fourteen points in a row alternating up and down", "Четырнадцать точек подряд попеременно вверх и вниз"
    ),
    Rule.FIFTEEN_WITHIN_1_SIGMA: Titles(
        "Fifteen points in a row within 1 sigma", "Пятнадцать точек подряд в пределах 1 сигмы"
    ),
    Rule.EIGHT_BEYOND_1_SIGMA: Titles(
        "Eight points in a row beyond 1 sigma on either side", "Восемь точек подряд дальше 1 сигмы по обе стороны"
    ),
    Rule.EWMA_BEYOND_LIMITS: Titles(
        "The weighted moving average is beyond its limits", "Взвешенное скользящее среднее за своими границами"
    ),
}


def mark_titles(mark: Mark) -> Titles:
    """What happened, as a sentence."""
    match mark.kind:
        case MarkKind.SCORECARD_PUBLISHED:
            return Titles(
                f"Version {mark.detail} of the scorecard {mark.name} was published",
                f"Опубликована версия {mark.detail} оценочного листа «{mark.name}»",
            )
        case MarkKind.SAMPLING_PLAN_CHANGED:
            return Titles(
                f"The sampling plan {mark.name} was changed: {mark.detail}",
                f"Изменён план выборки «{mark.name}»: {mark.detail}",
            )
