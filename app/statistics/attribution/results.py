"""What attribution returns: the sources of the errors, overall and by item, reason, team and week."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.statistics.attribution.types import Method, Verdict
from app.statistics.estimates import Estimate
from app.statistics.sample import FloatArray


class ShareReason(StrEnum):
    """Why a process share is provisional, does not exist, or is less precise than ±5 points.

    NO_ERRORS: there is no error, or the checks found none that was real. FEW_CHECKS: fewer than 30 errors were checked
    by chance. WIDE: more checks make it precise. FEW_CALLS: so few calls were evaluated that checks alone do not.
    """

    NO_ERRORS = "no_errors"
    FEW_CHECKS = "few_checks"
    WIDE = "wide"
    FEW_CALLS = "few_calls"


class MixedReason(StrEnum):
    """Why neither the process nor the agents are named: too few errors, or an interval on both sides of one half."""

    FEW_ERRORS = "few_errors"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class ProcessShare:
    """The share of errors that the process causes, from 0 to 1.

    estimate: None if there is no error. checked_errors: those checked by chance.
    checks_needed: the number of further checks, of errors chosen by chance, with which the 95 % interval is about ±5
        points; 0 if it is so already; None if no number of checks is enough, and without errors.
    """

    estimate: Estimate | None
    method: Method
    checked_errors: int
    checks_needed: int | None
    reason: ShareReason | None


@dataclass(frozen=True, slots=True)
class ReasonCount:
    reason: int
    errors: int


@dataclass(frozen=True, slots=True)
class Standout:
    """An agent who stands out, at an item or overall: errors of the agent in the sample, and the weighted rate."""

    agent: int
    errors: int
    error_rate: float


@dataclass(frozen=True, slots=True)
class ItemSource:
    """The errors of one item. `answers`, `errors` and `reasons` are counts of the sample.

    population: the estimated number of calls to which the item applies.
    error_rate: the estimated proportion of these calls that have the error.
    process_share, verdict: None if the item has no error. mixed_reason: None unless the verdict is `mixed`.
    spread: the proportion of agents above their limit. agent_sd: the standard deviation between the agents' true rates;
        None with fewer than two agents, and without errors.
    standout_agents: the agents above their limit, highest error rate first.
    """

    item: int
    answers: int
    population: float
    errors: int
    error_rate: Estimate
    process_share: Estimate | None
    verdict: Verdict | None
    mixed_reason: MixedReason | None
    spread: float
    agent_sd: float | None
    standout_agents: tuple[Standout, ...]
    reasons: tuple[ReasonCount, ...]


@dataclass(frozen=True, slots=True)
class GroupSource:
    """The errors of one reason, team or week, and the estimated proportion of them that the process causes."""

    key: int
    errors: int
    process_share: Estimate


@dataclass(frozen=True, slots=True)
class ErrorSources:
    """The sources of the errors: overall, by item, by reason and by team, the most errors first, and by week in order.

    Counts are those of the sample. Shares and rates are estimates for all calls.
    standout_agents: those whose error rate over all items is above their limit.
    probabilities: P(process) of each error, in the order of the answers; 1 or 0 as it is marked if too few are checked.
    """

    errors: int
    process_share: ProcessShare
    marked_process_share: Estimate | None
    standout_agents: tuple[Standout, ...]
    by_item: tuple[ItemSource, ...]
    by_reason: tuple[GroupSource, ...]
    by_team: tuple[GroupSource, ...]
    by_week: tuple[GroupSource, ...]
    probabilities: FloatArray = field(compare=False, repr=False)
