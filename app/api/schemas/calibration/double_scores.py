"""Wire models of double scorings and of the decisions about them."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.answers import MAX_ANSWERS, AnswerOut, AnswerValueModel, KnownKey
from app.api.schemas.common import Number, Text, UtcOut, WireModel, example
from app.api.schemas.sampling import Reason
from app.assignments import AssignmentState
from app.calibration import (
    Adjudication,
    ComparedItem,
    DecidedAnswer,
    DoubleScore,
    DoubleScoreDetail,
    DoubleScoreState,
)
from app.scorecards import Fault
from app.statistics.fixed_point import TRILLION

_EXAMPLE: dict[str, Any] = {
    "answers": [
        {"item": "introduced", "value": "good"},
        {"item": "solved", "value": "bad", "fault": "process", "comment": "The article is missing."},
    ],
    "comment": "Both listened to the wrong offer.",
    "revise": False,
}


class DecidedAnswerIn(WireModel):
    """The answer to one item as a third person decides it."""

    item: Annotated[KnownKey, Field(description="The item's key.", examples=["introduced"])]
    value: AnswerValueModel = Field(description="good, bad, a whole number, an option's key, or na.")
    fault: Fault | None = Field(default=None, description="Whose error it was: needed for every error.")
    reason: KnownKey | None = Field(default=None, description="The key of one of the item's error reasons.")
    comment: Text | None = Field(default=None, description="Why: it becomes a precedent, without names.")


class AdjudicationIn(WireModel):
    model_config = example(_EXAMPLE)

    answers: Annotated[
        list[DecidedAnswerIn],
        Field(
            max_length=MAX_ANSWERS,
            description="Every item that is an error in either scoring, also where both agree, and every item whose "
            "values differ. Other items may be decided too.",
        ),
    ]
    comment: Text | None = None
    why: Reason | None = Field(
        default=None, description="Why an earlier decision is corrected. Only for a double scoring that is decided."
    )
    revise: bool = Field(
        default=False, description="Let the evaluation of record have a revision with the decided answers."
    )

    def adjudication(self) -> Adjudication:
        answers = [DecidedAnswer(**vars(answer)) for answer in self.answers]
        return Adjudication(answers=answers, comment=self.comment, why=self.why, revise=self.revise)


class ScoringOut(BaseModel):
    """One of the two scorings: what became of its assignment, and the evaluation once it is submitted."""

    state: AssignmentState
    verifier_id: UUID | None = Field(description="Null while it waits in the pool.")
    evaluation_id: UUID | None


class DoubleScoreOut(BaseModel):
    """A call that two verifiers score, and neither knows of the other."""

    id: UUID
    state: DoubleScoreState = Field(
        description="`waiting`: not both are submitted. `open`: both are, and nothing is decided. `decided`. "
        "`skipped`: one of the two was skipped, so that there is nothing to compare."
    )
    project_id: UUID
    plan_id: UUID
    draw_id: UUID
    call_id: UUID
    agent_id: UUID = Field(description="The agent of the call when it was drawn.")
    scorecard_id: UUID
    inclusion_probability: float = Field(description="With which probability a second scoring was drawn.")
    record: ScoringOut = Field(description="The scoring of record.")
    second: ScoringOut
    due_at: UtcOut = Field(description="When the later of the two is due.")
    decided_at: UtcOut | None

    @classmethod
    def of(cls, double_score: DoubleScore) -> Self:
        return cls.model_validate(_fields(double_score))


class ScoringDetailOut(BaseModel):
    """A scoring as it was first submitted. Later revisions are not blind: `revisions` counts all."""

    model_config = ConfigDict(from_attributes=True)

    evaluation_id: UUID
    verifier_id: UUID
    scorecard_version: int
    submitted_at: UtcOut
    revisions: int
    score: Number | None
    agent_score: Number | None
    process_loss: Number | None
    comment: str | None


class ComparedItemOut(BaseModel):
    """An item with the answers of both; null where the item was hidden from one of them."""

    item: str
    title: str
    record: AnswerOut | None
    second: AnswerOut | None
    values_differ: bool
    must_be_decided: bool

    @classmethod
    def of(cls, compared: ComparedItem) -> Self:
        return cls(
            item=compared.item.key,
            title=compared.item.title,
            record=None if compared.record is None else AnswerOut.model_validate(compared.record),
            second=None if compared.second is None else AnswerOut.model_validate(compared.second),
            values_differ=compared.values_differ,
            must_be_decided=compared.must_be_decided,
        )


class DecidedAnswerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    item: str
    value: str | int
    fault: Fault | None
    reason: str | None
    comment: str | None


class DecisionOut(BaseModel):
    """A decision. The one with the highest number counts."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    answers: list[DecidedAnswerOut]
    comment: str | None
    why: str | None = Field(description="Why the decision before it was corrected; null for the first.")
    revision: int | None = Field(description="The revision of the evaluation of record that was made with it.")
    decided_by: UUID
    decided_at: UtcOut


class DoubleScoreDetailOut(DoubleScoreOut):
    """A double scoring item by item. Until both are submitted there is nothing to compare."""

    record_scoring: ScoringDetailOut | None
    second_scoring: ScoringDetailOut | None
    agreement: Number | None = Field(
        description="The share of the items whose values are equal, not corrected for chance; null without items."
    )
    items: list[ComparedItemOut]
    decisions: list[DecisionOut] = Field(description="Every decision, the first one first.")

    @classmethod
    def whole(cls, detail: DoubleScoreDetail) -> Self:
        more = {
            "record_scoring": detail.record and ScoringDetailOut.model_validate(detail.record),
            "second_scoring": detail.second and ScoringDetailOut.model_validate(detail.second),
            "agreement": detail.agreement,
            "items": [ComparedItemOut.of(compared) for compared in detail.items],
            "decisions": [DecisionOut.model_validate(decision) for decision in detail.decisions],
        }
        return cls.model_validate(_fields(detail.double_score) | more)


def _fields(double_score: DoubleScore) -> dict[str, Any]:
    fields = {name: getattr(double_score, name) for name in _SAME}
    return fields | {
        "inclusion_probability": double_score.inclusion_prob_e12 / TRILLION,
        "record": _scoring(double_score, "record"),
        "second": _scoring(double_score, "second"),
    }


def _scoring(double_score: DoubleScore, which: str) -> ScoringOut:
    return ScoringOut(**{name: getattr(double_score, f"{which}_{name}") for name in ScoringOut.model_fields})


_SAME = [name for name in DoubleScoreOut.model_fields if name not in {"inclusion_probability", "record", "second"}]
