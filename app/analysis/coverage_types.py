"""What the report on coverage is made of: who was heard how often, and what the draws took from which calls."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.analysis.filters import Period


class Unheard(StrEnum):
    """Why nothing of an agent was evaluated."""

    NO_PLAN = "no_plan"
    WINDOW_NOT_DRAWN = "window_not_drawn"
    NO_CALLS = "no_calls"
    NO_ELIGIBLE_CALLS = "no_eligible_calls"
    CALLS_CAME_LATE = "calls_came_late"
    NOT_SELECTED = "not_selected"
    SELECTED_NOT_EVALUATED = "selected_not_evaluated"


class FrameRow(NamedTuple):
    """An agent's calls in the frames of a plan, and what became of those drawn.

    `expected` of them were to be expected in the sample; that there would be none had the probability `unheard`.
    The selected stand for about `population` calls.
    """

    plan_id: UUID
    agent_id: UUID
    unheard: float
    calls: int
    expected: float
    selected: int
    population: float
    evaluated: int
    skipped: int
    open: int
    overdue: int
    doubled: int
    double_scored: int


class PlanRow(NamedTuple):
    """A plan with its windows. The planned rates are those of its draws, or its own before the first of them."""

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
    last_heard_at: datetime | None


class SignalRow(NamedTuple):
    """The selections that a signal spoke for, or none if `signal` is None, and how many calls they stand for."""

    signal: str | None
    selected: int
    population: float
    mean_multiplier: float | None


class SilentCalls(NamedTuple):
    """The calls of an agent of whom no frame has any, counted once for each plan whose windows they lie in."""

    agent_id: UUID
    calls: int
    too_short: int
    not_recorded: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls that could be drawn, and what became of those that were."""

    calls: int = 0
    expected: float = 0
    selected: int = 0
    population: float = 0
    evaluated: int = 0
    skipped: int = 0
    open: int = 0
    overdue: int = 0
    doubled: int = 0
    double_scored: int = 0

    @classmethod
    def of(cls, rows: Iterable[FrameRow]) -> "Tally":
        columns = zip(*(row[3:] for row in rows), strict=True)
        return cls(*map(sum, columns))

    def figures(self) -> dict[str, float | None]:
        """The counts and the shares that follow from them; None where there is nothing to have a share of."""
        return asdict(self) | {
            "realised_rate": _share(self.selected, self.calls),
            "response_rate": _share(self.evaluated, self.selected),
            "doubled_share": _share(self.doubled, self.selected),
            "double_scored_share": _share(self.double_scored, self.selected),
        }


@dataclass(frozen=True, slots=True)
class AgentCoverage:
    """One agent; `reason` and `explanation` say why nothing was evaluated, if so."""

    agent: AgentRow
    tally: Tally
    reason: Unheard | None
    explanation: str | None


@dataclass(frozen=True, slots=True)
class PlanCoverage:
    plan: PlanRow
    refused: tuple[RefusedWindow, ...]
    tally: Tally


@dataclass(frozen=True, slots=True)
class SignalCoverage:
    """`share_of_frame` is the share of all calls of the frames that these selections stand for."""

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
