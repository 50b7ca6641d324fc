"""What is read from hold times: the totals of agents' calls, and the verdict on them."""

from dataclasses import dataclass, fields
from enum import StrEnum

from app.statistics.estimates import Estimate
from app.statistics.sample import BoolArray, FloatArray, IntArray


class HoldVerdict(StrEnum):
    AGENT = "agent"
    PROCESS = "process"
    MIXED = "mixed"
    NONE = "none"


class HoldReason(StrEnum):
    AGENTS_ABOVE_LIMIT = "agents_above_limit"
    PROJECT_ABOVE_OTHERS = "project_above_others"
    OVER_A_MINUTE_IS_USUAL = "over_a_minute_is_usual"
    NOTHING_UNUSUAL = "nothing_unusual"
    TOO_FEW_AGENTS = "too_few_agents"
    NO_KNOWN_HOLD = "no_known_hold"


@dataclass(frozen=True, slots=True, eq=False)
class HoldTotals:
    """The calls of each agent in each project as parallel arrays, one entry for each pair of agent and project.

    projects: codes that the caller chooses. compared: whether the entry is an agent's; calls without an agent are not.
    known: calls whose hold time is known. held: of these, calls with any hold. over_minute: with more than a minute.
    sum1, sum2, sum3: of the capped hold times of the known calls, of their squares and cubes, in seconds.

    Raises ValueError if the arrays differ in length.
    """

    projects: IntArray
    compared: BoolArray
    known: FloatArray
    held: FloatArray
    over_minute: FloatArray
    sum1: FloatArray
    sum2: FloatArray
    sum3: FloatArray

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).size for field in fields(self)}) != 1:
            raise ValueError("the arrays of hold times must have one entry for each agent and project")


@dataclass(frozen=True, slots=True)
class ProjectHold:
    """What is read from the hold times of one project.

    usual: the usual mean of an agent in seconds, and `sd_between`, the standard deviation between the agents' means
        beyond chance; both None with fewer than three agents to compare.
    over_minute_of_held: the share of the held calls with more than a minute on hold; None without held calls.
    """

    project: int
    agents_compared: int
    agents_above: int
    usual: float | None
    sd_between: float | None
    over_minute_of_held: Estimate | None
    verdict: HoldVerdict
    reasons: tuple[HoldReason, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HoldReading:
    """What is read from the hold times, in seconds; `limits` are NaN for entries that are not compared.

    sd_between_agents: within projects, pooled; None if no project has a limit.
    sd_between_projects: None with fewer than three projects that have a limit.
    """

    means: FloatArray
    limits: FloatArray
    above: BoolArray
    projects: tuple[ProjectHold, ...]
    sd_between_agents: float | None
    sd_between_projects: float | None
