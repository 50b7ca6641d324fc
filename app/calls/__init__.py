"""Calls and their recordings."""

from app.calls.errors import REFUSED_RECORDINGS, DigestMismatch, UploadInterrupted
from app.calls.events import RecordingStored
from app.calls.recordings import get_recording, recording_by_id, store_recording
from app.calls.service import get_call, get_calls, ingest_call, ingest_calls, list_calls
from app.calls.types import Call, CallFilter, Ingested, Ingestion, NewCall, Recording

__all__ = [
    "REFUSED_RECORDINGS",
    "Call",
    "CallFilter",
    "DigestMismatch",
    "Ingested",
    "Ingestion",
    "NewCall",
    "Recording",
    "RecordingStored",
    "UploadInterrupted",
    "get_call",
    "get_calls",
    "get_recording",
    "ingest_call",
    "ingest_calls",
    "list_calls",
    "recording_by_id",
    "store_recording",
]
