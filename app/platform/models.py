"""The tenants, to which every other table refers, and the answers kept for `Idempotency-Key`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, LargeBinary, PrimaryKeyConstraint, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, tenant_key


class TenantModel(Base):
    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(Text, unique=True)
    name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class IdempotencyKeyModel(Base):
    __tablename__ = "idempotency_keys"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "principal_id", "key"),
        tenant_key(),
        Index("ix_idempotency_keys_created_at", "created_at"),
    )

    tenant_id: Mapped[UUID]
    principal_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    media_type: Mapped[str | None] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
