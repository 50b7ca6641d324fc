"""Tables of calls and their recordings."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table


class CallModel(TenantRow, Base):
    __tablename__ = "calls"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "source", "external_id"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        Index("ix_calls_project_started", "tenant_id", "project_id", "started_at", "id"),
        Index("ix_calls_agent_started", "tenant_id", "agent_id", "started_at"),
        Index("ix_calls_updated", "tenant_id", "project_id", "updated_at"),
        Index("ix_calls_started", "tenant_id", "started_at", "id"),
        CheckConstraint("csat BETWEEN 1 AND 5", name="csat"),
        CheckConstraint("duration_s >= 0", name="duration"),
        CheckConstraint("hold_s >= 0", name="hold"),
        CheckConstraint("direction IN ('inbound', 'outbound')", name="direction"),
    )

    source: Mapped[str] = mapped_column(Text)
    external_id: Mapped[str] = mapped_column(Text)
    project_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    started_at: Mapped[datetime]
    duration_s: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    direction: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(Text)
    hold_s: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    hold_count: Mapped[int | None]
    csat: Mapped[int | None] = mapped_column(SmallInteger)
    complaint: Mapped[bool] = mapped_column(default=False)
    customer_ref: Mapped[str | None] = mapped_column(Text)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    recording_url: Mapped[str | None] = mapped_column(Text)
    channel_roles: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RecordingModel(TenantRow, Base):
    """The recording of a call. Replacing it makes a new row; the latest one counts."""

    __tablename__ = "recordings"
    __table_args__ = tenant_table(
        foreign_key("call_id", "calls"),
        Index("ix_recordings_call", "tenant_id", "call_id", "id"),
        Index("ix_recordings_created", "tenant_id", "created_at"),
    )

    call_id: Mapped[UUID]
    storage_key: Mapped[str] = mapped_column(Text)
    sha256: Mapped[bytes]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(Text)
    container: Mapped[str] = mapped_column(Text)
    codec: Mapped[str] = mapped_column(Text)
    channels: Mapped[int] = mapped_column(SmallInteger)
    sample_rate: Mapped[int]
    duration_s: Mapped[Decimal] = mapped_column(Numeric(10, 3))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
