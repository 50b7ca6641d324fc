"""SQL of transcripts."""

from dataclasses import asdict, replace
from uuid import UUID

from app.platform.database import Row, Session, dumps
from app.platform.database.records import insert_record, read_as
from app.platform.ids import new_id
from app.transcription.models import TranscriptModel
from app.transcription.types import SegmentRecord, Transcript, TranscriptRecord, TranscriptStatus

_READ = """
SELECT id, call_id, recording_id, job_id, status, language, model, duration_s, metrics, error, created_at, finished_at
FROM transcripts
"""
_SEGMENTS = """
SELECT id, transcript_id, position, channel, speaker, start_s, end_s, text, confidence FROM transcript_segments
WHERE transcript_id = :transcript_id ORDER BY position
"""
_SET_STATUS = """
UPDATE transcripts SET status = :status, error = :error, finished_at = CASE WHEN :finished::boolean THEN now() END
WHERE id = :id
"""
_FINISH = """
UPDATE transcripts SET status = 'ready', language = :language, model = :model, duration_s = :duration_s::float8,
    metrics = :metrics, error = NULL, finished_at = now()
WHERE id = :id
"""
_INSERT_SEGMENTS = """
INSERT INTO transcript_segments
    (tenant_id, id, transcript_id, position, channel, speaker, start_s, end_s, text, confidence)
SELECT :tenant_id, s.id, :transcript_id, s.position, s.channel, s.speaker, s.start_s, s.end_s, s.text, s.confidence
FROM unnest(:ids::uuid[], :positions::int[], :channels::int[], :speakers::text[], :starts::float8[], :ends::float8[],
    :texts::text[], :confidences::float8[])
    AS s (id, position, channel, speaker, start_s, end_s, text, confidence)
"""


async def insert_transcript(session: Session, transcript: TranscriptRecord) -> None:
    await insert_record(session, TranscriptModel, transcript)


async def latest_of_call(session: Session, call_id: UUID) -> TranscriptRecord | None:
    row = await session.fetch_optional(f"{_READ} WHERE call_id = :call_id ORDER BY id DESC LIMIT 1", call_id=call_id)
    return None if row is None else _record(row)


async def by_id(session: Session, transcript_id: UUID) -> TranscriptRecord | None:
    row = await session.fetch_optional(f"{_READ} WHERE id = :id", id=transcript_id)
    return None if row is None else _record(row)


async def set_status(
    session: Session, transcript_id: UUID, status: TranscriptStatus, *, error: str | None = None
) -> None:
    finished = status is TranscriptStatus.FAILED
    await session.execute(_SET_STATUS, id=transcript_id, status=status, error=error, finished=finished)


async def store(session: Session, transcript_id: UUID, transcript: Transcript) -> None:
    """Write a finished transcript with its segments."""
    await session.execute(
        _FINISH,
        id=transcript_id,
        language=transcript.language,
        model=transcript.model,
        duration_s=transcript.duration_s,
        metrics=dumps(asdict(transcript.metrics)),
    )
    segments = transcript.segments
    await session.execute(
        _INSERT_SEGMENTS,
        tenant_id=session.tenant_id,
        transcript_id=transcript_id,
        ids=[new_id() for _ in segments],
        positions=[segment.id for segment in segments],
        channels=[segment.channel for segment in segments],
        speakers=[str(segment.speaker) for segment in segments],
        starts=[segment.start_s for segment in segments],
        ends=[segment.end_s for segment in segments],
        texts=[segment.text for segment in segments],
        confidences=[segment.confidence for segment in segments],
    )


async def segments_of(session: Session, transcript_id: UUID) -> list[SegmentRecord]:
    return [read_as(SegmentRecord, row) for row in await session.fetch_all(_SEGMENTS, transcript_id=transcript_id)]


def _record(row: Row) -> TranscriptRecord:
    return replace(read_as(TranscriptRecord, row), status=TranscriptStatus(row.status))
