"""Sampling plans: what is drawn, how often, which calls are more likely to be drawn, and who scores them."""

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from app.sampling.windows import WindowKind

# Five signals at most may multiply: sizes stay under 20⁵, and their sums over a frame within a bigint.
MAX_MULTIPLIER = 20
# Outside these bounds a plan needs an explicit override, which is journalled.
USUAL_RATES = (Decimal("0.02"), Decimal("0.05"))


class SamplingMode(StrEnum):
    RATE = "rate"
    QUOTA = "quota"


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)


def _require_multiplier(value: Decimal) -> None:
    _require(1 <= value <= MAX_MULTIPLIER, f"a multiplier lies between 1 and {MAX_MULTIPLIER}, not {value}")


@dataclass(frozen=True, slots=True)
class NewAgentRule:
    """`multiplier` on the day of hire, falling in a straight line to 1 after `tenure_days`."""

    tenure_days: int
    multiplier: Decimal

    def __post_init__(self) -> None:
        _require(self.tenure_days >= 1, "tenure_days is at least 1")
        _require_multiplier(self.multiplier)


@dataclass(frozen=True, slots=True)
class ErringAgentRule:
    """The agent's shrunken error rate over the look-back days in multiples of the project's, at least 1."""

    lookback_days: int
    max_multiplier: Decimal

    def __post_init__(self) -> None:
        _require(self.lookback_days >= 1, "lookback_days is at least 1")
        _require_multiplier(self.max_multiplier)


@dataclass(frozen=True, slots=True)
class LowCsatRule:
    at_most: int
    multiplier: Decimal

    def __post_init__(self) -> None:
        _require_multiplier(self.multiplier)


@dataclass(frozen=True, slots=True)
class LongHoldRule:
    over_s: int
    multiplier: Decimal

    def __post_init__(self) -> None:
        _require_multiplier(self.multiplier)


@dataclass(frozen=True, slots=True)
class SizeRules:
    """The rules that make a call more likely to be drawn. A rule that is None does not apply."""

    new_agent: NewAgentRule | None = None
    erring_agent: ErringAgentRule | None = None
    complaint: Decimal | None = None
    low_csat: LowCsatRule | None = None
    long_hold: LongHoldRule | None = None

    def __post_init__(self) -> None:
        if self.complaint is not None:
            _require_multiplier(self.complaint)


@dataclass(frozen=True, slots=True)
class Eligibility:
    min_duration_s: int = 0
    require_recording: bool = False


@dataclass(frozen=True, slots=True)
class PlanDesign:
    """The parameters of a plan that determine its draws; ValueError where they contradict each other.

    A `supplementary` draw is from calls that came after their window was drawn: at the rate, without floors, and with
    expected numbers that need not be integers.
    """

    mode: SamplingMode
    window: WindowKind
    timezone: str
    rate: Decimal | None = None
    quota_per_agent: int | None = None
    floor_per_agent: int = 1
    eligibility: Eligibility = Eligibility()
    size: SizeRules = SizeRules()
    double_score_rate: Decimal = Decimal(0)
    fault_check_rate: Decimal = Decimal(0)
    supplementary: bool = False

    def __post_init__(self) -> None:
        _require((self.mode is SamplingMode.RATE) == (self.rate is not None), "rate mode, and only it, has a rate")
        _require(
            (self.mode is SamplingMode.QUOTA) == (self.quota_per_agent is not None),
            "quota mode, and only it, has a quota_per_agent",
        )
        _require(self.rate is None or 0 < self.rate <= 1, "rate lies above 0 and is at most 1")
        _require(self.quota_per_agent is None or self.quota_per_agent >= 1, "quota_per_agent is at least 1")
        _require(self.floor_per_agent >= 0, "floor_per_agent is not negative")
        _require(0 <= self.double_score_rate <= 1, "double_score_rate lies between 0 and 1")
        _require(0 <= self.fault_check_rate <= 1, "fault_check_rate lies between 0 and 1")
        _require(self.rate is not None or not self.supplementary, "a supplementary draw has a rate")

    @property
    def least_per_agent(self) -> int:
        """The smallest number of calls to select of every agent who has as many: the quota, or the floor."""
        if self.supplementary:
            return 0
        return self.floor_per_agent if self.quota_per_agent is None else self.quota_per_agent


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    id: UUID
    name: str
    project_id: UUID
    scorecard_id: UUID
    window: WindowKind
    timezone: str
    mode: SamplingMode
    rate: Decimal | None
    rate_override_reason: str | None
    quota_per_agent: int | None
    floor_per_agent: int
    eligibility: Eligibility
    size: SizeRules
    double_score_rate: Decimal
    fault_check_rate: Decimal
    verifier_ids: tuple[UUID, ...]
    verifier_daily_capacity: int | None
    draw_delay_min: int
    due_days: int
    active: bool
    active_since: datetime | None
    version: int
    created_at: datetime

    @property
    def design(self) -> PlanDesign:
        """The fields that determine what is drawn."""
        return PlanDesign(
            mode=self.mode,
            window=self.window,
            timezone=self.timezone,
            rate=self.rate,
            quota_per_agent=self.quota_per_agent,
            floor_per_agent=self.floor_per_agent,
            eligibility=self.eligibility,
            size=self.size,
            double_score_rate=self.double_score_rate,
            fault_check_rate=self.fault_check_rate,
        )


# The fields of a plan that are kept in the parameters of its draws.
_DRAWN_BY = (
    "mode",
    "rate",
    "quota_per_agent",
    "floor_per_agent",
    "eligibility",
    "size",
    "double_score_rate",
    "fault_check_rate",
)
# Draws that were made before there were fault checks do not have this parameter.
_BEFORE_FAULT_CHECKS = {"fault_check_rate": Decimal(0)}

_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)


def read_plan(fields: dict[str, Any]) -> Plan:
    """A plan from its fields, nested ones as records or as documents."""
    return _PLAN.validate_python(fields)


def as_drawn(plan: Plan, parameters: dict[str, Any]) -> Plan:
    """The plan as it was when a draw was made with these parameters."""
    known = _BEFORE_FAULT_CHECKS | parameters
    then = {name: known[name] for name in (*_DRAWN_BY, "scorecard_id")}
    return read_plan(asdict(plan) | then)


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Whether the floors of a plan fit its rate, and which rate and window would fit them.

    `needed_rate` is the share of this frame that the floors take, rounded up to a hundredth of a percent.
    `smallest_window` is None where even a month is too short.
    """

    feasible: bool
    frame_size: int
    agents: int
    sample_size: int
    needed_sample_size: int
    needed_rate: Decimal
    calls_per_agent: Decimal
    smallest_window: WindowKind | None
