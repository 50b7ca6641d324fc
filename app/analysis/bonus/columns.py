"""The columns of the report on the bonus, and of its preview."""

from typing import Any, Final
from uuid import UUID

from app.analysis.bonus.rule import Outcome, Step
from app.analysis.bonus.types import AgentBonus, BonusMonth, BonusPreview, BonusProject, BonusReport, Measure
from app.analysis.columns import PERSON
from app.platform.columns import Column, Report, Table, Unit, part

_METHOD: Final = (
    "Of each agent and project the mean of `measure` over all calls of the month, as the report on quality by agent "
    "estimates it for this project and month, with its 95 % interval. The bonus is that of the highest step that the "
    "lower limit of the interval reaches, rounded to hundredths: what is certain about the score, and not what chance "
    "added to it. With fewer evaluations than the project asks for, the outcome is `too_few` and the bonus is the one "
    "that the project has set for this. A month is one of the project's time zone."
)


def _number(name: str) -> Any:
    """Reads an exact decimal as the number that files and JSON hold."""

    def read(record: Any) -> float | None:
        value = getattr(record, name)
        return None if value is None else float(value)

    return read


_MONTH: Final = Column[Any]("month", str, "Month", "Месяц", example="2026-11")
_METHOD_COLUMN: Final = Column[Any](
    "method", str, "Method", "Метод", "How the bonus is computed.", value=lambda _: _METHOD
)
_MEASURE: Final = Column[Any]("measure", Measure, "Score", "Оценка", "The score that the bonus follows.")
_PREVIEW: Final = Column[Any](
    "preview", bool, "Preview", "Предварительный расчёт", "Whether the steps are proposed ones, and nothing is stored."
)

_STEPS: Final[Table[Step]] = Table(
    "BonusStepOut",
    (
        Column("from_score", float, "From score", "Оценка не ниже", unit=Unit.POINTS, value=_number("from_score")),
        Column("percent", float, "Bonus", "Премия", unit=Unit.PERCENT, value=_number("percent")),
    ),
)

_TERMS: Final[tuple[Column[Any], ...]] = (
    Column("steps", _STEPS, "Steps", "Ступени", many=True),
    Column(
        "min_evaluations",
        int,
        "Evaluations needed",
        "Нужно оценок",
        "With fewer evaluations the outcome is `too_few`.",
        Unit.EVALUATIONS,
    ),
    Column(
        "too_few_percent",
        float,
        "Bonus with too few evaluations",
        "Премия, если оценок мало",
        unit=Unit.PERCENT,
        value=_number("too_few_percent"),
    ),
)

_PROJECT: Final[tuple[Column[BonusProject], ...]] = (
    Column("project_id", UUID, "Project id", "Идентификатор проекта", value=lambda project: project.id),
    Column("project", str, "Project", "Проект", value=lambda project: project.name),
)

_PROJECTS: Final[Table[BonusProject]] = Table("BonusProjectOut", (*_PROJECT, *part("terms", *_TERMS)))

_SCORE: Final[Table[Any]] = Table(
    "BonusScoreOut",
    (
        Column("value", float, "estimate", "оценка", unit=Unit.POINTS),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null after a single evaluation.",
            Unit.POINTS,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.POINTS, optional=True),
    ),
)

_BONUS: Final = part(
    "bonus",
    Column("outcome", Outcome, "Bonus outcome", "Результат"),
    Column("percent", float, "Bonus", "Премия", unit=Unit.PERCENT, value=_number("percent")),
    Column(
        "lower",
        float,
        "Score of the bonus",
        "Оценка для премии",
        "The lower limit of the mean; null with too few evaluations.",
        Unit.POINTS,
        optional=True,
        value=_number("lower"),
    ),
    Column(
        "from_score",
        float,
        "Step",
        "Ступень",
        "Where the reached step begins; null with too few evaluations.",
        Unit.POINTS,
        optional=True,
        value=_number("from_score"),
    ),
    Column(
        "percent_at_estimate",
        float,
        "Bonus at the estimate",
        "Премия по самой оценке",
        "What the estimate itself would give, without regard to chance. If it is higher, more evaluations may help.",
        Unit.PERCENT,
        optional=True,
        value=_number("percent_at_estimate"),
    ),
)

