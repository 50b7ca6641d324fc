"""The events of transcripts."""

from dataclasses import dataclass
from uuid import UUID

from app.events import DomainEvent


@dataclass(frozen=True, slots=True)
class QueuedTranscript:
    call_id: UUID
    recording_id: UUID
    job_id: UUID


@dataclass(frozen=True, kw_only=True)
class TranscriptQueued(DomainEvent):
    """A job was queued that transcribes a recording."""

    name = "transcript.queued"
    subject_type = "transcript"
    after: QueuedTranscript


@dataclass(frozen=True, kw_only=True)
class TranscriptStarted(DomainEvent):
    """A worker began to transcribe a recording."""

    name = "transcript.started"
    subject_type = "transcript"


@dataclass(frozen=True, slots=True)
class ReadyTranscript:
    """`segments` is their number. `notes` tell a reader what is unusual about the transcript."""

    call_id: UUID
    language: str | None
    segments: int
    duration_s: float
    notes: list[str]


@dataclass(frozen=True, kw_only=True)
class TranscriptReady(DomainEvent):
    """A recording was transcribed."""

    name = "transcript.ready"
    subject_type = "transcript"
    after: ReadyTranscript


@dataclass(frozen=True, slots=True)
class FailedTranscript:
    reason: str


@dataclass(frozen=True, kw_only=True)
class TranscriptFailed(DomainEvent):
    """A recording cannot be transcribed, or could not after several attempts."""

    name = "transcript.failed"
    subject_type = "transcript"
    after: FailedTranscript
