"""The records of transcription: words and speech of a channel, the text of a recording, and what is stored of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000

Audio: TypeAlias = NDArray[np.float32]
"""Samples of one channel at SAMPLE_RATE, within -1…1, shape (n,)."""

Progress: TypeAlias = Callable[[float, float], None]
"""Called with the seconds of audio done and in total."""


class Speaker(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of the recording, in seconds from its beginning."""

    start_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its punctuation and the space before it.

    `probability` is the engine's own, 0…1.
    """

    start_s: float
    end_s: float
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class ChannelTranscript:
    """Words and speech of one channel. Without speech it has no language and no words."""

    language: str | None
    words: tuple[Word, ...]
    speech: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """A passage of one speaker; `id` counts the segments of a transcript from one."""

    id: int
    channel: int
    speaker: Speaker
    start_s: float
    end_s: float
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Metrics:
    """Seconds of talk and silence. None where the speakers cannot be told apart."""

    agent_talk_s: float | None
    customer_talk_s: float | None
    silence_s: float
    overlap_s: float | None
    longest_silence_s: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of a recording. `notes` tell a reader in plain words what is unusual about it."""

    language: str | None
    model: str
    duration_s: float
    segments: tuple[Segment, ...]
    metrics: Metrics
    notes: tuple[str, ...] = ()


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
    """A stored segment."""

    id: UUID
    channel: int
    speaker: str
    start_s: Decimal
    end_s: Decimal
    text: str
    confidence: Decimal | None


@dataclass(frozen=True, slots=True)
class CallTranscript:
    """The latest transcript of a call and its segments; neither, if none was ever asked for."""

    transcript: TranscriptRecord | None
    segments: list[SegmentRecord]

    @property
    def status(self) -> TranscriptStatus:
        return self.transcript.status if self.transcript else TranscriptStatus.NONE

    @property
    def conversation(self) -> list[Segment]:
        """The segments numbered from one, for the formats that people read."""
        return [
            Segment(
                id=number,
                channel=segment.channel,
                speaker=Speaker(segment.speaker),
                start_s=float(segment.start_s),
                end_s=float(segment.end_s),
                text=segment.text,
                confidence=float(segment.confidence or 0),
            )
            for number, segment in enumerate(self.segments, 1)
        ]
