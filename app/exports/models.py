"""The table of exports. The files lie in the object store."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.exports.types import ExportFormat, ExportState
from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table

_FORMATS = ", ".join(f"'{one}'" for one in ExportFormat)
_STATES = ", ".join(f"'{one}'" for one in ExportState)


class ExportModel(TenantRow, Base):
    __tablename__ = "exports"
    __table_args__ = tenant_table(
        foreign_key("requested_by", "users"),
        Index("ix_exports_files", "state", "expires_at", postgresql_where=text("files_removed_at IS NULL")),
        CheckConstraint(f"format IN ({_FORMATS})", name="format"),
        CheckConstraint(f"state IN ({_STATES})", name="state"),
        CheckConstraint(
            "state <> 'ready' OR num_nulls(snapshot_at, row_count, size_bytes, sha256, storage_key, expires_at) = 0",
            name="ready",
        ),
        CheckConstraint("(finished_at IS NULL) = (state IN ('queued', 'running'))", name="finished"),
    )

    tables: Mapped[list[str]] = mapped_column(ARRAY(Text))
    everything: Mapped[bool]
    format: Mapped[str] = mapped_column(Text)
    recordings: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    requested_by: Mapped[UUID]
    # Not a foreign key: the export stays when its finished job is removed.
    job_id: Mapped[UUID]
    # Each attempt writes an object of its own.
    attempts: Mapped[int] = mapped_column(default=0)
    snapshot_at: Mapped[datetime | None]
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[bytes | None]
    storage_key: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    files_removed_at: Mapped[datetime | None]
