"""The table of kept figures. All of it can be computed again."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, tenant_table


class ReportFigureModel(TenantRow, Base):
    __tablename__ = "report_figures"
    __table_args__ = tenant_table(
        UniqueConstraint("tenant_id", "report", "question_digest"),
        Index("ix_report_figures_age", "computed_at"),
        Index("ix_report_figures_newest", "tenant_id", "computed_at", "id"),
        CheckConstraint("change_reason IN ('inputs', 'method')", name="change_reason"),
        CheckConstraint(
            "num_nulls(change_reason, previous_input_digest, previous_computed_at) IN (0, 3)", name="changed"
        ),
    )

    report: Mapped[str] = mapped_column(Text)
    # Report, filters and period; the digest is the SHA-256 of their JSON.
    question: Mapped[dict[str, Any]]
    question_digest: Mapped[str] = mapped_column(Text)
    method: Mapped[str] = mapped_column(Text)
    input_digest: Mapped[str] = mapped_column(Text)
    # Text: jsonb would write numbers in another way than they were written.
    figures: Mapped[str] = mapped_column(Text)
    value: Mapped[float | None] = mapped_column(Double)
    computed_at: Mapped[datetime]
    previous_value: Mapped[float | None] = mapped_column(Double)
    previous_input_digest: Mapped[str | None] = mapped_column(Text)
    previous_computed_at: Mapped[datetime | None]
    change_reason: Mapped[str | None] = mapped_column(Text)
