"""Wire models of scorecards. A version that is read is a body that can be posted: that is import and export."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas.answers import MAX_ANSWERS, AnswerIn, AnswerValueModel, ScoreOut
from app.api.schemas.common import Key, Name, Number, Text, Utc, UtcOut, WireModel, example
from app.scorecards import (
    AnswerType,
    Criticality,
    Definition,
    Fatal,
    Fault,
    Score,
    Scorecard,
    VersionStatus,
    definition_from_document,
    definition_to_document,
)

MAX_ITEMS = 200
EXAMPLE: dict[str, Any] = {
    "name": "Inbound support",
    "project_id": None,
    "passing_score": 80,
    "sections": [
        {
            "key": "greeting",
            "title": "Greeting",
            "items": [
                {
                    "key": "introduced",
                    "title": "Introduced themselves",
                    "good": "Said name and company",
                    "bad": "Did not",
                    "weight": 100,
                    "answer_type": "binary",
                    "error_reasons": [{"key": "forgot", "label": "Forgot", "default_fault": "agent"}],
                }
            ],
        }
    ],
}

# A draft may still lack a title; publishing asks for one.
Label = Annotated[Text, StringConstraints(max_length=500)]
PassingScore = Annotated[Number, Field(ge=0, le=100, decimal_places=2, examples=[80])]


class Option(WireModel):
    key: Key
    label: Label
    credit: Annotated[Number, Field(ge=0, le=1, max_digits=12, description="Share of the weight it earns.")]


class Condition(WireModel):
    """Shows the item only when another one was answered with one of the values."""

    item: Key
    values: Annotated[list[AnswerValueModel], Field(alias="in", max_length=101)]


class ErrorReason(WireModel):
    key: Key
    label: Label
    default_fault: Fault | None = None


class Item(WireModel):
    key: Key
    title: Label
    good: Text = ""
    bad: Text = ""
    weight: Annotated[Number, Field(ge=0, le=100, max_digits=12, description="Percent.", examples=[3.5])]
    answer_type: AnswerType
    scale_max: Annotated[int, Field(ge=0, le=1000)] | None = None
    options: Annotated[list[Option], Field(max_length=50)] | None = None
    allow_na: bool = False
    criticality: Criticality = Criticality.NONE
    fatal: Fatal = Fatal.NONE
    visible_if: Condition | None = None
    error_reasons: Annotated[list[ErrorReason], Field(max_length=50)] = []


class Section(WireModel):
    key: Key
    title: Label
    items: Annotated[list[Item], Field(max_length=MAX_ITEMS)] = []


def _few_enough(sections: list[Section]) -> list[Section]:
    if sum(len(section.items) for section in sections) > MAX_ITEMS:
        raise ValueError(f"a scorecard has at most {MAX_ITEMS} items")
    return sections


Sections = Annotated[list[Section], Field(max_length=50), AfterValidator(_few_enough)]


class _Contents(WireModel):
    name: Name
    project_id: UUID | None = Field(default=None, description="Null: for calls of every project.")
    passing_score: PassingScore
    sections: Sections = []


class ScorecardIn(_Contents):
    """A new scorecard, or one that was exported: where that came from is read and not used."""

    model_config = example(EXAMPLE)

    scorecard_id: UUID | None = None
    version: int | None = None
    status: VersionStatus | None = None
    published_at: Utc | None = None

    def definition(self) -> Definition:
        return definition_from_document(self.model_dump(include={"sections"}, by_alias=True))


class ScorecardPatch(WireModel):
    model_config = example({"name": "Inbound support", "passing_score": 85})

    name: Name = Field(default="")
    project_id: UUID | None = None
    passing_score: PassingScore = Decimal(0)
    sections: Sections = []

    def changes(self) -> dict[str, object]:
        """What was given, as the service takes it."""
        given = self.model_dump(exclude_unset=True, exclude={"sections"})
        if "sections" in self.model_fields_set:
            given["definition"] = definition_from_document(self.model_dump(include={"sections"}, by_alias=True))
        return given


class ScorecardVersionOut(_Contents):
    """One version, which `POST /v1/scorecards` accepts as it stands."""

    scorecard_id: UUID
    version: int
    status: VersionStatus
    published_at: UtcOut | None

    @classmethod
    def of(cls, scorecard: Scorecard) -> Self:
        return cls(
            **definition_to_document(scorecard.definition),
            name=scorecard.name,
            project_id=scorecard.project_id,
            passing_score=scorecard.passing_score,
            scorecard_id=scorecard.id,
            version=scorecard.number,
            status=scorecard.status,
            published_at=scorecard.published_at,
        )


class ScorecardSummaryOut(BaseModel):
    """A scorecard at its newest version: the draft, where it has one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    project_id: UUID | None
    version: int = Field(validation_alias="number", description="The number of the newest version.")
    status: VersionStatus
    draft_version: int | None
    published_version: int | None = Field(description="The version that calls are scored by.")
    passing_score: Number
    created_at: UtcOut
    published_at: UtcOut | None


class ScorecardOut(ScorecardSummaryOut):
    sections: list[Section]

    @classmethod
    def of(cls, scorecard: Scorecard) -> Self:
        summary = ScorecardSummaryOut.model_validate(scorecard)
        return cls(
            **summary.model_dump(exclude={"version"}),
            number=summary.version,
            **definition_to_document(scorecard.definition),
        )


class ScorePreviewIn(WireModel):
    model_config = example({"answers": [{"item": "introduced", "value": "bad", "fault": "agent", "reason": "forgot"}]})

    answers: Annotated[list[AnswerIn], Field(max_length=MAX_ANSWERS)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="Which version to score by; the newest one unless given."
    )


class ScorePreviewOut(ScoreOut):
    errors: list[str] = Field(description="Items answered with less than full credit.")

    @classmethod
    def of(cls, score: Score, errors: Sequence[str]) -> Self:
        return cls(**vars(score), errors=errors)
