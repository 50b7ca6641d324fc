"""Wire models of the bonus."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from app.analysis import (
    LEAST_EVALUATIONS,
    MAX_MONTHS,
    MAX_PERCENT,
    MAX_STEPS,
    MOST_EVALUATIONS,
    BonusRule,
    Step,
    Terms,
)
from app.api.schemas.common import Number, WireModel, example
from app.platform.clock import YEARS

_STEPS = [
    {"from_score": 0, "percent": 0},
    {"from_score": 75, "percent": 50},
    {"from_score": 85, "percent": 100},
    {"from_score": 92.5, "percent": 120},
]
_TERMS = {"steps": _STEPS, "min_evaluations": 5, "too_few_percent": 100}


def _first_day(text: object) -> date:
    """The first day of the month `2026-11`."""
    if isinstance(text, str) and len(text) == len("2026-11"):
        first = date.fromisoformat(f"{text}-01")
        if first.year in YEARS:
            return first
    raise ValueError(f"must be a month between the years {YEARS.start} and {YEARS.stop - 1}, such as 2026-11")


Month = Annotated[
    date,
    BeforeValidator(_first_day),
    WithJsonSchema({"type": "string", "pattern": r"^\d{4}-\d{2}$", "examples": ["2026-11"]}),
]
Percent = Annotated[Number, Field(ge=0, le=MAX_PERCENT, decimal_places=2)]


class StepIn(WireModel):
    from_score: Annotated[
        Number, Field(ge=0, le=100, decimal_places=2, description="From this lower limit of the score on,")
    ]
    percent: Annotated[Percent, Field(description="the bonus is this percentage.")]


class BonusRuleIn(WireModel):
    model_config = example(_TERMS)

    steps: Annotated[
        list[StepIn],
        Field(
            min_length=1,
            max_length=MAX_STEPS,
            description="They ascend; the first begins at 0. No percentage is below that of the step before.",
        ),
    ]
    min_evaluations: Annotated[
        int,
        Field(
            ge=LEAST_EVALUATIONS,
            le=MOST_EVALUATIONS,
            description="Evaluations in a month that an agent needs; with fewer the outcome is `too_few`.",
        ),
    ]
    too_few_percent: Annotated[
        Percent,
        Field(description="The bonus with too few evaluations: the percentage of one of the steps."),
    ]

    def terms(self) -> Terms:
        steps = tuple(Step(step.from_score, step.percent) for step in self.steps)
        return Terms(steps, self.min_evaluations, self.too_few_percent)


class BonusPreviewIn(BonusRuleIn):
    model_config = example({**_TERMS, "months": ["2026-09", "2026-10"]})

    months: Annotated[list[Month], Field(min_length=1, max_length=MAX_MONTHS)]


class StepOut(BaseModel):
    from_score: Number
    percent: Number


class BonusRuleOut(BaseModel):
    project_id: UUID
    steps: list[StepOut]
    min_evaluations: int
    too_few_percent: Number

    @classmethod
    def of(cls, rule: BonusRule) -> Self:
        return cls(
            project_id=rule.project_id,
            steps=[StepOut(from_score=step.from_score, percent=step.percent) for step in rule.steps],
            min_evaluations=rule.min_evaluations,
            too_few_percent=rule.too_few_percent,
        )
