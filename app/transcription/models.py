"""Tables of transcripts."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, SmallInteger, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table


class TranscriptModel(TenantRow, Base):
    """One transcription of a recording. Asking again makes a new row; the latest one counts."""

    __tablename__ = "transcripts"
    __table_args__ = tenant_table(
        foreign_key("call_id", "calls"),
        foreign_key("recording_id", "recordings"),
        Index("ix_transcripts_call", "tenant_id", "call_id", "id"),
        CheckConstraint("status IN ('queued', 'running', 'ready', 'failed')", name="status"),
    )

    call_id: Mapped[UUID]
    recording_id: Mapped[UUID]
    # Not a foreign key: the transcript stays when the finished job is removed.
    job_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    duration_s: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    metrics: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]


class TranscriptSegmentModel(TenantRow, Base):
    __tablename__ = "transcript_segments"
    __table_args__ = tenant_table(
        foreign_key("transcript_id", "transcripts"), UniqueConstraint("tenant_id", "transcript_id", "position")
    )

    transcript_id: Mapped[UUID]
    position: Mapped[int]
    channel: Mapped[int] = mapped_column(SmallInteger)
    speaker: Mapped[str] = mapped_column(Text)
    start_s: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    end_s: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    text: Mapped[str] = mapped_column(Text)
    confidence: Mapped[Decimal | None] = mapped_column(Numeric(4, 3))
