"""The events of calls and recordings."""

from dataclasses import dataclass
from uuid import UUID

from typing_extensions import TypedDict

from app.calls.types import Recording
from app.events import DomainEvent


class WrittenCalls(TypedDict):
    """The ids of the calls that a request created and updated, and how many it left as they were."""

    created: list[UUID]
    updated: list[UUID]
    unchanged: int


@dataclass(frozen=True, kw_only=True)
class CallsIngested(DomainEvent):
    """A source sent calls: one, which is the subject, or several at once."""

    name = "calls.ingested"
    subject_type = "call"
    after: WrittenCalls


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecording(Recording):
    """A recording as the journal holds it."""

    recording_id: UUID


@dataclass(frozen=True, kw_only=True)
class RecordingStored(DomainEvent):
    """A call got a recording: its first one, or another in place of it."""

    name = "recording.stored"
    subject_type = "recording"
    after: StoredRecording
