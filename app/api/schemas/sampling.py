"""Wire models of sampling plans, previews and draws."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas.common import Name, Number, Text, Timezone, UtcOut, WireModel, example
from app.sampling import (
    MAX_MULTIPLIER,
    CommitmentTime,
    Draw,
    DrawnStratum,
    DrawState,
    Preview,
    SamplingMode,
    SelectionView,
    Signal,
    SignalName,
    Stratum,
    StratumTotals,
    Window,
    WindowKind,
)
from app.statistics.fixed_point import MILLION, TRILLION

Multiplier = Annotated[Number, Field(ge=1, le=MAX_MULTIPLIER, decimal_places=6, examples=[3])]
Rate = Annotated[
    Number,
    Field(gt=0, le=1, decimal_places=8, description="Outside 0.02…0.05 only with a rate_override_reason."),
]
Share = Annotated[Number, Field(ge=0, le=1, decimal_places=8)]
CheckShare = Annotated[
    Share,
    Field(
        description="Share of the evaluations with errors whose faults a second verifier decides without the first's."
    ),
]
Days = Annotated[int, Field(ge=1, le=3650)]
Count = Annotated[int, Field(ge=1, le=10_000)]
Floor = Annotated[int, Field(ge=0, le=10_000, description="Calls that every agent is heard on at least.")]
Delay = Annotated[
    int,
    Field(
        ge=0,
        le=10_080,
        description="Minutes after a window's end in which calls may still come in before it is drawn by itself.",
    ),
]
Capacity = Annotated[
    Count, Field(description="Assignments a working day that a verifier gets at most; the others wait to be claimed.")
]
Active = Annotated[bool, Field(description="Whether the windows of the plan are drawn by themselves when they end.")]
DueDays = Annotated[int, Field(ge=1, le=365, description="Days after its draw in which an assignment is to be done.")]
Seconds = Annotated[int, Field(ge=0, le=86_400)]
Reason = Annotated[Text, StringConstraints(max_length=2000, pattern=r"\S")]
Verifiers = Annotated[
    list[UUID], Field(min_length=1, max_length=1000, description="Active users with the role verifier.")
]
Day = Annotated[
    date,
    Field(
        ge=date(2000, 1, 1),
        lt=date(2200, 1, 1),
        description="A date in the plan's time zone; any day of a week or month stands for the whole.",
        examples=["2026-11-02"],
    ),
]
Hex = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class EligibilityModel(WireModel):
    model_config = ConfigDict(from_attributes=True)

    min_duration_s: Seconds = 0
    require_recording: bool = False


class NewAgentModel(WireModel):
    """`multiplier` on the day of hire, falling in a straight line to 1 after `tenure_days`."""

    model_config = ConfigDict(from_attributes=True)

    tenure_days: Days
    multiplier: Multiplier


class ErringAgentModel(WireModel):
    """The agent's error rate over the look-back days in multiples of the project's, shrunk towards it."""

    model_config = ConfigDict(from_attributes=True)

    lookback_days: Days
    max_multiplier: Multiplier


class LowCsatModel(WireModel):
    model_config = ConfigDict(from_attributes=True)

    at_most: Annotated[int, Field(ge=1, le=5)]
    multiplier: Multiplier


class LongHoldModel(WireModel):
    model_config = ConfigDict(from_attributes=True)

    over_s: Seconds
    multiplier: Multiplier


class SizeModel(WireModel):
    """What makes a call more likely to be drawn; the multipliers of all that apply are multiplied."""

    model_config = ConfigDict(from_attributes=True)

    new_agent: NewAgentModel | None = None
    erring_agent: ErringAgentModel | None = None
    complaint: Multiplier | None = None
    low_csat: LowCsatModel | None = None
    long_hold: LongHoldModel | None = None


_EXAMPLE: dict[str, Any] = {
    "name": "Daily 3 %",
    "project_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2a",
    "scorecard_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2b",
    "window": "day",
    "timezone": "Europe/Moscow",
    "mode": "rate",
    "rate": 0.03,
    "quota_per_agent": None,
    "floor_per_agent": 1,
    "eligibility": {"min_duration_s": 20, "require_recording": True},
    "size": {
        "new_agent": {"tenure_days": 60, "multiplier": 3},
        "erring_agent": {"lookback_days": 30, "max_multiplier": 4},
        "complaint": 4,
        "low_csat": {"at_most": 2, "multiplier": 3},
        "long_hold": {"over_s": 180, "multiplier": 1.5},
    },
    "double_score_rate": 0.1,
    "fault_check_rate": 0.05,
    "verifier_ids": ["0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2c"],
    "verifier_daily_capacity": 40,
    "draw_delay_min": 60,
    "due_days": 7,
    "active": True,
}


class SamplingPlanIn(WireModel):
    model_config = example(_EXAMPLE)

    name: Name
    project_id: UUID
    scorecard_id: Annotated[UUID, Field(description="A scorecard with a published version.")]
    window: WindowKind
    timezone: Annotated[Timezone | None, Field(description="The project's, if left out.")] = None
    mode: SamplingMode
    rate: Rate | None = None
    rate_override_reason: Reason | None = None
    quota_per_agent: Count | None = None
    floor_per_agent: Floor = 1
    eligibility: EligibilityModel = EligibilityModel()
    size: SizeModel = SizeModel()
    double_score_rate: Share = Decimal(0)
    fault_check_rate: CheckShare = Decimal(0)
    verifier_ids: Verifiers
    verifier_daily_capacity: Capacity | None = None
    draw_delay_min: Delay = 0
    due_days: DueDays = 7
    active: Active = True


class SamplingPlanPatch(WireModel):
    """Fields that are given replace what there is, nested ones as a whole."""

    model_config = example({"rate": 0.05, "size": {"complaint": 4}})

    name: Name = ""
    scorecard_id: UUID = UUID(int=0)
    window: WindowKind = WindowKind.DAY
    timezone: Timezone = "UTC"
    mode: SamplingMode = SamplingMode.RATE
    rate: Rate | None = None
    rate_override_reason: Reason | None = None
    quota_per_agent: Count | None = None
    floor_per_agent: Floor = 1
    eligibility: EligibilityModel = EligibilityModel()
    size: SizeModel = SizeModel()
    double_score_rate: Share = Decimal(0)
    fault_check_rate: CheckShare = Decimal(0)
    verifier_ids: Verifiers = []
    verifier_daily_capacity: Capacity | None = None
    draw_delay_min: Delay = 0
    due_days: DueDays = 7
    active: Active = True


class SamplingPlanOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    project_id: UUID
    scorecard_id: UUID
    window: WindowKind
    timezone: str
    mode: SamplingMode
    rate: Number | None
    rate_override_reason: str | None
    quota_per_agent: int | None
    floor_per_agent: int
    eligibility: EligibilityModel
    size: SizeModel
    double_score_rate: Number
    fault_check_rate: Number
    verifier_ids: list[UUID]
    verifier_daily_capacity: int | None
    draw_delay_min: int
    due_days: int
    active: bool
    active_since: UtcOut | None
    created_at: UtcOut


class WindowIn(WireModel):
    model_config = example({"window_start": "2026-11-02"})

    window_start: Day


class DrawIn(WindowIn):
    model_config = example({"window_start": "2026-11-02", "supplementary": False})

    supplementary: Annotated[
        bool, Field(description="Draw from the calls that came after the window was drawn, at the same rate.")
    ] = False


class WindowOut(BaseModel):
    kind: WindowKind
    timezone: str
    start_on: date = Field(description="The first local day.")
    end_on: date = Field(description="The local day after the last one.")
    start: UtcOut
    end: UtcOut = Field(description="The first moment that no longer belongs to the window.")

    @classmethod
    def of(cls, window: Window) -> Self:
        return cls(
            kind=window.kind,
            timezone=window.timezone,
            start_on=window.start_on,
            end_on=window.end_on,
            start=window.starts_at,
            end=window.ends_at,
        )


class ExpectedStratumOut(BaseModel):
    """An agent's calls in the window."""

    agent_id: UUID
    calls: int
    size: float = Field(description="The sum of the sizes of the calls.")
    expected: float | None = Field(description="Expected selections; null where the floors do not fit the rate.")

    @classmethod
    def of(cls, stratum: StratumTotals | Stratum) -> Self:
        expected = stratum.expected_n_e12 / TRILLION if isinstance(stratum, Stratum) else None
        return cls(agent_id=stratum.agent_id, calls=stratum.calls, size=stratum.size_e6 / MILLION, expected=expected)


