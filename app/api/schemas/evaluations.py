"""Wire models of evaluations."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.api.schemas.answers import MAX_ANSWERS, AnswerIn, AnswerOut, ScoreOut
from app.api.schemas.common import Text, UtcOut, WireModel, example
from app.evaluations import Answer, EvaluationStatus, NewEvaluation, RevisionKind

EXAMPLE: dict[str, Any] = {
    "call_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b10",
    "scorecard_id": "019ac5a4-7d3e-7c55-9a59-2f6a3a1f4b11",
    "answers": [
        {"item": "introduced", "value": "good"},
        {"item": "solved", "value": "bad", "fault": "process", "reason": "no_article", "at_s": 41.5},
    ],
    "comment": "Polite, but could not find the tariff.",
    "submit": True,
}

Answers = Annotated[list[AnswerIn], Field(max_length=MAX_ANSWERS)]
Why = Annotated[Text, Field(min_length=1, pattern=r"\S", description="Why it is revised.", examples=["Listened again"])]


def answers_of(answers: list[AnswerIn]) -> list[Answer]:
    return [Answer(**vars(answer)) for answer in answers]


class EvaluationIn(WireModel):
    model_config = example(EXAMPLE)

    call_id: UUID
    scorecard_id: UUID
    assignment_id: UUID | None = None
    answers: Answers = []
    comment: Text | None = None
    submit: bool = Field(default=False, description="Submit at once; otherwise it is kept as a draft.")

    def evaluation(self) -> NewEvaluation:
        return NewEvaluation(**vars(self) | {"answers": answers_of(self.answers)})


class EvaluationPatch(WireModel):
    model_config = example({"answers": EXAMPLE["answers"], "comment": "Polite, and found the tariff."})

    answers: Answers = []
    comment: Text | None = None

    def changes(self) -> dict[str, Any]:
        changes = {"answers": answers_of(self.answers), "comment": self.comment}
        return {name: change for name, change in changes.items() if name in self.model_fields_set}


class RevisionIn(WireModel):
    model_config = example({"answers": EXAMPLE["answers"], "why": "Listened again", "kind": "correction"})

    answers: Answers
    comment: Text | None = None
    why: Why
    kind: RevisionKind = Field(default=RevisionKind.CORRECTION, description="What led to the revision.")


class EvaluationSummaryOut(ScoreOut):
    """An evaluation and the score of its latest revision; a draft has no score in lists."""

    id: UUID
    call_id: UUID
    project_id: UUID
    agent_id: UUID | None
    scorecard_id: UUID
    scorecard_version: int
    assignment_id: UUID | None
    verifier_id: UUID
    status: EvaluationStatus
    revision: int = Field(description="The number of the latest revision; 0 for a draft.")
    created_at: UtcOut
    submitted_at: UtcOut | None


class EvaluationOut(EvaluationSummaryOut):
    """An evaluation at its latest revision; a draft has the score of the answers it has so far."""

    answers: list[AnswerOut]
    comment: str | None
    dropped_items: list[str] = Field(
        description="Items of a draft whose answers were left out just now, because other answers hide these items."
    )


class RevisionOut(ScoreOut):
    """One revision, as it was submitted."""

    number: int
    author_id: UUID
    why: str | None = Field(description="Why it was revised; null for the first revision.")
    kind: RevisionKind | None = Field(description="What led to it; null for the first revision.")
    comment: str | None
    created_at: UtcOut
    answers: list[AnswerOut]
