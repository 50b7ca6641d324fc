"""The table of jobs: state, attempts, lease and progress. The queue engine has tables of its own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, tenant_table

UNFINISHED = text("state IN ('queued', 'running', 'held')")


class JobModel(TenantRow, Base):
    __tablename__ = "jobs"
    __table_args__ = tenant_table(
        CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'held')", name="state"),
        Index("ix_jobs_unfinished", "tenant_id", "kind", postgresql_where=UNFINISHED),
        Index("uq_jobs_once", "tenant_id", "kind", "once_key", unique=True, postgresql_where=UNFINISHED),
        Index("ix_jobs_retries", "kind", postgresql_where=text("state = 'held'")),
        Index("ix_jobs_finished", "state", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    kind: Mapped[str] = mapped_column(Text)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(Text, default="queued")
    # Equal for jobs of which a tenant has one unfinished at most; none for any other job.
    once_key: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[UUID | None]
    lease_until: Mapped[datetime | None]
    done: Mapped[float | None]
    total: Mapped[float | None]
    unit: Mapped[str | None] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
