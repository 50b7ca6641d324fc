"""What several wire models share."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, StringConstraints

T = TypeVar("T")


class WireModel(BaseModel):
    """A body that is sent to us: an unknown field is a fault, not something to be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def example(fields: dict[str, Any]) -> ConfigDict:
    """The documented example of a body."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class PageOf(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


def _storable(text: str) -> str:
    """PostgreSQL cannot store these, and no honest text has them."""
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not contain half of a surrogate pair") from error
    return text


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("lies outside the years that can be stored") from error


Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(_storable)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_storable)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_storable)]
Utc = Annotated[
    AwareDatetime,
    AfterValidator(_in_utc),
    PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str, when_used="json"),
]
# Exact inside, a plain JSON number outside.
Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
