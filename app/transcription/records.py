"""Transcripts as the rest of the service sees them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID


class TranscriptStatus(StrEnum):
    NONE = "none"
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TranscriptRecord:
    """One transcription of one recording; `error` says why it failed."""

    id: UUID
    call_id: UUID
    recording_id: UUID
    job_id: UUID
    status: TranscriptStatus
    language: str | None
    model: str | None
    duration_s: Decimal | None
    metrics: dict[str, Any] | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    id: UUID
    channel: int
    speaker: str
    start_s: Decimal
    end_s: Decimal
    text: str
    confidence: Decimal | None
