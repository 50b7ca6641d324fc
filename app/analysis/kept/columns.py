"""The columns that say of a figure what it was computed from, and whether it has changed."""

from datetime import datetime
from typing import Any, Final

from app.analysis.kept.types import ChangeReason, Figure, PreviousFigure
from app.platform.columns import Column, Table, Unit

_CHANGED: Final[Table[PreviousFigure]] = Table(
    "PreviousFigureOut",
    (
        Column("previous_value", float, "Value before", "Прежнее значение", unit=Unit.SHARE, optional=True),
        Column("previous_input_digest", str, "Inputs before", "Прежние исходные данные", "Their SHA-256."),
        Column("previous_computed_at", datetime, "Computed before at", "Прежний расчёт"),
        Column(
            "reason",
            ChangeReason,
            "Reason",
            "Причина",
            "`inputs`: evaluations came or were revised. `method`: this release computes in another way.",
        ),
    ),
    "The figure that the same question was answered with before.",
)

_FIGURE: Final[Table[Figure]] = Table(
    "FigureOut",
    (
        Column("method", str, "Method version", "Версия метода"),
        Column(
            "input_digest", str, "Inputs", "Исходные данные", "The SHA-256 of all that the figures are computed from."
        ),
        Column("computed_at", datetime, "Computed at", "Рассчитано"),
        Column(
            "changed",
            _CHANGED,
            "Changed",
            "Изменилось",
            "Null as long as the question has the same answer. Answers are kept if `to` is given and over.",
            optional=True,
        ),
    ),
    "Where the figures come from. The same question gives the same figures until its inputs or the method change.",
)


def figure_column() -> Column[Any]:
    return Column("figure", _FIGURE, "Figure", "Показатель")
