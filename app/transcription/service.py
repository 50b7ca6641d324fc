"""Requesting transcripts, and reading them."""

from uuid import UUID

from app import calls, events, jobs
from app.events import RecordedEvent
from app.platform import clock
from app.platform.database import Session
from app.platform.ids import new_id
from app.transcription import repository
from app.transcription.errors import NothingToTranscribe
from app.transcription.events import QueuedTranscript, TranscriptQueued
from app.transcription.types import CallTranscript, TranscriptRecord, TranscriptStatus

JOB = "transcription.run"


async def on_recording_stored(session: Session, event: RecordedEvent) -> None:
    """Transcribe a new recording, unless its transcript is requested already."""
    assert event.after is not None
    call_id, recording_id = UUID(event.after["call_id"]), UUID(event.after["recording_id"])
    latest = await repository.latest_of_call(session, call_id)
    if latest is None or latest.recording_id != recording_id:
        await queue_transcript(session, call_id, recording_id)


async def request_transcript(session: Session, call_id: UUID) -> UUID:
    """The job that transcribes the call's present recording: the one under way, or a new one."""
    call = await calls.get_call(session, call_id)
    if call.recording is None:
        raise NothingToTranscribe(f"the call {call_id} has no recording")
    latest = await repository.latest_of_call(session, call_id)
    under_way = latest is not None and latest.status in (TranscriptStatus.QUEUED, TranscriptStatus.RUNNING)
    if latest is not None and under_way and latest.recording_id == call.recording.id:
        return latest.job_id
    return await queue_transcript(session, call_id, call.recording.id)


async def queue_transcript(session: Session, call_id: UUID, recording_id: UUID) -> UUID:
    """Queue a job that transcribes the recording; the id of the job."""
    transcript_id = new_id()
    job_id = await jobs.enqueue(session, JOB, {"transcript_id": transcript_id})
    queued = TranscriptRecord(
        id=transcript_id,
        call_id=call_id,
        recording_id=recording_id,
        job_id=job_id,
        status=TranscriptStatus.QUEUED,
        language=None,
        model=None,
        duration_s=None,
        metrics=None,
        error=None,
        created_at=clock.now(),
        finished_at=None,
    )
    await repository.insert_transcript(session, queued)
    after = QueuedTranscript(call_id, recording_id, job_id)
    await events.record(session, TranscriptQueued(subject_id=transcript_id, after=after))
    return job_id


async def get_transcript(session: Session, call_id: UUID) -> CallTranscript:
    await calls.get_call(session, call_id)
    transcript = await repository.latest_of_call(session, call_id)
    if transcript is None or transcript.status is not TranscriptStatus.READY:
        return CallTranscript(transcript, [])
    return CallTranscript(transcript, await repository.segments_of(session, transcript.id))
