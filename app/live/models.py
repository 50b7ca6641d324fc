"""The tables of live events: channels, each with the number of its last event, and the events of the last days."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, PrimaryKeyConstraint, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class LiveChannelModel(TenantRow, Base):
    __tablename__ = "live_channels"
    __table_args__ = tenant_table()

    last_number: Mapped[int] = mapped_column(BigInteger)


class LiveEventModel(Base):
    __tablename__ = "live_events"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "channel_id", "number"),
        tenant_key(),
        foreign_key("channel_id", "live_channels"),
        Index("ix_live_events_created_at", "created_at"),
    )

    tenant_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]]
    # Not the time at which the transaction began: within a channel, times ascend as numbers do.
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
