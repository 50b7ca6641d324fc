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
    def of(cls, of_call: CallTranscript) -> "TranscriptOut":
        latest = of_call.transcript
        return cls(
            status=of_call.status,
            language=latest.language if latest else None,
            model=latest.model if latest else None,
            duration_s=latest.duration_s if latest else None,
            error=latest.error if latest else None,
            job_id=latest.job_id if latest else None,
            segments=[SegmentOut.model_validate(segment) for segment in of_call.segments],
            metrics=TranscriptMetrics.model_validate(latest.metrics) if latest and latest.metrics else None,
        )
