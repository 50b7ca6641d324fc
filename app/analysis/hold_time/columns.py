"""The columns of the report on hold time."""

from typing import Any, Final
from uuid import UUID

from app.analysis.columns import PERSON, period_columns
from app.analysis.hold_time.types import AgentHold, HoldTimeReport, NotComparedReason, ProjectReport
from app.platform.columns import Column, Report, Table, Unit, part
from app.statistics.hold_time import CAP_S, MIN_AGENTS, MIN_CALLS, MIN_PROJECTS, MINUTE_S, HoldReason, HoldVerdict

_METHOD: Final = (
    "All calls of the period, not a sample. Unknown hold times are left out and counted. An agent is compared with the "
    f"others of the project by the mean hold time, in which a call counts with at most {CAP_S} s, where the agent has "
    f"{MIN_CALLS} calls or more with a known hold time and {MIN_AGENTS} agents of the project or more do. The limit "
    "follows from the usual mean and the usual differences between agents (Huber's proposal 2 on cube roots), which a "
    "few unusual agents do not change, from the number of the agent's calls, and from the number of agents: of those "
    "above their limit, at most 5 % are expected to be there by chance (Benjamini and Hochberg). Projects are compared "
    f"with each other in the same way, if there are {MIN_PROJECTS} or more. The limits do not depend on the filters."
)

_FIGURES: Final = part(
    "figures",
    Column("calls", int, "Calls", "Звонков", unit=Unit.CALLS),
    Column(
        "unknown",
        int,
        "Unknown hold time",
        "Время удержания неизвестно",
        "Calls whose hold time was not sent. The other figures leave them out.",
        Unit.CALLS,
    ),
    Column("held", int, "Calls with hold", "Звонков с удержанием", "Calls with any hold.", Unit.CALLS),
    Column(
        "held_share",
        float,
        "Share with hold",
        "Доля с удержанием",
        "Of the calls with a known hold time.",
        Unit.SHARE,
        optional=True,
    ),
    Column(
        "mean_hold_s",
        float,
        "Mean hold time",
        "Среднее время удержания",
        "Over the calls with a known hold time; those without hold count with 0.",
        Unit.SECONDS,
        optional=True,
        value=lambda figures: figures.mean_s,
    ),
    Column(
        "median_hold_s",
        float,
        "Median hold",
        "Медиана удержания",
        "Over the calls with any hold; null if there are none.",
        Unit.SECONDS,
        optional=True,
        value=lambda figures: figures.median_s,
    ),
    Column(
        "over_minute_share",
        float,
        "Share over a minute",
        "Доля дольше минуты",
        f"Calls with more than {MINUTE_S} s on hold in total, of those with a known hold time.",
        Unit.SHARE,
        optional=True,
    ),
    Column(
        "one_over_minute_share",
        float,
        "Share with one hold over a minute",
        "Доля с одним удержанием дольше минуты",
        "Calls in which one hold certainly lasted for more than a minute: with n holds, more than n minutes in total. "
        "The agent should have come back to the customer.",
        Unit.SHARE,
        optional=True,
    ),
    Column(
        "third_hold_share",
        float,
        "Share with a third hold",
        "Доля с третьим удержанием",
        "Calls with three holds or more, of those with a known number of holds. A call back should have been offered.",
        Unit.SHARE,
        optional=True,
    ),
    Column(
        "unknown_counts",
        int,
        "Unknown number of holds",
        "Число удержаний неизвестно",
        "Calls whose number of holds was not sent.",
        Unit.CALLS,
    ),
)

_AGENTS: Final[Table[AgentHold]] = Table(
    "AgentHoldOut",
    (
        *PERSON,
        Column("project_id", UUID, "Project id", "Идентификатор проекта"),
        Column("project", str, "Project", "Проект"),
        *_FIGURES,
        Column(
            "compared_s",
            float,
            "Compared mean",
            "Сравниваемое среднее",
            f"The mean hold time with at most {CAP_S} s a call, which is compared with the limit.",
            Unit.SECONDS,
            optional=True,
        ),
        Column(
            "limit_s",
            float,
            "Limit",
            "Предел",
            "Above it the agent's calls are on hold for longer than the others', by more than chance; null where "
            "`reason` says why.",
            Unit.SECONDS,
            optional=True,
        ),
        Column("above_limit", bool, "Above the limit", "Выше предела"),
        Column(
            "reason",
            NotComparedReason,
            "Reason without a limit",
            "Почему нет предела",
            "Null if there is one.",
            optional=True,
        ),
    ),
)

