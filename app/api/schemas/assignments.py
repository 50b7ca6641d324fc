"""Wire models of assignments."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from app.api.schemas.common import Number, Utc, WireModel, example
from app.api.schemas.sampling import Reason, SignalOut
from app.sampling.records import AssignmentState, AssignmentView

POOL = "none"
VerifierChoice = Annotated[
    str,
    Field(
        pattern=f"^(me|{POOL}|[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})$",
        description="A user's id, `me`, or `none` for what waits in the pool.",
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

    due_at: Annotated[Utc, Field(description="In the future, and later than it was due before.")]
    reason: Annotated[Reason, Field(examples=["On holiday"])]


class ClaimIn(WireModel):
    model_config = example({"plan_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2d"})

    plan_id: Annotated[UUID | None, Field(description="Only from this plan's pool.")] = None


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
    overdue: bool = Field(description="Open, and past the time when it was due.")
    project_id: UUID
    project_name: str
    plan_id: UUID
    plan_name: str
    draw_id: UUID
    verifier_id: UUID | None = Field(description="Null while it waits in the plan's pool.")
    place: Literal[1, 2] | None = Field(
        description="1 is the scoring of record, 2 the second, blind one. Always null for verifiers."
    )
    call_id: UUID
    call: AssignedCallOut
    signals: list[SignalOut]
    scorecard_id: UUID
    scorecard_name: str
    scorecard_version: int = Field(description="The published version that an evaluation begun now is judged by.")
    evaluation_id: UUID | None = Field(description="The evaluation that names the assignment, draft or submitted.")
    created_at: Utc
    due_at: Utc
    claimed_at: Utc | None = Field(description="When its verifier took it from the pool, if that is how they got it.")
    skipped_at: Utc | None
    skip_reason: str | None

    @classmethod
    def of(cls, assigned: AssignmentView, *, show_place: bool) -> Self:
        return cls.model_validate(
            {
                "id": assigned.id,
                "state": assigned.state,
                "overdue": assigned.overdue,
                "project_id": assigned.project_id,
                "project_name": assigned.project_name,
                "plan_id": assigned.plan_id,
                "plan_name": assigned.plan_name,
                "draw_id": assigned.draw_id,
                "verifier_id": assigned.verifier_id,
                "place": assigned.scoring_round if show_place else None,
                "call_id": assigned.call_id,
                "call": _call_fields(assigned),
                "signals": [SignalOut.of(signal) for signal in assigned.signals],
                "scorecard_id": assigned.scorecard_id,
                "scorecard_name": assigned.scorecard_name,
                "scorecard_version": assigned.scorecard_version,
                "evaluation_id": assigned.evaluation_id,
                "created_at": assigned.created_at,
                "due_at": assigned.due_at,
                "claimed_at": assigned.claimed_at,
                "skipped_at": assigned.skipped_at,
                "skip_reason": assigned.skip_reason,
            }
        )


def _call_fields(assigned: AssignmentView) -> dict[str, object]:
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
