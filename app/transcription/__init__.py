"""Transcripts of recordings: the words of each channel, in the order of the conversation."""

from app.transcription.errors import NothingToTranscribe, TranscriptNotReady
from app.transcription.events import TranscriptFailed, TranscriptQueued, TranscriptReady, TranscriptStarted
from app.transcription.formats import to_srt, to_txt, to_vtt
from app.transcription.jobs import TRANSCRIBE, SpeechModel
from app.transcription.service import get_transcript, on_recording_stored, queue_transcript, request_transcript
from app.transcription.types import CallTranscript, Segment, SegmentRecord, TranscriptRecord, TranscriptStatus

__all__ = [
    "TRANSCRIBE",
    "CallTranscript",
    "NothingToTranscribe",
    "Segment",
    "SegmentRecord",
    "SpeechModel",
    "TranscriptFailed",
    "TranscriptNotReady",
    "TranscriptQueued",
    "TranscriptReady",
    "TranscriptRecord",
    "TranscriptStarted",
    "TranscriptStatus",
    "get_transcript",
    "on_recording_stored",
    "queue_transcript",
    "request_transcript",
    "to_srt",
    "to_txt",
    "to_vtt",
]
