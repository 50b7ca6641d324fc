"""Wire models of fault checks."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.answers import MAX_ANSWERS, KnownKey
from app.api.schemas.common import Number, Text, UtcOut, WireModel, example
from app.api.schemas.sampling import Hex, Reason
from app.calibration import (
    ErrorToCheck,
    FaultCheck,
    FaultCheckProof,
    FaultCheckState,
    GivenVerdict,
    Obstacle,
    ProofRow,
    Verdict,
)
from app.statistics.fixed_point import TRILLION

NONE = "none"
CheckerChoice = Annotated[
    str,
    Field(
        pattern=f"^(me|{NONE}|[0-9a-fA-F]{{8}}(-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}})$",
        description="A user's id, `me`, or `none` for the open checks without a checker.",
        examples=["me"],
    ),
]


class VerdictIn(WireModel):
    """Whose fault the error at an item was, or that it was no error."""

    item: Annotated[KnownKey, Field(examples=["solved"])]
    fault: Verdict
    comment: Text | None = None


class VerdictsIn(WireModel):
    model_config = example(
        {"errors": [{"item": "solved", "fault": "process", "comment": "The knowledge base has no such tariff."}]}
    )

    errors: Annotated[
        list[VerdictIn], Field(max_length=MAX_ANSWERS, description="Every error of the check exactly once.")
    ]

    def verdicts(self) -> list[GivenVerdict]:
        return [GivenVerdict(verdict.item, verdict.fault, verdict.comment) for verdict in self.errors]


class ReassignCheckIn(WireModel):
    model_config = example({"checker_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2c", "reason": "On holiday"})

    checker_id: Annotated[
        UUID,
        Field(
            description="An active verifier of the plan who does not score the call, without a conflict of interest."
        ),
    ]
    reason: Annotated[Reason, Field(examples=["On holiday"])]


class CheckedCallOut(BaseModel):
    """The call to listen to, without its agent."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    started_at: UtcOut
    duration_s: Number
    direction: str
    language: str | None
    has_recording: bool
    transcript_status: Literal["none", "queued", "running", "ready", "failed"]


class ErrorToCheckOut(BaseModel):
    """An item that was marked as an error, and the evidence. Whose fault the scorer thought it was is left out."""

    item: str
    title: str
    good: str
    bad: str
    at_s: float | None = Field(description="The moment in the recording, in seconds.")
    segment_id: UUID | None
    fault: Verdict | None = Field(description="The checker's own verdict, once the check is done.")
    comment: str | None = Field(description="The checker's own comment.")

    @classmethod
    def of(cls, error: ErrorToCheck) -> Self:
        return cls(
            item=error.item.key,
            title=error.item.title,
            good=error.item.good,
            bad=error.item.bad,
            at_s=error.at_s,
            segment_id=error.segment_id,
            fault=None if error.given is None else error.given.verdict,
            comment=None if error.given is None else error.given.comment,
        )


class FaultCheckOut(BaseModel):
    """A fault check, with the errors as they were submitted."""

    id: UUID
    state: FaultCheckState = Field(description="`expired`: not done in time; it counts as nonresponse.")
    scorecard_id: UUID
    scorecard_version: int
    call: CheckedCallOut
    errors: list[ErrorToCheckOut]
    given_at: UtcOut | None = Field(description="When its checker got it.")
    done_at: UtcOut | None
    expired_at: UtcOut | None
    project_id: UUID
    plan_id: UUID
    draw_id: UUID
    checker_id: UUID | None
    evaluation_id: UUID | None = Field(description="The evaluation that was drawn. Always null for verifiers.")
    drawn_at: UtcOut | None = Field(description="Always null for verifiers.")
    obstacle: Obstacle | None = Field(
        description="Why it has no checker. `scoring_open`: the call is still being scored. `nobody_eligible`: no "
        "active verifier of the plan may do it."
    )

    @classmethod
    def of(cls, check: FaultCheck, *, for_leader: bool) -> Self:
        record = check.record
        names = set(cls.model_fields) - {"call", "errors", "evaluation_id", "drawn_at"}
        return cls.model_validate(
            {
                **{name: getattr(record, name) for name in names},
                "call": CheckedCallOut.model_validate(record.call),
                "errors": [ErrorToCheckOut.of(error) for error in check.errors],
                "evaluation_id": record.evaluation_id if for_leader else None,
                "drawn_at": record.drawn_at if for_leader else None,
            }
        )


class PlanCountsOut(BaseModel):
    """How many evaluations of a plan were drawn for fault checks, and what became of the checks."""

    model_config = ConfigDict(from_attributes=True)

    plan_id: UUID
    drawn: int
    done: int
    open: int
    unassigned: int = Field(description="Open ones without a checker.")
    expired: int = Field(description="Not done in time.")


class FaultCheckCountsOut(BaseModel):
    items: list[PlanCountsOut] = Field(description="The plans with fault checks.")


class DrawnEvaluationOut(BaseModel):
    """An evaluation with errors among which fault checks were drawn."""

    model_config = ConfigDict(from_attributes=True)

    evaluation_id: UUID
    submitted_at: UtcOut
    drawn: bool


class FaultCheckProofOut(BaseModel):
    """An evaluation is drawn where SHA-256(seed ‖ id of the evaluation, 16 bytes), as a big-endian number modulo 10¹²,
    is below `inclusion_trillionths`. The items are the evaluations that were submitted with errors before the reveal.
    """

    draw_id: UUID
    seed_commitment: Hex | None = Field(description="SHA-256 of the seed; null where the draw has no fault checks.")
    committed_at: UtcOut | None = Field(description="When the draw was made and its assignments came into being.")
    inclusion_probability: float
    inclusion_trillionths: int
    seed: Hex | None = Field(description="32 bytes; a secret until no assignment and no check of the draw is open.")
    revealed_at: UtcOut | None
    items: list[DrawnEvaluationOut] = Field(description="Empty until the seed is revealed.")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")

    @classmethod
    def of(cls, proof: FaultCheckProof, rows: list[ProofRow], next_cursor: str | None) -> Self:
        return cls(
            draw_id=proof.draw_id,
            seed_commitment=None if proof.commitment is None else proof.commitment.hex(),
            committed_at=proof.committed_at,
            inclusion_probability=proof.inclusion_prob_e12 / TRILLION,
            inclusion_trillionths=proof.inclusion_prob_e12,
            seed=None if proof.seed is None else proof.seed.hex(),
            revealed_at=proof.revealed_at,
            items=[DrawnEvaluationOut.model_validate(row) for row in rows],
            next_cursor=next_cursor,
        )
