"""What several wire models share."""

import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import available_timezones

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from app.platform.clock import YEARS, is_storable

T = TypeVar("T")

# Names that mean another zone on another machine, or none.
_NO_ZONES = {"localtime", "posixrules", "Factory"}
_ZONES = frozenset(available_timezones() - _NO_ZONES)


class WireModel(BaseModel):
    """A body that is sent to us: an unknown field is an error, and so is a number that is not finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ProgressOut(BaseModel):
    """How far long work is."""

    done: float
    total: float
    unit: str = Field(examples=["audio seconds"])


def example(fields: dict[str, Any]) -> ConfigDict:
    """The documented example of a body."""
    return ConfigDict(json_schema_extra={"examples": [fields]})


class PageOf(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page; null on the last.")


def require_storable(text: str) -> str:
    """PostgreSQL cannot store these, and no honest text has them."""
    if "\x00" in text:
        raise ValueError("must not contain the NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("must not contain half of a surrogate pair") from error
    return text


def _one_line(text: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in text):
        raise ValueError("must be one line, without line breaks, tabs and other control characters")
    return text


def _known_zone(name: str) -> str:
    if name not in _ZONES:
        raise ValueError("is not a time zone of the IANA database")
    return name


def _as_time(value: Any, read: ValidatorFunctionWrapHandler) -> datetime:
    try:
        at: datetime = read(value)
    except ValidationError as error:
        raise ValueError("must be a time with its offset from UTC, such as 2026-12-01T10:00:00+03:00") from error
    return at


def _in_utc(at: datetime) -> datetime:
    if not is_storable(at):
        raise ValueError(f"must lie between the years {YEARS.start} and {YEARS.stop - 1}")
    return at.astimezone(UTC)


Text = Annotated[str, StringConstraints(max_length=20_000), AfterValidator(require_storable)]
# Names stand in lists, subjects of e-mails and calendars, where a line has one line.
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(require_storable),
    AfterValidator(_one_line),
]
Key = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(require_storable)]
Timezone = Annotated[str, AfterValidator(_known_zone), Field(examples=["Europe/Moscow"])]
_AS_RFC_3339 = PlainSerializer(lambda at: at.isoformat().replace("+00:00", "Z"), return_type=str, when_used="json")
# A time that is sent to us.
Utc = Annotated[AwareDatetime, WrapValidator(_as_time), AfterValidator(_in_utc), _AS_RFC_3339]
# A time that we answer. It is not checked again: a window may end after the last time that can be sent.
UtcOut = Annotated[AwareDatetime, _AS_RFC_3339]
# Exact inside, a plain JSON number outside.
Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