_REASONS: Final[Table[Any]] = Table(
    "HoldReasonOut",
    (
        Column("code", HoldReason, "Reason code", "Код причины"),
        Column("text_en", str, "Reason in English", "Причина на английском языке"),
        Column("text_ru", str, "Reason in Russian", "Причина на русском языке"),
    ),
)

_OVER_MINUTE: Final[Table[Any]] = Table(
    "HeldShareOut",
    (
        Column("value", float, "share", "доля", unit=Unit.SHARE),
        Column(
            "low",
            float,
            "lower limit",
            "нижняя граница",
            "The 95 % interval; null for a single agent.",
            Unit.SHARE,
            optional=True,
        ),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.SHARE, optional=True),
    ),
)

_PROJECTS: Final[Table[ProjectReport]] = Table(
    "ProjectHoldOut",
    (
        Column("project_id", UUID, "Project id", "Идентификатор проекта"),
        Column("name", str, "Project", "Проект"),
        *_FIGURES,
        Column("agents_compared", int, "Agents compared", "Сравнено сотрудников", unit=Unit.AGENTS),
        Column("agents_above", int, "Agents above their limit", "Сотрудников выше предела", unit=Unit.AGENTS),
        Column(
            "usual_s",
            float,
            "Usual mean of an agent",
            "Обычное среднее сотрудника",
            "Null if agents cannot be compared.",
            Unit.SECONDS,
            optional=True,
        ),
        Column(
            "sd_between_agents_s",
            float,
            "Standard deviation between agents",
            "Стандартное отклонение между сотрудниками",
            "Of their means, beyond chance; unusual agents hardly count. Its square is the variance.",
            Unit.SECONDS,
            optional=True,
        ),
        Column(
            "over_minute_of_held",
            _OVER_MINUTE,
            "Over a minute, of the held calls",
            "Дольше минуты среди звонков с удержанием",
            "Of the calls with hold of the agents within their limits; null without such calls.",
            optional=True,
        ),
        Column("verdict", HoldVerdict, "Verdict", "Вывод", "Whose the hold time is."),
        Column("reasons", _REASONS, "Reasons", "Причины", many=True),
        Column("action_en", str, "Action in English", "Что делать, на английском языке"),
        Column("action_ru", str, "Action in Russian", "Что делать, на русском языке"),
    ),
)

_DOCUMENT: Final[Table[HoldTimeReport]] = Table(
    "HoldTimeOut",
    (
        *period_columns(_METHOD),
        Column(
            "verdict",
            HoldVerdict,
            "Verdict",
            "Вывод",
            "On the shown projects together: `agent`, `process`, `mixed`, or `none` if nothing is unusual. Null for "
            "an agent, who sees the own figures only.",
            optional=True,
        ),
        Column(
            "sd_between_agents_s",
            float,
            "Standard deviation between agents",
            "Стандартное отклонение между сотрудниками",
            "Within projects, over all projects; null if agents cannot be compared.",
            Unit.SECONDS,
            optional=True,
        ),
        Column(
            "sd_between_projects_s",
            float,
            "Standard deviation between projects",
            "Стандартное отклонение между проектами",
            f"Of their usual means; null with fewer than {MIN_PROJECTS} projects whose agents can be compared.",
            Unit.SECONDS,
            optional=True,
        ),
        Column("projects", _PROJECTS, "Projects", "Проекты", "None for an agent.", many=True),
        Column("agents", _AGENTS, "Agents", "Сотрудники", "One row for each agent and project.", many=True),
    ),
)

HOLD_TIME: Final = Report(
    "hold-time", _DOCUMENT, _AGENTS, lambda report: report.agents, title_en="Hold time", title_ru="Время на удержании"
)
