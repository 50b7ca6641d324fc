"""Wire models of projects."""

from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.api.schemas.common import Name, WireModel, example

# Names that mean another zone on another machine, or none.
_NO_ZONES = {"localtime", "posixrules", "Factory"}
_ZONES = frozenset(available_timezones() - _NO_ZONES)


def _known_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not a time zone of the IANA database")
    return name


Timezone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Moscow"])]
Language = Annotated[str, Field(pattern="^[a-z]{2,3}$", description="ISO 639 code.", examples=["ru"])]


class ProjectIn(WireModel):
    model_config = example(
        {"name": "Cards support", "client_name": "Northern Bank", "timezone": "Europe/Moscow", "language": "ru"}
    )

    name: Annotated[Name, Field(examples=["Cards support"])]
    client_name: Annotated[Name | None, Field(examples=["Northern Bank"])] = None
    timezone: Timezone
    language: Language


class ProjectPatch(WireModel):
    model_config = example({"client_name": "Northern Bank"})

    name: Name = Field(default="")
    client_name: Name | None = None
    timezone: Timezone = "UTC"
    language: Language = "en"


class ProjectOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    client_name: str | None
    timezone: str
    language: str
