"""What calls and recordings are to the rest of the service."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from app.platform.errors import FieldError

CallKey: TypeAlias = tuple[str, str]
"""Source and external id: what makes two reports the same call."""


class NewCall(NamedTuple):
    """A call as a source reports it. Batches hold thousands, hence a named tuple and not a dataclass."""

    source: str
    external_id: str
    project_id: UUID
    agent_external_id: str | None
    started_at: datetime
    duration_s: Decimal
    direction: str
    language: str | None
    hold_s: Decimal | None
    hold_count: int | None
    csat: int | None
    complaint: bool
    customer_ref: str | None
    tags: list[str]
    attributes: dict[str, Any]
    recording_url: str | None
    channel_roles: list[str] | None

    @property
    def key(self) -> CallKey:
        return self.source, self.external_id


class Ingestion(StrEnum):
    """What became of a reported call."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome of one reported call: its id, or why it was rejected.

    `superseded` is set where a later report of the same batch spoke for the same call; that one carries the outcome.
    """

    status: Ingestion
    id: UUID | None = None
    faults: tuple[FieldError, ...] = ()
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a call; `sha256` is lower-case hexadecimal."""

    id: UUID
    call_id: UUID
    storage_key: str
    sha256: str
    size_bytes: int
    media_type: str
    container: str
    codec: str
    channels: int
    sample_rate: int
    duration_s: Decimal
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it stands, with its present recording."""

    id: UUID
    source: str
    external_id: str
    project_id: UUID
    agent_id: UUID | None
    agent_external_id: str | None
    started_at: datetime
    duration_s: Decimal
    direction: str
    language: str | None
    hold_s: Decimal | None
    hold_count: int | None
    csat: int | None
    complaint: bool
    customer_ref: str | None
    tags: list[str]
    attributes: dict[str, Any]
    recording_url: str | None
    channel_roles: list[str] | None
    created_at: datetime
    updated_at: datetime
    recording: Recording | None


@dataclass(frozen=True, slots=True)
class CallFilter:
    """Which calls a list shows; what is None does not narrow it. Times are `since` ≤ start < `until`.

    `evaluated_by` narrows no list of its own: it is the verifier whose evaluations alone `evaluated` looks at.
    """

    project_id: UUID | None = None
    agent_id: UUID | None = None
    team_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    complaint: bool | None = None
    csat_max: int | None = None
    tag: str | None = None
    has_recording: bool | None = None
    evaluated: bool | None = None
    evaluated_by: UUID | None = None
    q: str | None = None
