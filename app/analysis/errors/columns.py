"""The columns of the report on sources of errors."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import SHARE, period_columns
from app.analysis.errors.picture import ErrorPicture, items_picture, trend_picture, verdict_ru
from app.analysis.errors.report import ErrorSourcesReport, ItemReport
from app.analysis.kept.columns import figure_column
from app.platform.columns import Column, Report, Table, Unit
from app.statistics import Method, Verdict

_METHOD: Final = (
    "Provisional: the verifiers' marks are assumed to be correct. They are weighted so that the figures are about all "
    "calls in the drawn windows; 95 % Wilson intervals on the effective number of calls."
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
            "spread",
            float,
            "Spread",
            "Распространённость",
            "The share of agents above their control limit.",
            Unit.SHARE,
        ),
        Column(
            "standout_agents",
            _STANDOUTS,
            "Agents who stand out",
            "Выделяющиеся сотрудники",
            "The agents above their control limit, highest error rate first.",
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
            value=lambda report: report.process_share and report.process_share.value,
        ),
        Column(
            "low",
            float,
            "Lower limit",
            "Нижняя граница",
            "The 95 % interval.",
            Unit.SHARE,
            optional=True,
            value=lambda report: report.process_share and report.process_share.low,
        ),
        Column(
            "high",
            float,
            "Upper limit",
            "Верхняя граница",
            unit=Unit.SHARE,
            optional=True,
            value=lambda report: report.process_share and report.process_share.high,
        ),
        Column(
            "method",
            Method,
            "Estimation method",
            "Метод оценивания",
            "`provisional`: by the verifiers' marks, none of which has been checked.",
        ),
        Column("checked_errors", int, "Checked errors", "Проверено ошибок", unit=Unit.ERRORS),
    ),
    "The share of errors that come from the process; null values if there are no errors.",
)

_DOCUMENT: Final[Table[ErrorSourcesReport]] = Table(
    "ErrorSourcesOut",
    (
        *period_columns(_METHOD),
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
