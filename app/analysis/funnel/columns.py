"""The columns of the funnel of agents."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.funnel.picture import funnel_picture
from app.analysis.funnel.report import FunnelReport, FunnelRow, Limits, Side
from app.analysis.metrics.columns import question_columns
from app.platform.columns import Column, Report, Table, Unit
from app.statistics.control import FunnelLimit
from app.statistics.control.funnel import MIN_AGENTS

_METHOD: Final = (
    "Each agent's figure is the estimate for all calls of the agent: every evaluated call is weighted by the inverse "
    "of its inclusion probability and by the response. At least 95 % and 99.8 % of agents who do not differ are within "
    "the limits (funnel plot, Spiegelhalter 2005). They follow the effective number of calls, which takes the weights "
    "and the errors that come together in one call into account; exact limits of the binomial distribution for shares "
    "and of Poisson's for counts, normal ones for scores. If agents differ more than that, the limits are wider by the "
    "square root of the dispersion φ, the mean square of the standardised distances after the outermost tenth on each "
    "side is winsorised; only if φ is more than two standard deviations above 1. One agent in twenty is outside the "
    "95 % limits by chance: act on the 99.8 % limits."
)

_LIMITS: Final[Table[Limits]] = Table(
    "FunnelLimitsOut",
    (
        Column("lower_95", float, "lower 95 %", "нижняя 95 %", unit=Unit.NUMBER),
        Column("upper_95", float, "upper 95 %", "верхняя 95 %", unit=Unit.NUMBER),
        Column("lower_99_8", float, "lower 99.8 %", "нижняя 99,8 %", unit=Unit.NUMBER),
        Column("upper_99_8", float, "upper 99.8 %", "верхняя 99,8 %", unit=Unit.NUMBER),
    ),
)

_ROWS: Final[Table[FunnelRow]] = Table(
    "FunnelAgentOut",
    (
        Column("agent_id", UUID, "Agent id", "Идентификатор сотрудника"),
        Column("name", str, "Agent", "Сотрудник"),
        Column("n", int, "Calls", "Звонков", "Evaluated calls that the metric applies to.", Unit.CALLS),
        Column(
            "effective_n",
            float,
            "Effective number of calls",
            "Эффективное число звонков",
            "As many calls of a simple random sample would say as much. For the process share, errors.",
            Unit.NUMBER,
        ),
        Column("value", float, "Value", "Значение", unit=Unit.NUMBER),
        Column("side", Side, "Side", "Сторона", "On which side of the centre line the agent is."),
        Column(
            "limits",
            _LIMITS,
            "Limits",
            "Границы",
            "Null if too few calls are evaluated to estimate the variance.",
            optional=True,
            cells={name: name for name in Limits._fields},
        ),
        Column(
            "outside",
            FunnelLimit,
            "Outside",
            "За границами",
            "The widest limits that the agent is outside of; null without limits.",
            optional=True,
        ),
    ),
)

_DOCUMENT: Final[Table[FunnelReport]] = Table(
    "FunnelOut",
    (
        *period_columns(_METHOD),
        *question_columns(),
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
        Column(
            "centre",
            float,
            "Centre line",
            "Центральная линия",
            "The estimate for all agents together; null without an evaluated call.",
            Unit.NUMBER,
            optional=True,
        ),
        Column(
            "dispersion",
            float,
            "Dispersion",
            "Разброс",
            f"φ as estimated; 1 if agents do not differ. Null with fewer than {MIN_AGENTS} agents.",
            Unit.FACTOR,
            optional=True,
        ),
        Column(
            "dispersion_applied",
            float,
            "Applied dispersion",
            "Применённый разброс",
            "The φ whose square root makes the limits wider, at least 1; null without limits.",
            Unit.FACTOR,
            optional=True,
        ),
        Column("outside", int, "Agents outside", "Сотрудников за границами", "Of the 99.8 % limits.", Unit.AGENTS),
        Column(
            "items",
            _ROWS,
            "Agents",
            "Сотрудники",
            "The agents with an evaluated call, the worst first.",
            many=True,
            value=lambda report: report.rows,
        ),
    ),
)

FUNNEL: Final[Report[Any]] = Report(
    "funnel",
    _DOCUMENT,
    _ROWS,
    lambda report: report.rows,
    title_en="Funnel of agents",
    title_ru="Воронка операторов",
    pictures={"funnel": funnel_picture},
)
