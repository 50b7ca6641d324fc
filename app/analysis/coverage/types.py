"""What the report on sampling coverage consists of: the drawn calls of each agent and plan, and of each signal."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.platform.clock import Period


class NotEvaluatedReason(StrEnum):
    """Why no drawn call of an agent is evaluated."""

    NO_PLAN = "no_plan"
    WINDOW_NOT_DRAWN = "window_not_drawn"
    NO_CALLS = "no_calls"
    NO_ELIGIBLE_CALLS = "no_eligible_calls"
    CALLS_CAME_LATE = "calls_came_late"
    NOT_SELECTED = "not_selected"
    SELECTED_NOT_EVALUATED = "selected_not_evaluated"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the calls that could be drawn, and of what became of the drawn ones.

    `expected`: the expected number of drawn calls. `population`: the number of calls that the drawn ones represent.
    `to_score_twice` of them have a second assignment, and `scored_twice` have two evaluations.
    """

    calls: int = 0
    expected: float = 0
    selected: int = 0
    population: float = 0
    evaluated: int = 0
    skipped: int = 0
    open: int = 0
    overdue: int = 0
    to_score_twice: int = 0
    scored_twice: int = 0

    @classmethod
    def of(cls, tallies: Iterable["Tally"]) -> "Tally":
        """The sum of the tallies."""
        columns = zip(*(tally.counts for tally in tallies), strict=True)
        return cls(*map(sum, columns))

    @property
    def counts(self) -> tuple[float, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    @property
    def realised_rate(self) -> float | None:
        return _share(self.selected, self.calls)

    @property
    def response_rate(self) -> float | None:
        return _share(self.evaluated, self.selected)

    @property
    def doubled_share(self) -> float | None:
        return _share(self.to_score_twice, self.selected)

    @property
    def double_scored_share(self) -> float | None:
        return _share(self.scored_twice, self.selected)


class FrameRow(NamedTuple):
    """The calls of one agent in the frames of one plan. `prob_none_selected`: the probability that none is drawn."""

    plan_id: UUID
    agent_id: UUID
    prob_none_selected: float
    tally: Tally


class PlanRow(NamedTuple):
    """A plan with its windows. The planned rates are those of its draws, or the plan's before its first draw."""

    plan_id: UUID
    name: str
    project_id: UUID
    mode: str
    quota_per_agent: int | None
    planned_rate: float | None
    planned_double_rate: float
    windows_drawn: int
    supplementary_draws: int
    windows_open: int
    windows_due: int


class RefusedWindow(NamedTuple):
    """A window that could not be drawn when it was due."""

    plan_id: UUID
    draw_id: UUID
    window_start: date
    refused_at: datetime
    refusal: str


class AgentRow(NamedTuple):
    """An agent with the present team and projects, and when a call was last evaluated, drawn or not."""

    agent_id: UUID
    external_id: str
    name: str
    team_id: UUID | None
    team: str | None
    project_ids: list[UUID]
    last_evaluated_at: datetime | None


class SignalRow(NamedTuple):
    """The selections with a signal (None: without any), and how many calls they represent."""

    signal: str | None
    selected: int
    population: float
    mean_multiplier: float | None


class CallsOutsideFrames(NamedTuple):
    """The calls of an agent who has none in any frame. A call in the windows of two plans counts twice."""

    agent_id: UUID
    calls: int
    too_short: int
    not_recorded: int


@dataclass(frozen=True, slots=True)
class AgentCoverage:
    """One agent. If no drawn call is evaluated, `reason` and `explanation` say why."""

    agent: AgentRow
    tally: Tally
    reason: NotEvaluatedReason | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class PlanCoverage:
    plan: PlanRow
    refused: tuple[RefusedWindow, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class SignalCoverage:
    """`share_of_frame` is the estimated share of all calls in the frames that have the signal."""

    signal: str
    selected: int
    share_of_sample: float
    share_of_frame: float
    mean_multiplier: float | None


@dataclass(frozen=True, slots=True)
class CoverageReport:
    period: Period
    tally: Tally
    agents: tuple[AgentCoverage, ...]
    plans: tuple[PlanCoverage, ...]
    signals: tuple[SignalCoverage, ...]


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
