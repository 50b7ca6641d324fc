"""The job that transcribes a recording. No transaction is open while the speech model works."""

import asyncio
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from prometheus_client import Counter

from app import calls, events
from app.jobs import JobContext, JobKind, PermanentFailure
from app.platform.database import Session
from app.platform.errors import require_found
from app.platform.settings import Settings
from app.platform.storage import ObjectMissing, ObjectStore
from app.transcription import repository
from app.transcription.errors import UnreadableRecording
from app.transcription.events import (
    FailedTranscript,
    ReadyTranscript,
    TranscriptFailed,
    TranscriptReady,
    TranscriptStarted,
)
from app.transcription.redaction import redacted
from app.transcription.service import JOB
from app.transcription.speech.engine import SpeechEngine
from app.transcription.types import Transcript, TranscriptRecord, TranscriptStatus

log = structlog.get_logger()

AUDIO_SECONDS = Counter("qmt_transcription_audio_seconds_total", "Seconds of recordings transcribed")
WORK_SECONDS = Counter("qmt_transcription_work_seconds_total", "Seconds that transcribing them took")


class SpeechModel:
    """The speech engine of a worker: loaded when it is first needed, once, and kept."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._engine: SpeechEngine | None = None

    def engine(self) -> SpeechEngine:
        with self._lock:
            if self._engine is None:
                self._engine = _load(self._settings)
            return self._engine


def _load(settings: Settings) -> SpeechEngine:
    # Imported here: the API process wires this job too and must not load the speech libraries.
    from app.transcription.speech.weights import resolve_model  # noqa: PLC0415
    from app.transcription.speech.whisper import FasterWhisperEngine  # noqa: PLC0415

    directory = resolve_model(settings.whisper_model, settings.models_dir)
    return FasterWhisperEngine(
        directory, name=f"whisper-{Path(settings.whisper_model).name}", compute_type=settings.whisper_compute_type
    )


async def transcribe(context: JobContext) -> None:
    transcript_id = UUID(context.payload["transcript_id"])
    async with context.begin() as session:
        queued = await _begin(session, transcript_id)
        call = await calls.get_call(session, queued.call_id)
        recording = await calls.recording_by_id(session, queued.recording_id)
    started = asyncio.get_running_loop().time()
    transcript = redacted(await _recognise(context, recording.storage_key, call.channel_roles, call.language))
    async with context.finishing({"transcript_id": str(transcript_id), "call_id": str(queued.call_id)}) as session:
        await repository.store(session, transcript_id, transcript)
        await events.record(
            session, TranscriptReady(subject_id=transcript_id, after=_ready(queued.call_id, transcript))
        )
    AUDIO_SECONDS.inc(transcript.duration_s)
    WORK_SECONDS.inc(asyncio.get_running_loop().time() - started)


async def _begin(session: Session, transcript_id: UUID) -> TranscriptRecord:
    queued = require_found(await repository.by_id(session, transcript_id), "transcript", transcript_id)
    await repository.set_status(session, transcript_id, TranscriptStatus.RUNNING)
    await events.record(session, TranscriptStarted(subject_id=transcript_id))
    return queued


def _ready(call_id: UUID, transcript: Transcript) -> ReadyTranscript:
    return ReadyTranscript(
        call_id=call_id,
        language=transcript.language,
        segments=len(transcript.segments),
        duration_s=transcript.duration_s,
        notes=list(transcript.notes),
    )


async def _recognise(
    context: JobContext, storage_key: str, channel_roles: list[str] | None, language: str | None
) -> Transcript:
    store: ObjectStore = context.resources["store"]
    speech: SpeechModel = context.resources["speech"]

    def report(done_s: float, total_s: float) -> None:
        context.progress(done_s, total_s, "audio seconds")

    def recognise(path: Path) -> Transcript:
        # Imported here, as in `_load`.
        from app.transcription.recording import transcribe_recording  # noqa: PLC0415

        return transcribe_recording(path, speech.engine(), channel_roles, language, report)

    try:
        async with store.local_copy(storage_key) as path:
            return await asyncio.to_thread(recognise, path)
    except UnreadableRecording as error:
        raise PermanentFailure(error.reason) from error
    except ObjectMissing as error:
        raise PermanentFailure("the recording's file is missing from the object store") from error


async def give_up(session: Session, payload: dict[str, Any], reason: str) -> None:
    transcript_id = UUID(payload["transcript_id"])
    await repository.set_status(session, transcript_id, TranscriptStatus.FAILED, error=reason)
    await events.record(session, TranscriptFailed(subject_id=transcript_id, after=FailedTranscript(reason)))


TRANSCRIBE = JobKind(JOB, transcribe, queue="transcription", fair=True, max_attempts=4, on_failure=give_up)
