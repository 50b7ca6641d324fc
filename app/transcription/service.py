"""Asking for transcripts, and reading them."""

from dataclasses import dataclass
from uuid import UUID

from app import calls, events, jobs
from app.events import RecordedEvent
from app.platform import clock
from app.platform.database import Session
from app.platform.errors import Conflict
from app.platform.ids import new_id
from app.transcription import repository
from app.transcription.records import SegmentRecord, TranscriptRecord, TranscriptStatus
from app.transcription.types import Segment, Speaker

JOB = "transcription.run"


class NothingToTranscribe(Conflict):
    code = "no_recording"
    title = "The call has no recording"


class TranscriptNotReady(Conflict):
    code = "transcript_not_ready"
    title = "There is no text yet"


@dataclass(frozen=True, slots=True)
class CallTranscript:
    """The latest transcript of a call and its segments; neither, when none was ever asked for."""

    head: TranscriptRecord | None
    segments: list[SegmentRecord]

    @property
    def status(self) -> TranscriptStatus:
        return self.head.status if self.head else TranscriptStatus.NONE

    @property
    def conversation(self) -> list[Segment]:
        """The segments as they were heard, for the formats that people read."""
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


async def on_recording_stored(session: Session, event: RecordedEvent) -> None:
    """Transcribe a new recording, unless somebody has asked for it already."""
    assert event.after is not None
    call_id, recording_id = UUID(event.after["call_id"]), UUID(event.after["recording_id"])
    latest = await repository.latest_of_call(session, call_id)
    if latest is None or latest.recording_id != recording_id:
        await _queue(session, call_id, recording_id)


async def request_transcript(session: Session, call_id: UUID) -> UUID:
    """The job that transcribes the call's present recording: the one under way, or a new one."""
    call = await calls.get_call(session, call_id)
    if call.recording is None:
        raise NothingToTranscribe(f"the call {call_id} has no recording")
    latest = await repository.latest_of_call(session, call_id)
    under_way = latest is not None and latest.status in (TranscriptStatus.QUEUED, TranscriptStatus.RUNNING)
    if latest is not None and under_way and latest.recording_id == call.recording.id:
        return latest.job_id
    return await _queue(session, call_id, call.recording.id)


async def _queue(session: Session, call_id: UUID, recording_id: UUID) -> UUID:
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
    after = {"call_id": call_id, "recording_id": recording_id, "job_id": job_id}
    await events.record(session, "transcript.queued", subject=("transcript", transcript_id), after=after)
    return job_id


async def get_transcript(session: Session, call_id: UUID) -> CallTranscript:
    await calls.get_call(session, call_id)
    head = await repository.latest_of_call(session, call_id)
    ready = head is not None and head.status is TranscriptStatus.READY
    segments = await repository.segments_of(session, head.id) if head is not None and ready else []
    return CallTranscript(head, segments)
