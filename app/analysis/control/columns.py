"""The columns of control charts."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.control.chart import ENOUGH_ERRORS, ENOUGH_POINTS
from app.analysis.control.picture import control_picture
from app.analysis.control.titles import RULES, mark_titles
from app.analysis.control.types import (
    Caution,
    ChartKind,
    ControlPoint,
    ControlReport,
    LevelChange,
    Mark,
    MarkKind,
    RuleSet,
)
from app.analysis.intervals import Interval
from app.analysis.metrics.columns import question_columns
from app.platform.columns import Column, Report, Table, Unit
from app.statistics.control import Rule

_METHOD: Final = (
    "Each point is the estimate for all calls of its interval: every evaluated call is weighted by the inverse of its "
    "inclusion probability and by the response, as in the report on quality. Limits are three standard errors from the "
    "centre line, which is the figure of all intervals together. They follow the effective number of calls of each "
    "point, which takes the weights and the errors that come together in one call into account; they have no finite "
    "population correction, because a chart judges the process and not only the calls. Where the points vary more "
    "than that, the limits are wider by Laney's factor (p′ and u′ charts, 2002), and never narrower. Signals are by "
    "the rules of Western Electric (1956) or Nelson (1984), on standardised points. The moving average is Roberts' "
    "(1959) with the weight 0.2 and exact limits. Changes of the level are the most likely ones by the likelihood "
    "ratio, compared with 999 random orders of the points (5 % level). Intervals without a drawn call are left out, "
    "and those without an evaluated one have no figure; the rules take the points on either side as neighbours."
)

_SIGNALS: Final[Table[Rule]] = Table(
    "ControlSignalOut",
    (
        Column("rule", Rule, "Rule", "Правило", value=lambda rule: rule),
        Column(
            "title_en",
            str,
            "Rule in English",
            "Правило по-английски",
            value=lambda rule: RULES[rule].en,
            example="One point beyond the control limits",
        ),
        Column(
            "title_ru",
            str,
            "Rule in Russian",
            "Правило по-русски",
            value=lambda rule: RULES[rule].ru,
            example="Точка за контрольными границами",
        ),
    ),
)

_MARKS: Final[Table[Mark]] = Table(
    "ControlMarkOut",
    (
        Column("at", datetime, "Time", "Время"),
        Column("kind", MarkKind, "Kind", "Вид"),
        Column("subject_id", UUID, "Scorecard or plan id", "Идентификатор листа или плана"),
        Column("title_en", str, "Change in English", "Изменение по-английски", value=lambda mark: mark_titles(mark).en),
        Column("title_ru", str, "Change in Russian", "Изменение по-русски", value=lambda mark: mark_titles(mark).ru),
    ),
)

_POINTS: Final[Table[ControlPoint]] = Table(
    "ControlPointOut",
    (
        Column("start", date, "First day", "Первый день", "The first day of the interval, in the project's time zone."),
        Column("n", int, "Calls", "Звонков", "Evaluated calls that the metric applies to.", Unit.CALLS),
        Column(
            "effective_n",
            float,
            "Effective number of calls",
            "Эффективное число звонков",
            "As many calls of a simple random sample would say as much. For the process share, errors.",
            Unit.NUMBER,
            optional=True,
        ),
        Column(
            "value",
            float,
            "Value",
            "Значение",
            "Null if no call of the interval is evaluated.",
            Unit.NUMBER,
            optional=True,
        ),
        Column(
            "lower",
            float,
            "Lower control limit",
            "Нижняя контрольная граница",
            "Null without a value, and if the variance cannot be estimated: then `cautions` says `no_variance`.",
            Unit.NUMBER,
            optional=True,
        ),
        Column("upper", float, "Upper control limit", "Верхняя контрольная граница", unit=Unit.NUMBER, optional=True),
        Column(
            "ewma",
            float,
            "Weighted moving average",
            "Взвешенное скользящее среднее",
            "The exponentially weighted moving average (EWMA), which shows slow drifts.",
            Unit.NUMBER,
            optional=True,
        ),
        Column("ewma_lower", float, "Lower EWMA limit", "Нижняя граница EWMA", unit=Unit.NUMBER, optional=True),
        Column("ewma_upper", float, "Upper EWMA limit", "Верхняя граница EWMA", unit=Unit.NUMBER, optional=True),
        Column("signals", _SIGNALS, "Signals", "Сигналы", "The rules whose pattern the point completes.", many=True),
    ),
)

_CHANGES: Final[Table[LevelChange]] = Table(
    "LevelChangeOut",
    (
        Column("start", date, "First day", "Первый день", "The first day of the first interval after the change."),
        Column("before", float, "Level before", "Уровень до", "Since the change before this one.", Unit.NUMBER),
        Column("after", float, "Level after", "Уровень после", "Until the next change.", Unit.NUMBER),
        Column(
            "p_value",
            float,
            "p-value",
            "p-значение",
            "The share of random orders of the points that show as large a change.",
            Unit.SHARE,
        ),
        Column(
            "marks",
            _MARKS,
            "Marked changes",
            "Отмеченные изменения",
            "What was changed in the first interval after the change or in the point before it.",
            many=True,
        ),
    ),
)

_DOCUMENT: Final[Table[ControlReport]] = Table(
    "ControlChartOut",
    (
        *period_columns(_METHOD),
        *question_columns(),
        Column("interval", Interval, "Interval", "Интервал"),
        Column("rules", RuleSet, "Rules", "Правила"),
        Column("chart", ChartKind, "Chart", "Карта", "The chart whose limits are used."),
        Column("evaluations", int, "Evaluations", "Оценок", "Evaluated calls.", Unit.EVALUATIONS),
        Column(
            "response_rate",
            float,
            "Response rate",
            "Доля оценённых",
            "The share of the drawn calls that is evaluated; null if no call was drawn.",
            Unit.SHARE,
            optional=True,
        ),
        Column("n", int, "Calls", "Звонков", "Evaluated calls that the metric applies to.", Unit.CALLS),
        Column(
            "centre",
            float,
            "Centre line",
            "Центральная линия",
            "The estimate for all intervals together; null without a point.",
            Unit.NUMBER,
            optional=True,
        ),
        Column(
            "sigma_z",
            float,
            "Over-dispersion",
            "Избыточный разброс",
            "How many times as far as sampling explains the limits are from the centre line, at least 1; null without "
            "limits.",
            Unit.FACTOR,
            optional=True,
        ),
        Column(
            "cautions",
            Caution,
            "Cautions",
            "Оговорки",
            f"`no_points`: no call is evaluated. `few_points`: fewer than {ENOUGH_POINTS}, so that limits are only "
            f"provisional. `small_points`: some point expects fewer than {ENOUGH_ERRORS} errors, so that false signals "
            "are more frequent. `no_variation`: all calls are equal. `no_variance`: too few calls to estimate the "
            "variance, so that there are no limits.",
            many=True,
        ),
        Column("points", _POINTS, "Points", "Точки", "In the order of time.", many=True),
        Column("changes", _CHANGES, "Changes of the level", "Изменения уровня", "In the order of time.", many=True),
        Column(
            "marks",
            _MARKS,
            "Marked changes",
            "Отмеченные изменения",
            "Published versions of scorecards and changed sampling plans of the period, the oldest first.",
            many=True,
        ),
    ),
)

CONTROL_CHART: Final[Report[Any]] = Report(
    "control-chart",
    _DOCUMENT,
    _POINTS,
    lambda report: report.points,
    title_en="Control chart",
    title_ru="Контрольная карта",
    pictures={"chart": control_picture},
)
