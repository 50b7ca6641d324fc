"""Transcripts of recordings: each channel heard for itself, told as one conversation."""

from app.transcription.formats import to_srt, to_txt, to_vtt
from app.transcription.records import SegmentRecord, TranscriptRecord, TranscriptStatus
from app.transcription.service import (
    CallTranscript,
    NothingToTranscribe,
    TranscriptNotReady,
    get_transcript,
    on_recording_stored,
    request_transcript,
)
from app.transcription.types import Segment

__all__ = [
    "CallTranscript",
    "NothingToTranscribe",
    "Segment",
    "SegmentRecord",
    "TranscriptNotReady",
    "TranscriptRecord",
    "TranscriptStatus",
    "get_transcript",
    "on_recording_stored",
    "request_transcript",
    "to_srt",
    "to_txt",
    "to_vtt",
]