class ExcludedOut(BaseModel):
    """Calls of the window that cannot be drawn, each counted once, for the first reason that holds."""

    model_config = ConfigDict(from_attributes=True)

    no_agent: int
    too_short: int
    no_recording: int


class PreviewOut(BaseModel):
    window: WindowOut
    frame_size: int
    agents: int
    feasible: bool = Field(description="Whether the floors of all agents fit into the rate.")
    sample_size: int
    needed_sample_size: int = Field(description="What the floors, or quotas, take together.")
    needed_rate: float = Field(description="What that is of all calls, rounded up: at this rate they fit.")
    calls_per_agent: float
    smallest_window: WindowKind | None = Field(
        description="The smallest window in which they would fit at this rate, if any: an estimate, by which every "
        "agent has as many calls on every working day."
    )
    strata: list[ExpectedStratumOut]
    excluded: ExcludedOut

    @classmethod
    def of(cls, preview: Preview) -> Self:
        numbers = preview.feasibility
        return cls(
            window=WindowOut.of(preview.window),
            frame_size=numbers.frame_size,
            agents=numbers.agents,
            feasible=numbers.feasible,
            sample_size=numbers.sample_size,
            needed_sample_size=numbers.needed_sample_size,
            needed_rate=float(numbers.needed_rate),
            calls_per_agent=float(numbers.calls_per_agent),
            smallest_window=numbers.smallest_window,
            strata=[ExpectedStratumOut.of(stratum) for stratum in preview.strata],
            excluded=ExcludedOut.model_validate(preview.excluded),
        )


