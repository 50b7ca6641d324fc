"""The columns of the report on sampling coverage."""

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from app.analysis.columns import period_columns
from app.analysis.coverage.types import AgentCoverage, CoverageReport, NotEvaluatedReason, PlanCoverage
from app.platform.columns import Column, Report, Table, Unit, part
from app.sampling import SamplingMode

_METHOD: Final = (
    "Counts of the frames and samples of the drawn windows, as they were drawn. The share of the frame that has a "
    "signal is estimated: each drawn call is weighted by the inverse of its inclusion probability. The probability "
    "that no call of an agent is drawn is the product of 1 − the expected number of calls in each window; it is 0 if "
    "one call or more is expected in a window."
)


_TALLY: Final = part(
    "tally",
    Column(
        "calls",
        int,
        "Calls in the frame",
        "Звонков в основе выборки",
        "Calls in the frames of the drawn windows: those that could be drawn.",
        Unit.CALLS,
    ),
    Column(
        "expected",
        float,
        "Expected drawn calls",
        "Ожидалось в выборке",
        "The sum of their inclusion probabilities: the expected number of drawn calls.",
        Unit.CALLS,
        decimals=6,
    ),
    Column("selected", int, "Drawn calls", "Отобрано звонков", "The number of drawn calls.", Unit.CALLS),
    Column(
        "realised_rate",
        float,
        "Sampling rate",
        "Доля отобранных",
        "The share of the calls that was drawn; null without calls.",
        Unit.SHARE,
        optional=True,
    ),
    Column("evaluated", int, "Evaluated", "Оценено", "Drawn calls with a submitted evaluation of record.", Unit.CALLS),
    Column("skipped", int, "Skipped", "Пропущено", "Drawn calls that a verifier could not score.", Unit.CALLS),
    Column("open", int, "Open", "Ожидает оценки", "Drawn calls that are not evaluated yet.", Unit.CALLS),
    Column("overdue", int, "Overdue", "Просрочено", "Open calls after their due date.", Unit.CALLS),
    Column(
        "response_rate",
        float,
        "Response rate",
        "Доля оценённых",
        "The share of the drawn calls that is evaluated; null if none was drawn.",
        Unit.SHARE,
        optional=True,
    ),
)

_DOUBLED: Final = part(
    "tally",
    Column(
        "doubled_share",
        float,
        "Share to be scored twice",
        "Доля с повторной оценкой",
        "The share of the drawn calls that a second verifier is to score.",
        Unit.SHARE,
        optional=True,
    ),
    Column(
        "double_scored_share",
        float,
        "Share scored twice",
        "Доля оценённых дважды",
        "The share of the drawn calls that two verifiers have scored.",
        Unit.SHARE,
        optional=True,
    ),
)

_TOTAL: Final[Table[CoverageReport]] = Table(
    "CoverageTotalOut",
    (
        *_TALLY,
        Column(
            "agents",
            int,
            "Agents",
            "Сотрудников",
            "The number of agents in this report.",
            Unit.AGENTS,
            value=lambda report: len(report.agents),
        ),
        Column(
            "agents_heard",
            int,
            "Agents with an evaluation",
            "Сотрудников с оценкой",
            "The agents with at least one drawn call that is evaluated.",
            Unit.AGENTS,
            value=lambda report: sum(agent.tally.evaluated > 0 for agent in report.agents),
        ),
        *_DOUBLED,
    ),
)

_AGENTS: Final[Table[AgentCoverage]] = Table(
    "AgentCoverageOut",
    (
        *part(
            "agent",
            Column("agent_id", UUID, "Agent id", "Идентификатор сотрудника"),
            Column("external_id", str, "External id", "Внешний идентификатор"),
            Column("name", str, "Agent", "Сотрудник"),
            Column(
                "team_id",
                UUID,
                "Team id",
                "Идентификатор команды",
                "The agent's present team.",
                optional=True,
                in_files=False,
            ),
            Column("team", str, "Team", "Команда", optional=True),
        ),
        *_TALLY,
        Column(
            "last_heard_at",
            datetime,
            "Last evaluated",
            "Последняя оценка",
            "When a call of the agent was last evaluated, drawn or not, in the period or before it.",
            optional=True,
            value=lambda row: row.agent.last_evaluated_at,
        ),
        Column(
            "reason",
            NotEvaluatedReason,
            "Reason",
            "Причина",
            "Why no drawn call of the agent is evaluated; null if one is. `no_plan`: the agent's projects have no "
            "sampling plan. `window_not_drawn`: none of their windows is drawn yet. `no_calls`: no call in the drawn "
            "windows. `no_eligible_calls`: all calls are too short or have no recording. `calls_came_late`: all calls "
            "came after the draw. `not_selected`: chance. `selected_not_evaluated`: the drawn calls are open or were "
            "skipped.",
            optional=True,
        ),
        Column(
            "explanation",
            str,
            "Explanation",
            "Пояснение",
            "The reason as a sentence with its numbers.",
            optional=True,
            example="None of 12 calls was drawn; 0.36 were expected. The probability of this was 64.0%.",
        ),
    ),
)

