"""Wire models of projects."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Name, Number, Timezone, WireModel, example

Language = Annotated[str, Field(pattern="^[a-z]{2,3}$", description="ISO 639 code.", examples=["ru"])]
Threshold = Annotated[
    Decimal | None,
    Field(
        ge=0,
        le=1,
        decimal_places=3,
        description="A calibration session is suggested where the verifiers' pooled agreement (AC1) is below this; "
        "null: none is.",
        examples=[0.7],
    ),
]


class ProjectIn(WireModel):
    model_config = example(
        {"name": "Cards support", "client_name": "Northern Bank", "timezone": "Europe/Moscow", "language": "ru"}
    )

    name: Annotated[Name, Field(examples=["Cards support"])]
    client_name: Annotated[Name | None, Field(examples=["Northern Bank"])] = None
    timezone: Timezone
    language: Language
    agreement_threshold: Threshold = None


class ProjectPatch(WireModel):
    model_config = example({"client_name": "Northern Bank"})

    name: Name = Field(default="")
    client_name: Name | None = None
    timezone: Timezone = "UTC"
    language: Language = "en"
    agreement_threshold: Threshold = None


class ProjectOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    client_name: str | None
    timezone: str
    language: str
    agreement_threshold: Number | None
