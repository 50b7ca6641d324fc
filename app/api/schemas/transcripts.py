"""Wire models of transcripts."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.api.schemas.common import Number
from app.transcription import CallTranscript, TranscriptStatus

Speaker = Literal["agent", "customer", "unknown"]


class SegmentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    channel: int = Field(description="From 0.")
    speaker: Speaker
    start_s: Number
    end_s: Number
    text: str = Field(description="Card numbers are masked.", examples=["Good morning, Harbor Mobile, this is Ann."])
    confidence: Number | None = Field(description="Mean probability of the words, 0…1.")


class TranscriptMetrics(BaseModel):
    """Seconds; null where the speakers cannot be told apart."""

    agent_talk_s: float | None
    customer_talk_s: float | None
    silence_s: float
    overlap_s: float | None
    longest_silence_s: float


class TranscriptOut(BaseModel):
    status: TranscriptStatus
    language: str | None = Field(examples=["en"])
    model: str | None = Field(examples=["whisper-base"])
    duration_s: Number | None
    error: str | None = Field(description="Why it failed.")
    job_id: UUID | None
    segments: list[SegmentOut]
    metrics: TranscriptMetrics | None

    @classmethod
    def of(cls, transcript: CallTranscript) -> "TranscriptOut":
        head = transcript.head
        return cls(
            status=transcript.status,
            language=head.language if head else None,
            model=head.model if head else None,
            duration_s=head.duration_s if head else None,
            error=head.error if head else None,
            job_id=head.job_id if head else None,
            segments=[SegmentOut.model_validate(segment) for segment in transcript.segments],
            metrics=TranscriptMetrics.model_validate(head.metrics) if head and head.metrics else None,
        )