_REFUSED: Final[Table[Any]] = Table(
    "RefusedWindowOut",
    (
        Column("draw_id", UUID, "Draw id", "Идентификатор отбора"),
        Column("window_start", date, "Window", "Окно"),
        Column("refused_at", datetime, "Failed at", "Время отказа"),
        Column("refusal", str, "Reason", "Причина", "Why the window could not be drawn when it was due."),
    ),
)

_PLANS: Final[Table[PlanCoverage]] = Table(
    "PlanCoverageOut",
    (
        *part(
            "plan",
            Column("plan_id", UUID, "Plan id", "Идентификатор плана"),
            Column("name", str, "Plan", "План"),
            Column("project_id", UUID, "Project id", "Идентификатор проекта"),
            Column("mode", SamplingMode, "Mode", "Режим"),
            Column(
                "planned_rate",
                float,
                "Planned rate",
                "Плановая доля",
                "The planned sampling rate of the windows, weighted by their calls; null for quotas.",
                Unit.SHARE,
                optional=True,
            ),
            Column(
                "quota_per_agent",
                int,
                "Quota per agent",
                "Квота на сотрудника",
                "Calls of each agent in each window; null for rates.",
                Unit.CALLS,
                optional=True,
            ),
            Column(
                "windows_drawn",
                int,
                "Drawn windows",
                "Окон отобрано",
                "Drawn windows that overlap the period.",
                Unit.WINDOWS,
            ),
            Column(
                "supplementary_draws",
                int,
                "Supplementary draws",
                "Дополнительных отборов",
                "Further draws, of calls that came late into those windows.",
                Unit.DRAWS,
            ),
            Column(
                "windows_open",
                int,
                "Open windows",
                "Открытых окон",
                "Windows that are not over yet; their seeds are committed.",
                Unit.WINDOWS,
            ),
            Column(
                "windows_due",
                int,
                "Windows to draw",
                "Окон к отбору",
                "Windows that are over and not drawn yet.",
                Unit.WINDOWS,
            ),
        ),
        Column(
            "refused", _REFUSED, "Failed windows", "Неудавшиеся окна", "Windows that could not be drawn.", many=True
        ),
        Column(
            "planned_double_rate",
            float,
            "Planned share scored twice",
            "Плановая доля повторных оценок",
            "The planned share of drawn calls that are scored twice.",
            Unit.SHARE,
            value=lambda row: row.plan.planned_double_rate,
        ),
        *_TALLY,
        *_DOUBLED,
    ),
)

_SIGNALS: Final[Table[Any]] = Table(
    "SignalCoverageOut",
    (
        Column("signal", str, "Signal", "Признак", "`none`: calls without any signal.", example="complaint"),
        Column(
            "selected",
            int,
            "Drawn calls",
            "Отобрано звонков",
            "Drawn calls with this signal; a call may have several.",
            Unit.CALLS,
        ),
        Column("share_of_sample", float, "Share of the sample", "Доля выборки", "Of the drawn calls.", Unit.SHARE),
        Column(
            "share_of_frame",
            float,
            "Share of the frame",
            "Доля основы выборки",
            "Of all calls that could be drawn: each drawn call is weighted by 1/π.",
            Unit.SHARE,
        ),
        Column(
            "mean_multiplier",
            float,
            "Mean multiplier",
            "Средний множитель",
            "By how much the signal raised the size of a drawn call, on average.",
            Unit.FACTOR,
            optional=True,
        ),
    ),
)

_DOCUMENT: Final[Table[CoverageReport]] = Table(
    "CoverageOut",
    (
        *period_columns(_METHOD),
        Column("total", _TOTAL, "Total", "Итого", value=lambda report: report),
        Column(
            "agents",
            _AGENTS,
            "Agents",
            "Сотрудники",
            "The agents who work in the project or had calls in one of its frames, by name.",
            many=True,
        ),
        Column(
            "plans",
            _PLANS,
            "Plans",
            "Планы",
            "Plans that are active or have windows that overlap the period. With a `team_id` the counts of calls are "
            "those of the team; the counts of windows are not.",
            many=True,
        ),
        Column("signals", _SIGNALS, "Signals", "Признаки", "The signals of the drawn calls.", many=True),
    ),
)

SAMPLING_COVERAGE: Final = Report(
    "sampling-coverage",
    _DOCUMENT,
    _AGENTS,
    lambda report: report.agents,
    title_en="Coverage of the sample by agent",
    title_ru="Охват выборкой по операторам",
)
