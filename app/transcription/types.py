"""What transcription says: words and speech of a channel, and the transcript of a call."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

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
    """A word as it stands in the text, with its punctuation and the space before it.

    `probability` is the engine's own, 0…1.
    """

    start_s: float
    end_s: float
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class ChannelTranscript:
    """What is said on one channel. Without speech there is no language and there are no words."""

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
    """Seconds of talk and silence. None where nobody can know who spoke."""

    agent_talk_s: float | None
    customer_talk_s: float | None
    silence_s: float
    overlap_s: float | None
    longest_silence_s: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """The transcript of a call; `notes` say in plain words what the reader should know about it."""

    language: str | None
    model: str
    duration_s: float
    segments: tuple[Segment, ...]
    metrics: Metrics
    notes: tuple[str, ...] = ()
