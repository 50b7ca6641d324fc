"""What reports on error sources consist of: items, reasons, agents and teams by name."""

from dataclasses import dataclass
from uuid import UUID

from app.statistics import Estimate, Method, Verdict


@dataclass(frozen=True, slots=True)
class StandoutAgent:
    agent_id: UUID
    name: str
    errors: int
    error_rate: float


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """How often a reason was given for the errors at an item, and their share of all its errors."""

    reason: str
    label: str
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class ItemReport:
    scorecard_id: UUID
    item: str
    title: str
    section: str
    answers: int
    population: float
    errors: int
    error_rate: Estimate
    process_share: Estimate | None
    verdict: Verdict | None
    spread: float
    standout_agents: tuple[StandoutAgent, ...]
    reasons: tuple[ReasonShare, ...]
    action: str

    @property
    def p_process(self) -> float | None:
        return None if self.process_share is None else self.process_share.value


@dataclass(frozen=True, slots=True)
class ReasonReport:
    scorecard_id: UUID
    reason: str
    label: str
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class TeamReport:
    team_id: UUID
    name: str
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class ErrorReport:
    """`response_rate` is the share of the drawn calls that were evaluated; None where none was drawn."""

    evaluations: int
    response_rate: float | None
    errors: int
    method: Method
    checked_errors: int
    process_share: Estimate | None
    marked_process_share: Estimate | None
    by_item: tuple[ItemReport, ...]
    by_reason: tuple[ReasonReport, ...]
    by_team: tuple[TeamReport, ...]
