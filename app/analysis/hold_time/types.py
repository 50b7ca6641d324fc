"""What the report on hold time consists of: the calls of agents and projects, and what is read from them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.types import Person
from app.platform.clock import Period
from app.statistics import Estimate
from app.statistics.hold_time import HoldVerdict


class HoldRow(NamedTuple):
    """The calls of an agent in a project; no agent: calls that came without one.

    known: calls with a known hold time; held: with any hold; over_minute: with more than a minute in total.
    one_over_minute: calls in which one hold lasted for more than a minute whatever the others did.
    counted: calls with a known number of holds. third_hold: with three holds or more.
    hold_s: seconds on hold. sum1, sum2, sum3: of whole seconds, each call's capped, and of their squares and cubes.
    """

    agent_id: UUID | None
    project_id: UUID
    calls: int
    known: int
    held: int
    over_minute: int
    one_over_minute: int
    counted: int
    third_hold: int
    hold_s: float
    sum1: float
    sum2: float
    sum3: float


class MedianRow(NamedTuple):
    """The median hold of the held calls: of an agent in a project, of calls without an agent, or of a project."""

    agent_id: UUID | None
    project_id: UUID
    of_project: bool
    median_s: float


@dataclass(frozen=True, slots=True)
class HoldFigures:
    """Counts and seconds of some calls. A share or a mean of no calls is None."""

    calls: int
    known: int
    held: int
    over_minute: int
    one_over_minute: int
    counted: int
    third_hold: int
    hold_s: float
    median_s: float | None

    @property
    def unknown(self) -> int:
        return self.calls - self.known

    @property
    def unknown_counts(self) -> int:
        return self.calls - self.counted

    @property
    def mean_s(self) -> float | None:
        return self.hold_s / self.known if self.known else None

    @property
    def held_share(self) -> float | None:
        return _share(self.held, self.known)

    @property
    def over_minute_share(self) -> float | None:
        return _share(self.over_minute, self.known)

    @property
    def one_over_minute_share(self) -> float | None:
        return _share(self.one_over_minute, self.known)

    @property
    def third_hold_share(self) -> float | None:
        return _share(self.third_hold, self.counted)


class NotComparedReason(StrEnum):
    """Why an agent has no limit."""

    TOO_FEW_CALLS = "too_few_calls"
    TOO_FEW_AGENTS = "too_few_agents"


@dataclass(frozen=True, slots=True)
class AgentHold:
    """One agent in one project. `compared_s` and `limit_s` are None where `reason` says why."""

    person: Person
    project_id: UUID
    project: str
    figures: HoldFigures
    compared_s: float | None
    limit_s: float | None
    above_limit: bool
    reason: NotComparedReason | None


@dataclass(frozen=True, slots=True)
class ReasonText:
    code: str
    text_en: str
    text_ru: str

    def __str__(self) -> str:
        return self.text_en


@dataclass(frozen=True, slots=True)
class ProjectReport:
    project_id: UUID
    name: str
    figures: HoldFigures
    agents_compared: int
    agents_above: int
    usual_s: float | None
    sd_between_agents_s: float | None
    over_minute_of_held: Estimate | None
    verdict: HoldVerdict
    reasons: tuple[ReasonText, ...]
    action_en: str
    action_ru: str


@dataclass(frozen=True, slots=True)
class HoldTimeReport:
    """For a principal who may read about some agents only, there are no projects and no verdict."""

    period: Period
    verdict: HoldVerdict | None
    sd_between_agents_s: float | None
    sd_between_projects_s: float | None
    projects: tuple[ProjectReport, ...]
    agents: tuple[AgentHold, ...]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
