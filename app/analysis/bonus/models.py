"""The table of bonus rules."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table


class BonusRuleModel(TenantRow, Base):
    """The steps of a project's bonus."""

    __tablename__ = "bonus_rules"
    __table_args__ = tenant_table(
        foreign_key("project_id", "projects"),
        UniqueConstraint("tenant_id", "project_id"),
        CheckConstraint("min_evaluations >= 2", name="min_evaluations"),
        CheckConstraint("too_few_percent BETWEEN 0 AND 200", name="too_few_percent"),
    )

    project_id: Mapped[UUID]
    # Of each step its score and its percentage, both as texts.
    steps: Mapped[list[Any]]
    min_evaluations: Mapped[int]
    too_few_percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
