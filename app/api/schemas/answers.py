"""Wire models of answers and scores, wherever a call is scored."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.api.schemas.common import Number, Text, WireModel
from app.scorecards import Criticality, Fault

MAX_ANSWERS = 200
# Keys that are looked up and never stored: a scorecard checks how its keys look.
KnownKey = Annotated[str, Field(max_length=200)]


def _text_or_whole_number(value: Any) -> str | int:
    """Checked before the union is tried, so that a wrong value is one error; `true` is not a number here."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if type(value) is int or (isinstance(value, str) and len(value) <= 200):
        return value
    raise ValueError("must be good, bad, na, a whole number or the key of an option")


AnswerValueModel = Annotated[str | int, BeforeValidator(_text_or_whole_number), Field(examples=["good"])]


class AnswerIn(WireModel):
    """The answer to one item, with whose fault an error was and its evidence."""

    item: Annotated[KnownKey, Field(description="The item's key.", examples=["introduced"])]
    value: AnswerValueModel = Field(description="good, bad, a whole number, an option's key, or na.")
    fault: Fault | None = Field(default=None, description="Whose error it was: needed for every error.")
    reason: KnownKey | None = Field(default=None, description="The key of one of the item's error reasons.")
    comment: Text | None = None
    at_s: float | None = Field(
        default=None,
        ge=0,
        le=1e6,
        allow_inf_nan=False,
        description="Its moment in the recording, in seconds.",
        examples=[41.5],
    )
    segment_id: UUID | None = Field(default=None, description="The segment of the call's transcript that shows it.")


class AnswerOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    item: str
    value: str | int
    fault: Fault | None
    reason: str | None
    comment: str | None
    at_s: float | None
    segment_id: UUID | None


class SectionScoreOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    key: str
    score: Number | None
    score_before_fatal: Number | None


class ScoreOut(BaseModel):
    """The score of a set of answers, 0…100 with two decimals; null where no item counts."""

    model_config = ConfigDict(from_attributes=True)

    score: Number | None = Field(description="What the customer got: every error counts.", examples=[87.5])
    agent_score: Number | None = Field(
        description="The score without the errors of the process, of the customer and of unclear fault, which are "
        "left out like N/A. Null where nothing else counts.",
        examples=[95],
    )
    process_loss: Number | None = Field(
        description="By how many points the score would be higher if every error of the process had full credit.",
        examples=[7.5],
    )
    score_before_fatal: Number | None = Field(examples=[92.5])
    passed: bool | None = Field(description="Whether the score reaches the passing score.")
    sections: list[SectionScoreOut]
    families: dict[Criticality, bool | None] = Field(
        description="Per criticality: whether no item of it is an error; null where none counts."
    )
    fatal_items: list[str] = Field(description="Fatal items that were answered without any credit.")
