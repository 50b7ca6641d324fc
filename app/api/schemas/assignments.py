"""Wire models of assignments."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.schemas.common import Number, Utc, WireModel, example
from app.api.schemas.sampling import Reason, SignalOut
from app.sampling.records import AssignedCall, AssignmentState

VerifierChoice = Annotated[
    str,
    Field(
        pattern="^(me|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})$",
        description="A user's id, or `me`.",
        examples=["me"],
    ),
]


class SkipIn(WireModel):
    model_config = example({"reason": "The recording is silent"})

    reason: Annotated[Reason, Field(examples=["The recording is silent"])]


class ReassignIn(WireModel):
    model_config = example({"verifier_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2c", "reason": "On holiday"})

    verifier_id: UUID
    reason: Annotated[Reason, Field(examples=["On holiday"])]


class AssignedCallOut(BaseModel):
    id: UUID
    source: str
    external_id: str = Field(description="What the source calls it, to find it there.")
    started_at: Utc
    duration_s: Number
    direction: str
    language: str | None
    agent_id: UUID = Field(description="The agent in whose stratum the call was drawn.")
    agent_name: str
    has_recording: bool
    transcript_status: Literal["none", "queued", "running", "ready", "failed"]


class AssignmentOut(BaseModel):
    """An assignment with what its verifier needs to begin."""

    id: UUID
    state: AssignmentState
    draw_id: UUID
    verifier_id: UUID
    place: Literal[1, 2] | None = Field(
        description="1 is the scoring of record, 2 the second, blind one. Always null for verifiers."
    )
    call_id: UUID
    call: AssignedCallOut
    signals: list[SignalOut]
    scorecard_id: UUID
    scorecard_version: int = Field(description="The published version that an evaluation begun now is judged by.")
    evaluation_id: UUID | None = Field(description="The evaluation that names the assignment, draft or submitted.")
    created_at: Utc
    skipped_at: Utc | None
    skip_reason: str | None

    @classmethod
    def of(cls, assigned: AssignedCall, *, show_place: bool) -> Self:
        return cls.model_validate(
            {
                "id": assigned.id,
                "state": assigned.state,
                "draw_id": assigned.draw_id,
                "verifier_id": assigned.verifier_id,
                "place": assigned.place if show_place else None,
                "call_id": assigned.call_id,
                "call": _call_fields(assigned),
                "signals": [SignalOut.of(signal) for signal in assigned.signals],
                "scorecard_id": assigned.scorecard_id,
                "scorecard_version": assigned.scorecard_version,
                "evaluation_id": assigned.evaluation_id,
                "created_at": assigned.created_at,
                "skipped_at": assigned.skipped_at,
                "skip_reason": assigned.skip_reason,
            }
        )


def _call_fields(assigned: AssignedCall) -> dict[str, object]:
    return {
        "id": assigned.call_id,
        "source": assigned.source,
        "external_id": assigned.external_id,
        "started_at": assigned.started_at,
        "duration_s": assigned.duration_s,
        "direction": assigned.direction,
        "language": assigned.language,
        "agent_id": assigned.agent_id,
        "agent_name": assigned.agent_name,
        "has_recording": assigned.has_recording,
        "transcript_status": assigned.transcript_status,
    }
