"""The columns of the monthly report."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import SHARE, period_columns
from app.analysis.monthly.telling import told
from app.analysis.monthly.types import ItemLine, MonthlyReport, StandoutLine
from app.platform.columns import Column, Report, Table, Unit, part
from app.statistics.attribution import Method, Verdict

METHOD: Final = (
    "The figures of the reports on quality, on sources of errors and on the coverage of the sample, for the calls of "
    "the month in the time zone of the project. They are about all calls in the drawn windows, estimated from the "
    "drawn and evaluated ones, each weighted by the inverse of its inclusion probability; coverage is counted, in all "
    "windows that overlap the month. Two figures differ visibly if their 95 % intervals do not overlap. A figure is at "
    "its level since the first of the last weeks in a row whose intervals overlap that of the month."
)

_MEAN: Final[Table[Any]] = Table(
    "MeanScoreOut",
    (
        Column("value", float, "Mean", "Среднее", unit=Unit.POINTS),
        Column(
            "low",
            float,
            "Lower limit",
            "Нижняя граница",
            "The 95 % interval; null after a single evaluation.",
            Unit.POINTS,
            optional=True,
        ),
        Column("high", float, "Upper limit", "Верхняя граница", unit=Unit.POINTS, optional=True),
    ),
)

_WEEKLY_MEANS: Final[Table[Any]] = Table(
    "WeeklyMeanOut",
    (
        Column("week", str, "Week", "Неделя", value=lambda week: week.name, example="2026-W45"),
        Column("estimate", _MEAN, "Mean score", "Средняя оценка", "Null without a score.", optional=True),
        Column("n", int, "Scored calls", "Оценено звонков", unit=Unit.CALLS),
    ),
)

_QUALITY: Final[Table[MonthlyReport]] = Table(
    "MonthlyQualityOut",
    (
        Column(
            "estimate",
            _MEAN,
            "Mean score",
            "Средняя оценка",
            "The mean score of all calls; null if no drawn call has one.",
            value=lambda report: report.quality_compared.now,
            optional=True,
        ),
        Column(
            "before",
            _MEAN,
            "In the month before",
            "Месяцем раньше",
            value=lambda report: report.quality_compared.before,
            optional=True,
        ),
        Column(
            "agent_score",
            _MEAN,
            "Mean score of the agents",
            "Средняя оценка операторов",
            "The mean score without errors that the agents do not answer for.",
            value=lambda report: report.quality and report.quality.agent_score,
            optional=True,
        ),
        Column(
            "process_loss",
            _MEAN,
            "Points lost to the process",
            "Потери на процессе",
            "How many points the errors of the process cost on average.",
            value=lambda report: report.process_loss,
            optional=True,
        ),
        Column(
            "n",
            int,
            "Scored calls",
            "Оценено звонков",
            unit=Unit.CALLS,
            value=lambda report: report.quality.n if report.quality else 0,
        ),
        Column("weeks", _WEEKLY_MEANS, "By week", "По неделям", "The last 13 weeks of the month.", many=True),
        Column("sentences", str, "Sentences", "Выводы", value=lambda report: told(report).quality, many=True),
    ),
    "How good the calls are, and since when.",
)

_WEEKLY_SHARES: Final[Table[Any]] = Table(
    "WeeklyProcessShareOut",
    (
        Column("week", str, "Week", "Неделя", example="2026-W45"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("process_share", SHARE, "Process share", "Доля процесса"),
    ),
)

_PROCESS: Final[Table[MonthlyReport]] = Table(
    "MonthlyProcessOut",
    (
        Column(
            "process_share",
            SHARE,
            "Process share",
            "Доля процесса",
            "The share of the errors that come from the process; null without errors.",
            value=lambda report: report.process_compared.now,
            optional=True,
        ),
        Column(
            "before",
            SHARE,
            "In the month before",
            "Месяцем раньше",
            value=lambda report: report.process_compared.before,
            optional=True,
        ),
        Column(
            "method",
            Method,
            "Estimation method",
            "Метод оценивания",
            "As in the report on the sources of errors.",
            value=lambda report: report.sources.process_share.method,
        ),
        Column(
            "errors",
            int,
            "Errors",
            "Ошибок",
            "Errors found in the sample.",
            Unit.ERRORS,
            value=lambda report: report.sources.errors,
        ),
        Column(
            "weeks",
            _WEEKLY_SHARES,
            "By week",
            "По неделям",
            "The last 13 weeks of the month; those without errors are left out.",
            value=lambda report: report.trend,
            many=True,
        ),
        Column("sentences", str, "Sentences", "Выводы", value=lambda report: told(report).process, many=True),
    ),
    "Whether errors come from the agents or from the process.",
)

_ITEMS: Final[Table[ItemLine]] = Table(
    "MonthlyItemOut",
    (
        *part(
            "report",
            Column("scorecard_id", UUID, "Scorecard id", "Идентификатор листа оценки"),
            Column("item", str, "Item key", "Ключ критерия"),
            Column("title", str, "Item", "Критерий"),
            Column("errors", int, "Errors", "Ошибок", "Errors found in the sample.", Unit.ERRORS),
            Column(
                "all_errors",
                float,
                "Errors in all calls",
                "Ошибок во всех звонках",
                "As estimated from the sample.",
                Unit.ERRORS,
            ),
            Column(
                "p_process",
                float,
                "Process share",
                "Доля процесса",
                "The share of the errors that come from the process.",
                Unit.SHARE,
                optional=True,
            ),
            Column("verdict", Verdict, "Verdict", "Вывод", optional=True),
        ),
        Column("action", str, "Action", "Что делать"),
    ),
)

_AGENTS: Final[Table[StandoutLine]] = Table(
    "MonthlyStandoutOut",
    (
        Column("agent_id", UUID, "Agent id", "Идентификатор сотрудника"),
        Column("name", str, "Agent", "Сотрудник"),
        Column("item", str, "Item key", "Ключ критерия"),
        Column("title", str, "Item", "Критерий"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("error_rate", float, "Error rate", "Доля ошибок", unit=Unit.SHARE),
    ),
)

_COVERAGE: Final[Table[MonthlyReport]] = Table(
    "MonthlyCoverageOut",
    (
        *part(
            "coverage_counts",
            Column("calls", int, "Calls in the frame", "Звонков в основе выборки", unit=Unit.CALLS),
            Column("selected", int, "Drawn calls", "Отобрано звонков", unit=Unit.CALLS),
            Column("evaluated", int, "Evaluated", "Оценено", unit=Unit.CALLS),
            Column("agents", int, "Agents", "Сотрудников", unit=Unit.AGENTS),
            Column("agents_heard", int, "Agents with an evaluation", "Сотрудников с оценкой", unit=Unit.AGENTS),
        ),
        Column("sentences", str, "Sentences", "Выводы", value=lambda report: told(report).coverage, many=True),
    ),
    "How many calls the figures rest on.",
)

_DOCUMENT: Final[Table[MonthlyReport]] = Table(
    "MonthlyOut",
    (
        *period_columns(METHOD),
        Column("month", str, "Month", "Месяц", value=lambda report: f"{report.month:%Y-%m}", example="2026-11"),
        Column(
            "complete",
            bool,
            "Complete",
            "Месяц закончился",
            "Whether the month has ended; until then its figures change.",
        ),
        Column("quality", _QUALITY, "Quality", "Качество", value=lambda report: report),
        Column("process", _PROCESS, "Agent or process", "Оператор или процесс", value=lambda report: report),
        Column(
            "items",
            _ITEMS,
            "Items with the most errors",
            "Пункты с наибольшим числом ошибок",
            "The five with the most errors in all calls, and what to do.",
            many=True,
        ),
        Column(
            "item_sentences",
            str,
            "Sentences on items",
            "Выводы о пунктах",
            many=True,
            value=lambda report: told(report).items,
        ),
        Column(
            "agents",
            _AGENTS,
            "Agents outside their limits",
            "Операторы за границами",
            "Once for each item, those with the most errors first.",
            many=True,
        ),
        Column(
            "agent_sentences",
            str,
            "Sentences on agents",
            "Выводы об операторах",
            many=True,
            value=lambda report: told(report).agents,
        ),
        Column("coverage", _COVERAGE, "Coverage of the sample", "Охват выборки", value=lambda report: report),
    ),
)

MONTHLY: Final = Report(
    "monthly",
    _DOCUMENT,
    _ITEMS,
    lambda report: report.items,
    title_en="Monthly report on quality",
    title_ru="Отчёт о качестве за месяц",
)
