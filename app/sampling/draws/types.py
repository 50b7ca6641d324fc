"""What a draw is made of: calls of a frame, strata, inclusion probabilities, selections, and the draw itself.

Integers in fixed point carry their unit: `_e6` is in millionths, `_e12` in trillionths (`app.statistics.fixed_point`).
A stratum is one agent's calls in one window.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.sampling.plans.types import Feasibility
from app.sampling.windows import Window
from app.statistics.fixed_point import MILLION, TRILLION, round_half_up


class SignalName(StrEnum):
    NEW_AGENT = "new_agent"
    ERRING_AGENT = "erring_agent"
    COMPLAINT = "complaint"
    LOW_CSAT = "low_csat"
    LONG_HOLD = "long_hold"


@dataclass(frozen=True, slots=True)
class FrameCall:
    """An eligible call with the facts that its size depends on. `tenure_days` is None without a known hire date."""

    call_id: UUID
    agent_id: UUID
    tenure_days: int | None = None
    complaint: bool = False
    csat: int | None = None
    hold_s: int | None = None


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """The answers to an agent's calls in the look-back period: the errors, and all that were applicable."""

    errors: int
    applicable: int


@dataclass(frozen=True, slots=True)
class Signal:
    """One reason why a call is more likely to be drawn. The explanation says why, ending in the multiplier."""

    name: SignalName
    multiplier_e6: int
    explanation: str


@dataclass(frozen=True, slots=True)
class SizedCall:
    call_id: UUID
    agent_id: UUID
    size_e6: int = MILLION
    signals: tuple[Signal, ...] = ()


class SizeClass(NamedTuple):
    """The number of an agent's calls that have one size. A design does not distinguish them."""

    agent_id: UUID
    size_e6: int
    calls: int


class ClassInclusion(NamedTuple):
    """The inclusion probabilities of a size class.

    The first `remainder_count` calls by id, fewer than `calls`, have a trillionth more than `inclusion_prob_e12`: so
    the probabilities sum exactly to the expected number.
    """

    agent_id: UUID
    size_e6: int
    calls: int
    inclusion_prob_e12: int
    remainder_count: int


class FrameClass(NamedTuple):
    """The calls of an agent that have one size, by id."""

    agent_id: UUID
    size_e6: int
    call_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class StratumTotals:
    """How many calls of an agent are in the frame, and the sum of their sizes."""

    agent_id: UUID
    calls: int
    size_e6: int


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum with its expected number of selections."""

    agent_id: UUID
    calls: int
    size_e6: int
    expected_n_e12: int


@dataclass(frozen=True, slots=True)
class DesignedCall:
    """A call with its inclusion probability."""

    call: SizedCall
    inclusion_prob_e12: int


@dataclass(frozen=True, slots=True)
class ClassDesign:
    """A frame to draw from, by classes: strata by agent id, classes by agent id and size.

    `expected_n_e12`, the expected sample size, is the sum of all inclusion probabilities.
    """

    expected_n_e12: int
    strata: tuple[Stratum, ...]
    inclusions: tuple[ClassInclusion, ...]


@dataclass(frozen=True, slots=True)
class FrameDesign:
    """A frame to draw from, call by call: strata by agent id, calls by agent id, size and call id.

    `expected_n_e12`, the expected sample size, is the sum of all inclusion probabilities.
    """

    expected_n_e12: int
    strata: tuple[Stratum, ...]
    calls: tuple[DesignedCall, ...]


class SelectedCall(NamedTuple):
    """A call that was drawn from a frame."""

    agent_id: UUID
    call_id: UUID
    size_e6: int
    inclusion_prob_e12: int


@dataclass(frozen=True, slots=True)
class Selection:
    """A drawn call; `position` counts, from 1, in the random order in which the sample is displayed."""

    call: SizedCall
    inclusion_prob_e12: int
    position: int

    @property
    def weight(self) -> Decimal:
        """How many calls of the frame this one represents: 1/π to six decimals."""
        return Decimal(round_half_up(TRILLION * MILLION, self.inclusion_prob_e12)).scaleb(-6)


class Excluded(NamedTuple):
    """The numbers of calls of a window that are not eligible, each counted once, by the first reason that applies."""

    no_agent: int
    too_short: int
    no_recording: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A draw of the window in advance. Where the floors do not fit, the strata have no expected numbers."""

    window: Window
    feasibility: Feasibility
    strata: tuple[StratumTotals | Stratum, ...]
    excluded: Excluded


@dataclass(frozen=True, slots=True)
class DrawnStratum(Stratum):
    selected: int


@dataclass(frozen=True, slots=True)
class SelectionView:
    """A stored selection with those of its assignments that the reader may see."""

    selection: Selection
    assignment_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """The strata and selections of a draw. By call: the ids of the selections, and when the calls began."""

    strata: Sequence[DrawnStratum]
    selections: Sequence[Selection]
    ids: Mapping[UUID, UUID]
    started_at: Mapping[UUID, datetime]


class SelectedCalls(NamedTuple):
    """The calls of a draw in their display order, and its seed, which is published."""

    seed: bytes
    call_ids: list[UUID]
