"""What sampling speaks of: plans, calls of a frame, strata, selections and assignments.

Sizes and multipliers are whole millionths, inclusion probabilities and expected counts whole trillionths
(`app.sampling.fixed_point`). A stratum is one agent's calls in one window.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.sampling.fixed_point import MILLION, TRILLION, round_half_up

# Five signals at most may multiply: sizes stay under 20⁵, and their sums over a frame within a bigint.
MAX_MULTIPLIER = 20
# Outside these bounds a plan needs an explicit override, which is journalled.
USUAL_RATES = (Decimal("0.02"), Decimal("0.05"))


class SamplingMode(StrEnum):
    RATE = "rate"
    QUOTA = "quota"


class WindowKind(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class SignalName(StrEnum):
    NEW_AGENT = "new_agent"
    ERRING_AGENT = "erring_agent"
    COMPLAINT = "complaint"
    LOW_CSAT = "low_csat"
    LONG_HOLD = "long_hold"


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
    """What makes a call likelier to be drawn; a rule that is None does not apply."""

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
    """The parameters of a plan that decide what is drawn; raises ValueError where they make no sense.

    `supplementary` draws are those of calls that came after their window was drawn: at the rate, with neither
    floors nor whole numbers.
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
        _require(self.rate is not None or not self.supplementary, "a supplementary draw has a rate")

    @property
    def least_per_agent(self) -> int:
        """How many calls every agent is to be heard on, if there are as many: the quota, or the floor."""
        if self.supplementary:
            return 0
        return self.floor_per_agent if self.quota_per_agent is None else self.quota_per_agent


@dataclass(frozen=True, slots=True)
class Window:
    """A day, ISO week or month of the plan's time zone: local dates, and the UTC instants they stand for.

    `end_on` and `ends_at` are the first moment after the window.
    """

    kind: WindowKind
    timezone: str
    start_on: date
    end_on: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class FrameCall:
    """An eligible call, with what its size depends on. `tenure_days` is None where no hire date is known."""

    call_id: UUID
    agent_id: UUID
    tenure_days: int | None = None
    complaint: bool = False
    csat: int | None = None
    hold_s: int | None = None


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """An agent's answers over the look-back window: how many were errors, of how many that applied."""

    errors: int
    applicable: int


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason why a call is likelier to be drawn. The explanation says why, ending in the multiplier."""

    name: SignalName
    multiplier: int
    explanation: str


@dataclass(frozen=True, slots=True)
class SizedCall:
    call_id: UUID
    agent_id: UUID
    size: int = MILLION
    signals: tuple[Signal, ...] = ()


class SizeClass(NamedTuple):
    """How many calls of an agent have one size: calls that are alike in all that a design looks at."""

    agent_id: UUID
    size: int
    calls: int


class ClassInclusion(NamedTuple):
    """The probabilities of a class, in trillionths: its first `raised` calls by id have `inclusion` + 1.

    `raised` is less than `calls`.
    """

    agent_id: UUID
    size: int
    calls: int
    inclusion: int
    raised: int


class FrameClass(NamedTuple):
    """The calls of an agent that have one size, by id."""

    agent_id: UUID
    size: int
    call_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class StratumTotals:
    """How many calls of an agent are in the frame, and the sum of their sizes."""

    agent_id: UUID
    calls: int
    size: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum with its expected number of selections in trillionths."""

    agent_id: UUID
    calls: int
    size: int
    expected: int


@dataclass(frozen=True, slots=True)
class DesignedCall:
    """A call with its inclusion probability in trillionths."""

    call: SizedCall
    inclusion: int


@dataclass(frozen=True, slots=True)
class ClassDesign:
    """A frame to draw from, by classes: strata by agent id, classes by agent id and size.

    `expected` is the sum of all probabilities, in trillionths.
    """

    expected: int
    strata: tuple[Stratum, ...]
    inclusions: tuple[ClassInclusion, ...]


@dataclass(frozen=True, slots=True)
class FrameDesign:
    """A frame to draw from, call by call: strata by agent id, calls by agent id, size and call id.

    `expected` is the sum of all probabilities, in trillionths.
    """

    expected: int
    strata: tuple[Stratum, ...]
    calls: tuple[DesignedCall, ...]


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Whether a plan's floors fit into its rate, with the numbers that say what would.

    `needed_rate` is what the floors take of this frame, rounded up to a hundredth of a percent.
    `smallest_window` is None where not even a month would do.
    """

    feasible: bool
    frame_size: int
    agents: int
    sample_size: int
    needed_sample_size: int
    needed_rate: Decimal
    calls_per_agent: Decimal
    smallest_window: WindowKind | None


class SelectedCall(NamedTuple):
    """A call that was drawn from a frame, with its size in millionths and its probability in trillionths."""

    agent_id: UUID
    call_id: UUID
    size: int
    inclusion: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A drawn call; `position` is its place, from 1, in the random order in which the sample is shown."""

    call: SizedCall
    inclusion: int
    position: int

    @property
    def weight(self) -> Decimal:
        """How many calls of the frame this one stands for: 1/π to six decimals."""
        return Decimal(round_half_up(TRILLION * MILLION, self.inclusion)).scaleb(-6)


@dataclass(frozen=True, slots=True)
class Panel:
    """Who may score the sample of a draw, and who has met whom.

    `conflicts` are (verifier, agent) pairs that must not meet, `taken` (verifier, call) pairs of calls that the
    verifier scores anyway. `capacity` is how many scorings of the draw each verifier takes at most; one who is not
    in it takes any number. `met` counts by (verifier, agent) the agent's calls that the verifier was given before.
    """

    verifier_ids: tuple[UUID, ...]
    conflicts: frozenset[tuple[UUID, UUID]] = frozenset()
    capacity: Mapping[UUID, int] = field(default_factory=dict)
    met: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    taken: frozenset[tuple[UUID, UUID]] = frozenset()


@dataclass(frozen=True, slots=True)
class Assignment:
    """A scoring of a selected call: by a verifier, or, where there is none, waiting in the plan's pool.

    Place 1 is the scoring of record, place 2 the blind second one.
    """

    call_id: UUID
    verifier_id: UUID | None
    place: int


@dataclass(frozen=True, slots=True)
class AssignmentPlan:
    """Who scores what, in the order in which the assignments get their ids: verifier by verifier, then the pool.

    `double_inclusion` holds, in trillionths, each call's probability of a second scoring.
    """

    assignments: tuple[Assignment, ...]
    double_inclusion: dict[UUID, int]
