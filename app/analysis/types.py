"""What the analysis of error sources is made of and what it says."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from app.statistics import BoolArray, FloatArray, IntArray


class Method(StrEnum):
    PROVISIONAL = "provisional"
    RECTIFIED = "rectified"


class Verdict(StrEnum):
    PROCESS = "process"
    AGENT = "agent"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Every applicable answer reported on, as parallel arrays; raises ValueError where these do not fit.

    Items, agents, teams, calls and reasons are codes of the caller's choosing; a negative team or reason is
    none. `weights` are those of the calls in the sample. The marks are the verifier's and count only where
    `errors`.
    """

    items: IntArray
    agents: IntArray
    teams: IntArray
    calls: IntArray
    reasons: IntArray
    errors: BoolArray
    marked_process: BoolArray
    marked_agent: BoolArray
    weights: FloatArray

    def __post_init__(self) -> None:
        arrays = (
            self.items,
            self.agents,
            self.teams,
            self.calls,
            self.reasons,
            self.errors,
            self.marked_process,
            self.marked_agent,
            self.weights,
        )
        if len({array.size for array in arrays}) != 1:
            raise ValueError("the arrays of a table of answers have one entry for each answer")
        if not np.all(self.weights > 0):
            raise ValueError("weights lie above 0")


@dataclass(frozen=True, slots=True)
class Share:
    """A weighted proportion with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ReasonCount:
    reason: int
    errors: int


@dataclass(frozen=True, slots=True)
class ItemSource:
    """One item, which applies to about `population` of all calls. `process_share` and `verdict` are None where it
    has no error.

    `spread` is the share of agents above their control limit, `standout_agents` are those, worst first.
    """

    item: int
    answers: int
    population: float
    errors: int
    error_rate: Share
    process_share: Share | None
    verdict: Verdict | None
    spread: float
    standout_agents: tuple[int, ...]
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The errors of one reason or one team, and the share of them that comes from the process."""

    key: int
    errors: int
    process_share: Share


@dataclass(frozen=True, slots=True)
class ErrorSources:
    """Whose the errors are: overall, by item, by reason and by team, each with most errors first.

    Counts are of the errors heard; shares and rates speak about all calls.
    """

    errors: int
    method: Method
    checked_errors: int
    process_share: Share | None
    marked_process_share: Share | None
    by_item: tuple[ItemSource, ...]
    by_reason: tuple[GroupSource, ...]
    by_team: tuple[GroupSource, ...]
