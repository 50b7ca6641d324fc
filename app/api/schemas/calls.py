"""Wire models of calls and recordings."""

import re
from decimal import Decimal
from operator import attrgetter
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from typing_extensions import TypedDict

from app.api.schemas.common import Key, Number, Text, Utc, UtcOut, WireModel, example, require_storable
from app.api.schemas.identity.projects import Language
from app.calls import Ingestion, NewCall
from app.platform.exact_json import UnusualNumber, write_json

MAX_ROWS = 10_000
MAX_ATTRIBUTE_BYTES = 10_000
MAX_ATTRIBUTE_DEPTH = 100

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_MILLISECOND = Decimal("0.001")


def _storable(attributes: dict[str, Any]) -> dict[str, Any]:
    """What PostgreSQL can keep as jsonb and give back as it came."""
    try:
        text = orjson.dumps(attributes)
    except TypeError:
        # A number of more than 64 bits, or something that cannot be kept.
        _refuse_unstorable(attributes)
        text = write_json(attributes)
    if len(text) > MAX_ATTRIBUTE_BYTES:
        raise ValueError(f"must not be longer than {MAX_ATTRIBUTE_BYTES} bytes of JSON")
    if _NUL.search(text):
        raise ValueError("must not contain the NUL character")
    if text.count(b"{") + text.count(b"[") > MAX_ATTRIBUTE_DEPTH:
        _refuse_unstorable(attributes)
    return attributes


def _refuse_unstorable(value: Any, depth: int = 0) -> None:
    if isinstance(value, str):
        require_storable(value)
    elif isinstance(value, UnusualNumber):
        _refuse_inexact(value)
    elif isinstance(value, dict | list):
        if depth == MAX_ATTRIBUTE_DEPTH:
            raise ValueError(f"must not be nested more than {MAX_ATTRIBUTE_DEPTH} deep")
        for part in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            _refuse_unstorable(part, depth + 1)


def _refuse_inexact(number: UnusualNumber) -> None:
    if not number.is_finite():
        raise ValueError("holds NaN, Infinity or a number out of range")
    raise ValueError(f"holds a number that cannot be kept exactly ({number:.30g}): send it as text")


def _to_millisecond(seconds: Decimal) -> Decimal:
    return seconds.quantize(_MILLISECOND)


Seconds = Annotated[
    Number, Field(ge=0, le=1_000_000, description="Rounded to milliseconds."), AfterValidator(_to_millisecond)
]
Tag = Annotated[Key, StringConstraints(max_length=100)]
HttpsUrl = Annotated[Text, StringConstraints(max_length=2000, pattern=r"^https://[^\s]+$")]
ChannelRole = Literal["agent", "customer"]
Direction = Literal["inbound", "outbound"]

EXAMPLE: dict[str, Any] = {
    "source": "crm",
    "external_id": "42",
    "project_id": "0192f0c1-8a5e-7c3d-9b1a-2f6d5e4c3b2a",
    "agent_external_id": "a-17",
    "started_at": "2026-11-02T09:14:05Z",
    "duration_s": 312,
    "direction": "inbound",
    "language": "ru",
    "hold_s": 45,
    "hold_count": 1,
    "csat": 2,
    "complaint": True,
    "customer_ref": "c-981",
    "tags": ["billing"],
    "attributes": {"queue": "cards"},
    "recording_url": None,
    "channel_roles": ["agent", "customer"],
}


class CallIn(WireModel):
    """A call as its source knows it. Sent again it replaces what was sent before, fields left out included."""

    model_config = example(EXAMPLE)

    source: Annotated[Key, Field(description="The system that the call comes from.")]
    external_id: Annotated[Key, Field(description="The call's id in that system.")]
    project_id: UUID
    agent_external_id: Key | None = None
    started_at: Utc
    duration_s: Seconds
    direction: Direction = "inbound"
    language: Language | None = None
    hold_s: Seconds | None = None
    hold_count: Annotated[int, Field(ge=0, le=100_000)] | None = None
    csat: Annotated[int, Field(ge=1, le=5)] | None = None
    complaint: bool = False
    customer_ref: Key | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] = []
    attributes: Annotated[
        dict[str, Any],
        Field(description="Numbers are kept exactly; those that cannot be are refused."),
        AfterValidator(_storable),
    ] = {}
    recording_url: HttpsUrl | None = None
    channel_roles: (
        Annotated[list[ChannelRole], Field(min_length=1, max_length=2, description="Who speaks on which channel.")]
        | None
    ) = None

    def to_domain(self) -> NewCall:
        return NewCall._make(_fields_of(self))


_fields_of = attrgetter(*NewCall._fields)


class RecordingOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    call_id: UUID
    sha256: str = Field(description="Of the bytes as they were sent, hexadecimal.")
    size_bytes: int
    media_type: str = Field(examples=["audio/wav"])
    container: str = Field(examples=["wav"])
    codec: str = Field(examples=["pcm_alaw"])
    channels: int
    sample_rate: int = Field(examples=[8000])
    duration_s: Number
    created_at: UtcOut


class CallOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    source: str
    external_id: str
    project_id: UUID
    agent_id: UUID | None
    agent_external_id: str | None
    started_at: UtcOut
    duration_s: Number
    direction: Direction
    language: str | None
    hold_s: Number | None
    hold_count: int | None
    csat: int | None
    complaint: bool
    customer_ref: str | None
    tags: list[str]
    attributes: dict[str, Any]
    recording_url: str | None
    channel_roles: list[ChannelRole] | None
    created_at: UtcOut
    updated_at: UtcOut
    recording: RecordingOut | None


class RowError(TypedDict):
    pointer: Annotated[str, Field(description="A JSON pointer into the row.", examples=["/duration_s"])]
    detail: str


class RowOut(TypedDict):
    """The outcome for a row. A dictionary, not a model: an answer may hold thousands."""

    line: Annotated[int, Field(description="The line, or the place in the array, from 1.")]
    status: Ingestion
    id: NotRequired[UUID]
    superseded: NotRequired[Annotated[bool, Field(description="A later row for the same call was written instead.")]]
    errors: NotRequired[list[RowError]]


class BatchOut(BaseModel):
    """The outcome for each row. Bad rows are rejected, good rows are kept."""

    accepted: int
    created: int
    updated: int
    rejected: int
    results: list[RowOut]
