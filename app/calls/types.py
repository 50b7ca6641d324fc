"""The records of calls and recordings."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias
from uuid import UUID

from app.platform.errors import FieldError

CallKey: TypeAlias = tuple[str, str]
"""Source and external id. Rows with the same key are about the same call."""


class NewCall(NamedTuple):
    """A call as a source sends it. A named tuple, not a dataclass: a batch makes thousands of them."""

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
    """What happened to a call that was sent."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Ingested:
    """The outcome for one row: the id of the call, or the errors for which the row was rejected.

    `superseded`: a later row of the same batch is about the same call, and has the outcome.
    """

    status: Ingestion
    id: UUID | None = None
    field_errors: tuple[FieldError, ...] = ()
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
    """A stored call with its latest recording."""

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
    """Which calls a list shows. None does not filter. Calls start from `since` until just before `until`."""

    project_id: UUID | None = None
    agent_id: UUID | None = None
    team_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    complaint: bool | None = None
    csat_max: int | None = None
    tag: str | None = None
    has_recording: bool | None = None
    q: str | None = None
