"""Wire models of assignments."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.schemas.common import Number, Utc, UtcOut, WireModel, example
from app.api.schemas.sampling import Reason, SignalOut
from app.assignments import AssignmentState, AssignmentView
from app.sampling import QueueItem

POOL = "none"
VerifierChoice = Annotated[
    str,
    Field(
        pattern=f"^(me|{POOL}|[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})$",
        description="A user's id, `me`, or `none` for the assignments that wait in the pool.",
        examples=["me"],
    ),
]


class SkipIn(WireModel):
    model_config = example({"reason": "The recording is silent"})

    reason: Annotated[Reason, Field(examples=["The recording is silent"])]


class ReassignIn(WireModel):
    model_config = example({"verifier_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2c", "reason": "On holiday"})

    verifier_id: Annotated[UUID | None, Field(description="Null hands the assignment to the pool.")]
    reason: Annotated[Reason, Field(examples=["On holiday"])]


class ExtendIn(WireModel):
    model_config = example({"due_at": "2026-12-04T18:00:00Z", "reason": "On holiday"})

    due_at: Annotated[Utc, Field(description="In the future, and later than the present due date.")]
    reason: Annotated[Reason, Field(examples=["On holiday"])]


class ClaimIn(WireModel):
    model_config = example({"plan_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2d"})

    plan_id: Annotated[UUID | None, Field(description="Only from this plan's pool.")] = None


class AssignedCallOut(BaseModel):
    id: UUID
    source: str
    external_id: str = Field(description="The id of the call in its source.")
    started_at: UtcOut
    duration_s: Number
    direction: str
    language: str | None
    agent_id: UUID = Field(description="The agent of the call when it was drawn.")
    agent_name: str
    has_recording: bool
    transcript_status: Literal["none", "queued", "running", "ready", "failed"]


class AssignmentOut(BaseModel):
    """An assignment with what its verifier needs to begin."""

    id: UUID
    state: AssignmentState
    overdue: bool = Field(description="Open after its due date.")
    project_id: UUID
    project_name: str
    plan_id: UUID
    plan_name: str
    draw_id: UUID
    verifier_id: UUID | None = Field(description="Null while it waits in the plan's pool.")
    place: Literal[1, 2] | None = Field(
        description="1 is the scoring of record, 2 the second, blind scoring. Always null for verifiers."
    )
    call_id: UUID
    call: AssignedCallOut
    signals: list[SignalOut]
    scorecard_id: UUID
    scorecard_name: str
    scorecard_version: int = Field(description="The published version by which an evaluation begun now is scored.")
    evaluation_id: UUID | None = Field(description="The evaluation that names the assignment, draft or submitted.")
    created_at: UtcOut
    due_at: UtcOut
    claimed_at: UtcOut | None = Field(description="When its verifier claimed it from the pool, if they did.")
    skipped_at: UtcOut | None
    skip_reason: str | None

    @classmethod
    def of(cls, item: QueueItem, *, show_round: bool) -> Self:
        assignment = item.assignment
        return cls.model_validate(
            {
                **{name: getattr(assignment, name) for name in _SAME},
                "plan_id": assignment.pool_id,
                "plan_name": assignment.pool_name,
                "draw_id": assignment.batch_id,
                "place": assignment.scoring_round if show_round else None,
                "call": _call_fields(assignment),
                "signals": [SignalOut.of(signal) for signal in item.signals],
                "evaluation_id": assignment.scoring_id,
            }
        )


_OTHERWISE = {"plan_id", "plan_name", "draw_id", "place", "call", "signals", "evaluation_id"}
_SAME = [name for name in AssignmentOut.model_fields if name not in _OTHERWISE]


def _call_fields(assignment: AssignmentView) -> dict[str, object]:
    names = [name for name in AssignedCallOut.model_fields if name != "id"]
    return {"id": assignment.call_id} | {name: getattr(assignment, name) for name in names}
