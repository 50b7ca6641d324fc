"""What attribution takes and returns: answers as arrays, and the sources of their errors."""

from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from app.statistics.estimates import Estimate
from app.statistics.sample import BoolArray, FloatArray, IntArray


class Method(StrEnum):
    PROVISIONAL = "provisional"
    RECTIFIED = "rectified"


class Verdict(StrEnum):
    PROCESS = "process"
    AGENT = "agent"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, eq=False)
class AnswerArrays:
    """All applicable answers of a report as parallel arrays, one entry for each answer.

    items, agents, teams, calls, reasons: codes that the caller chooses. A negative team or reason means none.
    weeks: codes that ascend with time.
    errors: whether the answer is an error.
    marked_process, marked_agent: the verifier's mark of the error's source; read only where `errors`.
    weights: the weight of the answer's call in the sample, above 0.

    Raises ValueError if the arrays differ in length or a weight is not above 0.
    """

    items: IntArray
    agents: IntArray
    teams: IntArray
    weeks: IntArray
    calls: IntArray
    reasons: IntArray
    errors: BoolArray
    marked_process: BoolArray
    marked_agent: BoolArray
    weights: FloatArray

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).size for field in fields(self)}) != 1:
            raise ValueError("the arrays of answers must have one entry for each answer")
        if not np.all(self.weights > 0):
            raise ValueError("weights must be above 0")


@dataclass(frozen=True, slots=True)
class ReasonCount:
    reason: int
    errors: int


@dataclass(frozen=True, slots=True)
class ItemSource:
    """The errors of one item. `answers`, `errors` and `reasons` are counts of the sample.

    population: the estimated number of calls to which the item applies.
    error_rate: the estimated proportion of these calls that have the error.
    process_share, verdict: None if the item has no error.
    spread: the proportion of agents above their control limit.
    standout_agents: these agents, highest error rate first.
    """

    item: int
    answers: int
    population: float
    errors: int
    error_rate: Estimate
    process_share: Estimate | None
    verdict: Verdict | None
    spread: float
    standout_agents: tuple[int, ...]
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The errors of one reason, team or week, and the estimated proportion of them that the process causes."""

    key: int
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class ErrorSources:
    """The sources of the errors: overall, by item, by reason and by team, the most errors first; and by
    week, in order.

    Counts are those of the sample. Shares and rates are estimates for all calls.
    """

    errors: int
    method: Method
    checked_errors: int
    process_share: Estimate | None
    marked_process_share: Estimate | None
    by_item: tuple[ItemSource, ...]
    by_reason: tuple[GroupSource, ...]
    by_team: tuple[GroupSource, ...]
    by_week: tuple[GroupSource, ...]