class DrawSummaryOut(BaseModel):
    """A draw. Until it is made, only its window and the commitment to its seed are known; the rest is null."""

    id: UUID
    plan_id: UUID
    state: DrawState = Field(
        description="`committed`: the seed is fixed, its hash published. `drawn`: sample and seed are there. "
        "`refused`: it was due and could not be made, see `refusal`. "
        "`void`: the plan got other windows, or was stopped, before."
    )
    part: int = Field(description="0 is the window's own draw; 1, 2 … are of calls that came late.")
    window: WindowOut
    seed_commitment: Hex = Field(description="SHA-256 of the seed.")
    committed_at: UtcOut
    committed: CommitmentTime = Field(description="When that was: only before the window it proves everything.")
    seed: Hex | None = Field(description="32 bytes; a secret until the draw is made.")
    fault_check_commitment: Hex | None = Field(
        description="SHA-256 of the seed by which evaluations are drawn for fault checks: `/fault-check-proof`. "
        "Null before the draw, and where the plan has no fault checks."
    )
    frame_size: int | None
    sample_size: int | None
    frame_digest: Hex | None = Field(
        description="SHA-256 over the frame's classes by agent id and size: agent id (16 bytes), size in millionths "
        "(8 bytes), SHA-256 of the class's call ids."
    )
    drawn_at: UtcOut | None
    refused_at: UtcOut | None
    refusal: str | None = Field(description="Why it could not be made; that is tried again once the plan is changed.")

    @classmethod
    def of(cls, draw: Draw) -> Self:
        return cls.model_validate(_draw_fields(draw))


class DrawnStratumOut(BaseModel):
    agent_id: UUID
    calls: int
    size: float
    expected: float
    expected_trillionths: int = Field(description="The same, exactly.")
    selected: int

    @classmethod
    def of(cls, stratum: DrawnStratum) -> Self:
        return cls(
            agent_id=stratum.agent_id,
            calls=stratum.calls,
            size=stratum.size_e6 / MILLION,
            expected=stratum.expected_n_e12 / TRILLION,
            expected_trillionths=stratum.expected_n_e12,
            selected=stratum.selected,
        )


class DrawOut(DrawSummaryOut):
    strata: list[DrawnStratumOut]

    @classmethod
    def whole(cls, draw: Draw, strata: Iterable[DrawnStratum]) -> Self:
        return cls.model_validate(_draw_fields(draw) | {"strata": [DrawnStratumOut.of(s) for s in strata]})


def _draw_fields(draw: Draw) -> dict[str, object]:
    return asdict(draw) | {
        "state": draw.state,
        "part": draw.supplement_no,
        "refusal": draw.failure_reason,
        "window": WindowOut.of(draw.window),
        "seed_commitment": draw.seed_commitment.hex(),
        "committed": draw.committed,
        "seed": draw.seed and draw.seed.hex(),
        "fault_check_commitment": draw.fault_check_commitment and draw.fault_check_commitment.hex(),
        "frame_digest": draw.frame_digest and draw.frame_digest.hex(),
    }


class SignalOut(BaseModel):
    """A reason why the call was more likely to be drawn."""

    name: SignalName
    multiplier: float
    explanation: str = Field(examples=["hired 12 days ago ×2.4"])

    @classmethod
    def of(cls, signal: Signal) -> Self:
        return cls(name=signal.name, multiplier=signal.multiplier_e6 / MILLION, explanation=signal.explanation)


class SelectionOut(BaseModel):
    call_id: UUID
    agent_id: UUID
    stratum: UUID = Field(description="The agent's id: a stratum is one agent's calls in the draw's window.")
    size: float = Field(description="The product of the signals' multipliers.", examples=[2.4])
    signals: list[SignalOut]
    inclusion_probability: float = Field(examples=[0.031])
    inclusion_trillionths: int = Field(description="The same, exactly; over the frame they sum to the sample size.")
    weight: float = Field(description="How many calls the selection stands for: 1/π.")
    order: int = Field(description="The place in the random order of the sample, from 1.")
    assignment_ids: list[UUID] = Field(description="A verifier sees no others than the own.")

    @classmethod
    def of(cls, drawn: SelectionView) -> Self:
        selection, call = drawn.selection, drawn.selection.call
        return cls(
            call_id=call.call_id,
            agent_id=call.agent_id,
            stratum=call.agent_id,
            size=call.size_e6 / MILLION,
            signals=[SignalOut.of(signal) for signal in call.signals],
            inclusion_probability=selection.inclusion_prob_e12 / TRILLION,
            inclusion_trillionths=selection.inclusion_prob_e12,
            weight=float(selection.weight),
            order=selection.position,
            assignment_ids=list(drawn.assignment_ids),
        )
