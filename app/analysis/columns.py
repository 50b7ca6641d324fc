"""The columns that several reports share."""

from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from app.platform.clock import Period
from app.platform.columns import Column, Table, Unit, part


class OfPeriod(Protocol):
    @property
    def period(self) -> Period: ...


def period_columns(method: str) -> tuple[Column[OfPeriod], ...]:
    """What every report begins with: its period, and its method in a few sentences."""
    return (
        Column(
            "from",
            datetime,
            "From",
            "Начало периода",
            "The report is about calls that started at this time or later,",
            value=lambda report: report.period.since,
        ),
        Column(
            "to", datetime, "To", "Конец периода", "and before this time.", value=lambda report: report.period.until
        ),
        Column("method", str, "Method", "Метод", "How the figures are computed.", value=lambda _: method),
    )


SHARE: Final[Table[Any]] = Table(
    "ShareOut",
    (
        Column("value", float, "estimate", "оценка", unit=Unit.SHARE),
        Column("low", float, "lower limit", "нижняя граница", "The 95 % interval.", Unit.SHARE),
        Column("high", float, "upper limit", "верхняя граница", unit=Unit.SHARE),
    ),
)

POPULATION: Final = part(
    "population",
    Column(
        "population",
        float,
        "Calls",
        "Звонков",
        "The number of calls in the frames of the drawn windows. A total is the mean times this number. Null if it is "
        "not known and no call has a figure.",
        Unit.CALLS,
        value=lambda population: population.calls,
        optional=True,
    ),
    Column(
        "population_exact",
        bool,
        "Exact count",
        "Точное число",
        "Whether the number of calls was counted. It is an estimate if the group cuts through the windows or the calls "
        "of agents: calls by verifier, weeks of a longer window, a period that cuts a window, calls to which an item "
        "applied.",
        value=lambda population: population.exact,
    ),
    Column(
        "unrepresented",
        float,
        "Calls not represented",
        "Непредставленных звонков",
        "How many of these calls the figures are not about, because no call of the agent is evaluated in the same "
        "windows.",
        Unit.CALLS,
    ),
)
# Of a row that is about one agent, its `person`.
PERSON: Final = part(
    "person",
    Column("agent_id", UUID, "Agent id", "Идентификатор сотрудника", value=lambda person: person.id),
    Column("external_id", str, "External id", "Внешний идентификатор"),
    Column("name", str, "Agent", "Сотрудник"),
    Column("team_id", UUID, "Team id", "Идентификатор команды", optional=True),
    Column("team", str, "Team", "Команда", "The agent's present team.", optional=True),
)
