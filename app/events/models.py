"""Tables of the journal."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import FetchedValue, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "xid8"


# So that a migrated database can be compared with these models.
ischema_names["xid8"] = Xid8


class EventModel(TenantRow, Base):
    __tablename__ = "events"
    __table_args__ = tenant_table(
        Index("ix_events_subject", "tenant_id", "subject_type", "subject_id"),
        Index("ix_events_xid", "tenant_id", "xid"),
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
    # Which transaction wrote the row: sealing takes only those that no open transaction can precede.
    xid: Mapped[int] = mapped_column(Xid8(), server_default=FetchedValue())


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
    horizon: Mapped[int] = mapped_column(Xid8())


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
