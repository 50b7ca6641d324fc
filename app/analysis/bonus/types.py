"""What the report on the bonus consists of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.bonus.rule import Bonus, Outcome, Terms
from app.analysis.types import Person
from app.statistics import Estimate


class Measure(StrEnum):
    """Which mean the bonus is computed from."""

    AGENT_SCORE = "agent_score"


class BonusProject(NamedTuple):
    """A project with its terms; None: it has none."""

    id: UUID
    name: str
    timezone: str
    terms: Terms | None


class MeasuredAgent(NamedTuple):
    """The mean score of an agent's calls in a month, from `n` evaluations; None without one."""

    agent_id: UUID
    estimate: Estimate | None
    n: int


@dataclass(frozen=True, slots=True)
class AgentBonus:
    """What one agent earns in one month of one project. `present_percent` is what the present terms give."""

    month: str
    project: BonusProject
    person: Person
    estimate: Estimate | None
    n: int
    bonus: Bonus
    present_percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class BonusTotals:
    """Of some agents: how many there are, how many have too few evaluations, and the mean of their percentages."""

    agents: int
    too_few: int
    mean_percent: float | None

    @classmethod
    def of(cls, rows: Sequence[AgentBonus]) -> "BonusTotals":
        percents = [row.bonus.percent for row in rows]
        too_few = sum(row.bonus.outcome is Outcome.TOO_FEW for row in rows)
        return cls(len(rows), too_few, float(sum(percents) / len(percents)) if percents else None)


@dataclass(frozen=True, slots=True)
class BonusMonth:
    """One month. `complete`: whether it is over in every project; until then figures change with every evaluation."""

    month: str
    complete: bool
    agents: tuple[AgentBonus, ...]

    @property
    def totals(self) -> BonusTotals:
        return BonusTotals.of(self.agents)

    @property
    def present_mean_percent(self) -> float | None:
        """The mean of what the present terms give; None without them."""
        percents = [row.present_percent for row in self.agents if row.present_percent is not None]
        return float(sum(percents) / len(percents)) if percents else None


@dataclass(frozen=True, slots=True)
class BonusReport:
    measure: Measure
    projects: tuple[BonusProject, ...]
    of_month: BonusMonth
    preview: bool = False


@dataclass(frozen=True, slots=True)
class BonusPreview:
    measure: Measure
    project: BonusProject
    terms: Terms
    months: tuple[BonusMonth, ...]
    preview: bool = True

    @property
    def rows(self) -> list[AgentBonus]:
        return [row for month in self.months for row in month.agents]


def month_name(month: date) -> str:
    """`2026-11`."""
    return f"{month:%Y-%m}"