_AGENT: Final[tuple[Column[AgentBonus], ...]] = (
    _MONTH,
    *PERSON,
    *part("project", *_PROJECT),
    Column(
        "score",
        _SCORE,
        "Mean agent score",
        "Средняя оценка сотрудника",
        "Without the errors that are not the agent's; null without an evaluation that has such a score.",
        value=lambda row: row.estimate,
        optional=True,
        cells={"value": "score", "low": "score_low", "high": "score_high"},
    ),
    Column("n", int, "Evaluations", "Оценок", "Evaluated drawn calls with this score.", Unit.EVALUATIONS),
    *_BONUS,
)
_AGENTS: Final[Table[AgentBonus]] = Table("AgentBonusOut", _AGENT)

_TOTALS: Final = part(
    "totals",
    Column("agents", int, "Agents", "Сотрудников", "Agents, once for each project.", Unit.AGENTS),
    Column("too_few", int, "With too few evaluations", "С малым числом оценок", unit=Unit.AGENTS),
    Column("mean_percent", float, "Mean bonus", "Средняя премия", "Null without agents.", Unit.PERCENT, optional=True),
)
_COMPLETE: Final = Column[BonusMonth](
    "complete",
    bool,
    "Month is over",
    "Месяц закончился",
    "Whether the month is over; until then every evaluation changes the figures. Late evaluations and corrections "
    "change them afterwards too.",
)

_DOCUMENT: Final[Table[BonusReport]] = Table(
    "BonusOut",
    (
        *part("of_month", _MONTH, _COMPLETE),
        _METHOD_COLUMN,
        _MEASURE,
        _PREVIEW,
        Column("projects", _PROJECTS, "Projects", "Проекты", "The projects that have set steps.", many=True),
        *part(
            "of_month",
            *_TOTALS,
            Column("items", _AGENTS, "Agents", "Сотрудники", many=True, value=lambda month: month.agents),
        ),
    ),
)

_PREVIEWED: Final[Table[AgentBonus]] = Table(
    "AgentBonusPreviewOut",
    (
        *_AGENT,
        Column(
            "present_percent",
            float,
            "Bonus by the present steps",
            "Премия по нынешним ступеням",
            "Null if the project has no steps yet.",
            Unit.PERCENT,
            optional=True,
            value=_number("present_percent"),
        ),
    ),
)

_MONTHS: Final[Table[BonusMonth]] = Table(
    "BonusMonthPreviewOut",
    (
        _MONTH,
        _COMPLETE,
        *_TOTALS,
        Column(
            "present_mean_percent",
            float,
            "Mean bonus by the present steps",
            "Средняя премия по нынешним ступеням",
            "Null if the project has no steps yet, or without agents.",
            Unit.PERCENT,
            optional=True,
        ),
    ),
)

_PREVIEW_DOCUMENT: Final[Table[BonusPreview]] = Table(
    "BonusPreviewOut",
    (
        _METHOD_COLUMN,
        _MEASURE,
        _PREVIEW,
        *part("project", *_PROJECT),
        *part("terms", *_TERMS),
        Column("months", _MONTHS, "Months", "Месяцы", many=True),
        Column("items", _PREVIEWED, "Agents", "Сотрудники", many=True, value=lambda preview: preview.rows),
    ),
)

BONUS: Final = Report(
    "bonus", _DOCUMENT, _AGENTS, lambda report: report.of_month.agents, title_en="Bonus", title_ru="Премия"
)
BONUS_PREVIEW: Final = Report(
    "bonus-preview",
    _PREVIEW_DOCUMENT,
    _PREVIEWED,
    lambda preview: preview.rows,
    title_en="Preview of the bonus",
    title_ru="Предпросмотр премии",
)
