"""The events of calls and recordings."""

from dataclasses import dataclass
from uuid import UUID

from app.calls.types import Recording
from app.events import DomainEvent


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
