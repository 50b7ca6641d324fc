"""SQL of transcripts."""

from dataclasses import asdict, replace
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.ids import new_id
from app.platform.records import insert_record, read_as, tenant_of
from app.platform.sql import driver_sql
from app.transcription.models import TranscriptModel, TranscriptSegmentModel
from app.transcription.records import SegmentRecord, TranscriptRecord, TranscriptStatus
from app.transcription.types import Transcript

_INSERT_SEGMENTS = """
INSERT INTO transcript_segments
    (tenant_id, id, transcript_id, position, channel, speaker, start_s, end_s, text, confidence)
SELECT $1, s.id, $2, s.position, s.channel, s.speaker, s.start_s, s.end_s, s.text, s.confidence
FROM unnest($3::uuid[], $4::int[], $5::int[], $6::text[], $7::float8[], $8::float8[], $9::text[], $10::float8[])
    AS s(id, position, channel, speaker, start_s, end_s, text, confidence)
"""


async def insert_transcript(session: AsyncSession, transcript: TranscriptRecord) -> None:
    await insert_record(session, TranscriptModel, transcript)


async def latest_of_call(session: AsyncSession, call_id: UUID) -> TranscriptRecord | None:
    query = select(TranscriptModel).where(TranscriptModel.call_id == call_id).order_by(TranscriptModel.id.desc())
    row = await session.scalar(query.limit(1))
    return None if row is None else _record(row)


async def by_id(session: AsyncSession, transcript_id: UUID) -> TranscriptRecord | None:
    row = await session.scalar(select(TranscriptModel).where(TranscriptModel.id == transcript_id))
    return None if row is None else _record(row)


async def set_status(
    session: AsyncSession, transcript_id: UUID, status: TranscriptStatus, *, error: str | None = None
) -> None:
    statement = update(TranscriptModel).where(TranscriptModel.id == transcript_id)
    finished = func.now() if status is TranscriptStatus.FAILED else None
    await session.execute(statement.values(status=status, error=error, finished_at=finished))


async def store(session: AsyncSession, transcript_id: UUID, transcript: Transcript) -> None:
    """Write a finished transcript: its head and all its segments."""
    statement = update(TranscriptModel).where(TranscriptModel.id == transcript_id)
    await session.execute(
        statement.values(
            status=TranscriptStatus.READY,
            language=transcript.language,
            model=transcript.model,
            duration_s=transcript.duration_s,
            metrics=asdict(transcript.metrics),
            error=None,
            finished_at=func.now(),
        )
    )
    segments = transcript.segments
    await driver_sql(
        session,
        _INSERT_SEGMENTS,
        tenant_of(session),
        transcript_id,
        [new_id() for _ in segments],
        [segment.id for segment in segments],
        [segment.channel for segment in segments],
        [str(segment.speaker) for segment in segments],
        [segment.start_s for segment in segments],
        [segment.end_s for segment in segments],
        [segment.text for segment in segments],
        [segment.confidence for segment in segments],
    )


async def segments_of(session: AsyncSession, transcript_id: UUID) -> list[SegmentRecord]:
    query = (
        select(TranscriptSegmentModel)
        .where(TranscriptSegmentModel.transcript_id == transcript_id)
        .order_by(TranscriptSegmentModel.position)
    )
    return [read_as(SegmentRecord, row) for row in await session.scalars(query)]


def _record(row: TranscriptModel) -> TranscriptRecord:
    return replace(read_as(TranscriptRecord, row), status=TranscriptStatus(row.status))
