"""Wire models of blind scores and consensus."""

from typing import Self
from uuid import UUID

from pydantic import Field

from app.api.schemas.answers import AnswerOut, ScoreOut
from app.api.schemas.common import Text, UtcOut, WireModel, example
from app.api.schemas.evaluations import Answers
from app.calibration import ScoreAnswer

EXAMPLE_ANSWERS = [
    {"item": "introduced", "value": "good"},
    {"item": "solved", "value": "bad", "fault": "process", "at_s": 41.5},
]


class BlindScoreIn(WireModel):
    """One's own answers about a call. They take the place of those saved before."""

    model_config = example({"answers": EXAMPLE_ANSWERS, "comment": "Could not find the tariff.", "submit": True})

    answers: Answers
    comment: Text | None = None
    submit: bool | None = Field(
        default=None,
        description="False: keep it as a draft. True: submit it; every visible item must be answered. Left out: it is "
        "submitted as soon as every visible item is answered.",
    )


class BlindScoreOut(ScoreOut):
    """One's own score of a call."""

    call_id: UUID
    answers: list[AnswerOut]
    comment: str | None
    complete: bool = Field(description="Whether every visible item is answered.")
    submitted_at: UtcOut | None = Field(description="Null while it is a draft.")
    missing_items: list[str] = Field(description="Visible items without an answer.")
    errors_without_fault: list[str] = Field(description="Items answered with an error that names nobody's fault yet.")
    dropped_items: list[str] = Field(description="Items whose answers were left out, because other answers hide them.")

    @classmethod
    def of(cls, answer: ScoreAnswer) -> Self:
        saved = answer.blind_score
        return cls(
            **ScoreOut.model_validate(answer.score).model_dump(),
            call_id=saved.call_id,
            answers=[AnswerOut.model_validate(one) for one in saved.answers],
            comment=saved.comment,
            complete=saved.complete,
            submitted_at=saved.submitted_at,
            missing_items=list(answer.missing_items),
            errors_without_fault=list(answer.errors_without_fault),
            dropped_items=list(answer.dropped_items),
        )
