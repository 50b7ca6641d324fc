"""Wire models of evaluations."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.api.schemas.answers import MAX_ANSWERS, AnswerIn, AnswerOut, ScoreOut
from app.api.schemas.common import Text, Utc, WireModel, example
from app.evaluations.types import (
    Answer,
    Evaluation,
    EvaluationStatus,
    EvaluationSummary,
    NewEvaluation,
    Revision,
    Worth,
)

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

NOTHING = Worth(None, None, None, sections=(), families={}, fatal_items=())

Answers = Annotated[list[AnswerIn], Field(max_length=MAX_ANSWERS)]
Why = Annotated[Text, Field(min_length=1, description="Why it is revised.", examples=["Listened again"])]


def answers_of(answers: list[AnswerIn]) -> list[Answer]:
    return [Answer(a.item, a.value, a.fault, a.reason, a.comment, a.at_s, a.segment_id) for a in answers]


class EvaluationIn(WireModel):
    model_config = example(EXAMPLE)

    call_id: UUID
    scorecard_id: UUID
    assignment_id: UUID | None = None
    answers: Answers = []
    comment: Text | None = None
    submit: bool = Field(default=False, description="Submit at once; otherwise it is kept as a draft.")

    def evaluation(self) -> NewEvaluation:
        return NewEvaluation(
            call_id=self.call_id,
            scorecard_id=self.scorecard_id,
            assignment_id=self.assignment_id,
            answers=answers_of(self.answers),
            comment=self.comment,
            submit=self.submit,
        )


class EvaluationPatch(WireModel):
    model_config = example({"answers": EXAMPLE["answers"], "comment": "Polite, and found the tariff."})

    answers: Answers = []
    comment: Text | None = None

    def changes(self) -> dict[str, Any]:
        changes = {"answers": answers_of(self.answers), "comment": self.comment}
        return {name: change for name, change in changes.items() if name in self.model_fields_set}


class RevisionIn(WireModel):
    model_config = example({"answers": EXAMPLE["answers"], "why": "Listened again"})

    answers: Answers
    comment: Text | None = None
    why: Why


class EvaluationSummaryOut(ScoreOut):
    """An evaluation and what its latest revision is worth; a draft has no score in lists."""

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
    created_at: Utc
    submitted_at: Utc | None

    @classmethod
    def of(cls, evaluation: EvaluationSummary) -> Self:
        return cls(**_summary(evaluation))


class EvaluationOut(EvaluationSummaryOut):
    """An evaluation at its latest revision; a draft is scored as it stands."""

    answers: list[AnswerOut]
    comment: str | None

    @classmethod
    def whole(cls, evaluation: Evaluation) -> Self:
        return cls(**_summary(evaluation), answers=evaluation.answers, comment=evaluation.comment)


class RevisionOut(ScoreOut):
    """One revision, as it was submitted."""

    number: int
    author_id: UUID
    why: str | None = Field(description="Why it was revised; null for the first revision.")
    comment: str | None
    created_at: Utc
    answers: list[AnswerOut]

    @classmethod
    def of(cls, revision: Revision) -> Self:
        return cls(
            **_worth(revision.worth),
            number=revision.number,
            author_id=revision.author_id,
            why=revision.why,
            comment=revision.comment,
            created_at=revision.created_at,
            answers=revision.answers,
        )


def _summary(evaluation: EvaluationSummary) -> dict[str, Any]:
    return {
        "id": evaluation.id,
        "call_id": evaluation.call_id,
        "project_id": evaluation.project_id,
        "agent_id": evaluation.agent_id,
        "scorecard_id": evaluation.scorecard_id,
        "scorecard_version": evaluation.scorecard_version,
        "assignment_id": evaluation.assignment_id,
        "verifier_id": evaluation.verifier_id,
        "status": evaluation.status,
        "revision": evaluation.revision,
        "created_at": evaluation.created_at,
        "submitted_at": evaluation.submitted_at,
        **_worth(evaluation.worth or NOTHING),
    }


def _worth(worth: Worth) -> dict[str, Any]:
    return {
        "score": worth.score,
        "score_before_fatal": worth.score_before_fatal,
        "passed": worth.passed,
        "sections": worth.sections,
        "families": worth.families,
        "fatal_items": worth.fatal_items,
    }
