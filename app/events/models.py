"""Tables of the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Identity,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class EventModel(TenantRow, Base):
    __tablename__ = "events"
    __table_args__ = tenant_table(
        Index("ix_events_subject", "tenant_id", "subject_id", "id"),
        Index("ix_events_type", "tenant_id", "type", "id"),
    )

    type: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime]
    actor_kind: Mapped[str] = mapped_column(Text)
    actor_id: Mapped[UUID | None]
    request_id: Mapped[str | None] = mapped_column(Text)
    subject_type: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class UnsealedEventModel(Base):
    """An event that has no seal yet. `place` is the order in which events are recorded."""

    __tablename__ = "unsealed_events"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "place"), tenant_key())

    tenant_id: Mapped[UUID]
    place: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    event_id: Mapped[UUID]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class EventSealModel(TenantRow, Base):
    """A batch of sealed events: their Merkle root, chained to the batch before."""

    __tablename__ = "event_seals"
    __table_args__ = tenant_table(UniqueConstraint("tenant_id", "number"))

    number: Mapped[int]
    sealed_at: Mapped[datetime]
    events: Mapped[int]
    root: Mapped[bytes]
    previous_root: Mapped[bytes]
    chained_root: Mapped[bytes]


class EventSealEntryModel(Base):
    """The place of one event in the sealed order."""

    __tablename__ = "event_seal_entries"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "seal_id", "position"),
        UniqueConstraint("tenant_id", "event_id"),
        tenant_key(),
        foreign_key("seal_id", "event_seals"),
        ForeignKeyConstraint(["tenant_id", "event_id"], ["events.tenant_id", "events.id"]),
    )

    tenant_id: Mapped[UUID]
    seal_id: Mapped[UUID]
    position: Mapped[int]
    event_id: Mapped[UUID]
    digest: Mapped[bytes]


class EventBacklogModel(Base):
    """A tenant with sealed events that some consumer has not consumed: batches from `first_batch` to `last_batch`."""

    __tablename__ = "event_backlogs"
    __table_args__ = (PrimaryKeyConstraint("tenant_id"), tenant_key())

    tenant_id: Mapped[UUID]
    first_batch: Mapped[int]
    last_batch: Mapped[int]


class EventCursorModel(Base):
    """How far a consumer has come in a tenant's journal, and whether it fails there."""

    __tablename__ = "event_cursors"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "consumer"), tenant_key())

    tenant_id: Mapped[UUID]
    consumer: Mapped[str] = mapped_column(Text)
    next_batch: Mapped[int]
    next_position: Mapped[int]
    failures: Mapped[int]
    retry_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)


class EventFailureModel(Base):
    """An event that a consumer gave up."""

    __tablename__ = "event_failures"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "consumer", "event_id"),
        tenant_key(),
        foreign_key("event_id", "events"),
    )

    tenant_id: Mapped[UUID]
    consumer: Mapped[str] = mapped_column(Text)
    event_id: Mapped[UUID]
    failed_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(Text)
