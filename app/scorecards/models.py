"""Tables of scorecards. A version is one document: it is validated, published, frozen and read whole."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Numeric, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table


class ScorecardModel(TenantRow, Base):
    __tablename__ = "scorecards"
    __table_args__ = tenant_table(foreign_key("project_id", "projects"))

    name: Mapped[str] = mapped_column(Text)
    project_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ScorecardVersionModel(TenantRow, Base):
    __tablename__ = "scorecard_versions"
    __table_args__ = tenant_table(
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("published_by", "users"),
        UniqueConstraint("tenant_id", "scorecard_id", "number"),
        # At most one draft at a time.
        Index(
            "uq_scorecard_versions_draft",
            "tenant_id",
            "scorecard_id",
            unique=True,
            postgresql_where=text("status = 'draft'"),
        ),
        CheckConstraint("status IN ('draft', 'published')", name="status"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("passing_score BETWEEN 0 AND 100", name="passing_score"),
        CheckConstraint("(published_at IS NOT NULL) = (status = 'published')", name="published_at"),
    )

    scorecard_id: Mapped[UUID]
    number: Mapped[int]
    status: Mapped[str] = mapped_column(Text)
    passing_score: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    published_at: Mapped[datetime | None]
    published_by: Mapped[UUID | None]
