"""The columns of the report on sources of errors."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import POPULATION, SHARE, period_columns
from app.analysis.errors.picture import ErrorPicture, items_picture, trend_picture, verdict_ru
from app.analysis.errors.report import ErrorSourcesReport, ItemReport
from app.analysis.kept.columns import figure_column
from app.platform.columns import Column, Report, Table, Unit
from app.statistics.attribution import Method, MixedReason, ShareReason, Verdict

_METHOD: Final = (
    "Every error has a probability that the process caused it, by a model of where errors repeat and of how verifiers "
    "mark them. The errors whose cause was checked correct the model. Fewer than 30 checks: provisional. Errors are "
    "weighted so that the figures are about all calls in the drawn windows, without those of agents and windows that "
    "have no evaluation. A call that several plans could draw counts once for each scorecard; 95 % intervals."
)

_STANDOUTS: Final[Table[Any]] = Table(
    "StandoutAgentOut",
    (
        Column("agent_id", UUID, "Agent id", "Идентификатор сотрудника"),
        Column("name", str, "Agent", "Сотрудник"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("error_rate", float, "Error rate", "Доля ошибок", unit=Unit.SHARE),
    ),
)

_REASON_SHARES: Final[Table[Any]] = Table(
    "ReasonShareOut",
    (
        Column("reason", str, "Reason key", "Ключ причины"),
        Column("label", str, "Reason", "Причина"),
        Column("count", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("share", float, "Share", "Доля", "Of the item's errors.", Unit.SHARE),
    ),
)

_ITEMS: Final[Table[ItemReport]] = Table(
    "ErrorItemOut",
    (
        Column("scorecard_id", UUID, "Scorecard id", "Идентификатор листа оценки"),
        Column("item", str, "Item key", "Ключ критерия"),
        Column("title", str, "Item", "Критерий"),
        Column("section", str, "Section", "Раздел"),
        Column("answers", int, "Answers", "Ответов", "Evaluations in which the item applied.", Unit.EVALUATIONS),
        Column(
            "population",
            float,
            "Calls represented",
            "Представлено звонков",
            "The estimated number of calls that the item applies to. Multiplied by the error rate, it is the number of "
            "calls with the error.",
            Unit.CALLS,
        ),
        Column(
            "population_exact",
            bool,
            "Exact count",
            "Точное число",
            "Always false: whether an item applies to a call is only known if the call is evaluated.",
            value=lambda _: False,
        ),
        Column("errors", int, "Errors", "Ошибок", "Errors found in the sample.", Unit.ERRORS),
        Column(
            "error_rate",
            SHARE,
            "Error rate",
            "Доля ошибок",
            "The share of all calls with this error.",
            cells={"value": "error_rate", "low": "error_rate_low", "high": "error_rate_high"},
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
        Column(
            "process_share",
            SHARE,
            "Process share",
            "Доля процесса",
            "The same with its interval.",
            optional=True,
            cells={"low": "p_process_low", "high": "p_process_high"},
        ),
        Column("verdict", Verdict, "Verdict", "Вывод", "Null without errors.", optional=True, value_ru=verdict_ru),
        Column(
            "mixed_reason",
            MixedReason,
            "Why mixed",
            "Почему вывода нет",
            "Why the verdict is `mixed`: fewer than five errors, or an interval on both sides of one half.",
            optional=True,
        ),
        Column(
            "spread",
            float,
            "Spread",
            "Распространённость",
            "The share of agents above their limit.",
            Unit.SHARE,
        ),
        Column(
            "agent_sd",
            float,
            "Standard deviation between agents",
            "Стандартное отклонение между сотрудниками",
            "How much the agents' own error rates differ; null without errors, and with fewer than two agents.",
            Unit.SHARE,
            optional=True,
        ),
        Column(
            "standout_agents",
            _STANDOUTS,
            "Agents who stand out",
            "Выделяющиеся сотрудники",
            "The agents whose rate of errors of their own is above their limit, highest error rate first. Over all "
            "agents and items at most one in twenty is expected to be named by chance.",
            many=True,
        ),
        Column("reasons", _REASON_SHARES, "Reasons", "Причины", "The given reasons, most frequent first.", many=True),
        Column(
            "action",
            str,
            "Action",
            "Что делать",
            value_ru=lambda row: row.action_ru,
            example="Change the process behind the main reason: Not in the knowledge base.",
        ),
    ),
)

_REASONS: Final[Table[Any]] = Table(
    "ErrorReasonOut",
    (
        Column("scorecard_id", UUID, "Scorecard id", "Идентификатор листа оценки"),
        Column("reason", str, "Reason key", "Ключ причины"),
        Column("label", str, "Reason", "Причина"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("process_share", SHARE, "Process share", "Доля процесса"),
    ),
)

_TEAMS: Final[Table[Any]] = Table(
    "ErrorTeamOut",
    (
        Column("team_id", UUID, "Team id", "Идентификатор команды"),
        Column("name", str, "Team", "Команда"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("process_share", SHARE, "Process share", "Доля процесса"),
    ),
)

_WEEKS: Final[Table[Any]] = Table(
    "ErrorWeekOut",
    (
        Column("week", str, "Week", "Неделя", example="2026-W45"),
        Column("errors", int, "Errors", "Ошибок", unit=Unit.ERRORS),
        Column("process_share", SHARE, "Process share", "Доля процесса"),
    ),
)

_PROCESS_SHARE: Final[Table[ErrorSourcesReport]] = Table(
    "ProcessShareOut",
    (
        Column(
            "value",
            float,
            "Process share",
            "Доля процесса",
            unit=Unit.SHARE,
            optional=True,
            value=lambda report: report.process_share.estimate and report.process_share.estimate.value,
        ),
        Column(
            "low",
            float,
            "Lower limit",
            "Нижняя граница",
            "The 95 % interval.",
            Unit.SHARE,
            optional=True,
            value=lambda report: report.process_share.estimate and report.process_share.estimate.low,
        ),
        Column(
            "high",
            float,
            "Upper limit",
            "Верхняя граница",
            unit=Unit.SHARE,
            optional=True,
            value=lambda report: report.process_share.estimate and report.process_share.estimate.high,
        ),
        Column(
            "method",
            Method,
            "Estimation method",
            "Метод оценивания",
            "`rectified`: corrected by errors that were checked by chance. `provisional`: fewer than 30 of them; with "
            "fewer than 10 the value is the share of the marks, and the interval allows for verifiers who mark up to "
            "45 % of the errors of the process as the agents', and up to 20 % of the others as the process's.",
            value=lambda report: report.process_share.method,
        ),
        Column(
            "checked_errors",
            int,
            "Checked errors",
            "Проверено ошибок",
            "Errors of the sample whose cause was checked because chance chose them.",
            Unit.ERRORS,
            value=lambda report: report.process_share.checked_errors,
        ),
        Column(
            "checks_needed",
            int,
            "Further checks needed",
            "Нужно ещё проверок",
            "The number of further errors to check until the interval is about ±5 points; null if checks alone are not "
            "enough, and without errors.",
            Unit.ERRORS,
            optional=True,
            value=lambda report: report.process_share.checks_needed,
        ),
        Column(
            "reason",
            ShareReason,
            "Why no precise figure",
            "Почему нет точного значения",
            "`no_errors`: there is no error, or none was real. `few_checks`: fewer than 30 were checked. `wide`: the "
            "interval is wider than ±5 points. `few_calls`: so few calls were evaluated that checks alone do not help.",
            optional=True,
            value=lambda report: report.process_share.reason,
        ),
    ),
    "The share of errors that come from the process; null values if there are no errors.",
)

_DOCUMENT: Final[Table[ErrorSourcesReport]] = Table(
    "ErrorSourcesOut",
    (
        *period_columns(_METHOD),
        Column("evaluations", int, "Evaluations", "Оценок", "Evaluated calls.", Unit.EVALUATIONS),
        *POPULATION,
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
            "errors",
            int,
            "Errors",
            "Ошибок",
            "Errors found in the sample; shares and rates are about all calls.",
            Unit.ERRORS,
        ),
        Column("process_share", _PROCESS_SHARE, "Process share", "Доля процесса", value=lambda report: report),
        Column(
            "marked_process_share",
            float,
            "Marked process share",
            "Доля процесса по отметкам",
            "The share of errors that verifiers marked as errors of the process.",
            Unit.SHARE,
            value=lambda report: report.marked_process_share and report.marked_process_share.value,
            optional=True,
        ),
        Column("by_item", _ITEMS, "By item", "По критериям", "The item with the most errors first.", many=True),
        Column("by_reason", _REASONS, "By reason", "По причинам", many=True),
        Column("by_team", _TEAMS, "By team", "По командам", "By the agents' present teams.", many=True),
        Column("trend", _WEEKS, "By week", "По неделям", "By the ISO weeks of the calls.", many=True),
        Column(
            "standout_agents",
            _STANDOUTS,
            "Agents who stand out",
            "Выделяющиеся сотрудники",
            "The agents whose errors of their own, over all items, are above their limit.",
            many=True,
        ),
        figure_column(),
    ),
)

ERROR_SOURCES: Final = Report(
    "error-sources",
    _DOCUMENT,
    _ITEMS,
    lambda report: report.by_item,
    title_en="Sources of errors by item",
    title_ru="Источники ошибок по пунктам",
    pictures={ErrorPicture.ITEMS: items_picture, ErrorPicture.TREND: trend_picture},
)
