"""Tables of scheduled reports."""

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_table
from app.reporting.due_times import Every, RelativePeriod
from app.reporting.types import DeliveryState, PauseReason


def _one_of(column: str, values: Any) -> CheckConstraint:
    names = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({names})", name=column)


class ReportScheduleModel(TenantRow, Base):
    __tablename__ = "report_schedules"
    __table_args__ = tenant_table(
        foreign_key("owner_id", "users"),
        foreign_key("project_id", "projects"),
        foreign_key("team_id", "teams"),
        foreign_key("scorecard_id", "scorecards"),
        Index("ix_report_schedules_due", "next_due_at", postgresql_where=text("next_due_at IS NOT NULL")),
        _one_of("period", RelativePeriod),
        _one_of("every", Every),
        _one_of("paused_reason", PauseReason),
        CheckConstraint("(every = 'week') = (weekday IS NOT NULL) AND weekday BETWEEN 1 AND 7", name="weekday"),
        CheckConstraint("(every = 'month') = (day IS NOT NULL) AND day BETWEEN 1 AND 31", name="day"),
        CheckConstraint("active = (next_due_at IS NOT NULL)", name="active"),
        CheckConstraint("paused_reason IS NULL OR NOT active", name="paused"),
    )

    name: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[UUID]
    report: Mapped[str] = mapped_column(Text)
    format: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(Text)
    locale: Mapped[str] = mapped_column(Text)
    bom: Mapped[bool]
    project_id: Mapped[UUID | None]
    team_id: Mapped[UUID | None]
    scorecard_id: Mapped[UUID | None]
    by: Mapped[str | None] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    every: Mapped[str] = mapped_column(Text)
    weekday: Mapped[int | None]
    day: Mapped[int | None]
    at: Mapped[time]
    timezone: Mapped[str] = mapped_column(Text)
    # Of each: the id of a user; or an address, and the id of who allowed it.
    recipients: Mapped[list[Any]]
    active: Mapped[bool]
    paused_reason: Mapped[str | None] = mapped_column(Text)
    next_due_at: Mapped[datetime | None]
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ReportDeliveryModel(TenantRow, Base):
    """What became of one due time of a schedule. A schedule has one delivery of each."""

    __tablename__ = "report_deliveries"
    __table_args__ = tenant_table(
        foreign_key("schedule_id", "report_schedules", ondelete="CASCADE"),
        foreign_key("requested_by", "users"),
        UniqueConstraint("tenant_id", "schedule_id", "due_at"),
        Index(
            "uq_report_deliveries_queued",
            "tenant_id",
            "schedule_id",
            unique=True,
            postgresql_where=text("state = 'queued'"),
        ),
        _one_of("state", DeliveryState),
        CheckConstraint("(state = 'queued') = (finished_at IS NULL)", name="finished"),
    )

    schedule_id: Mapped[UUID]
    due_at: Mapped[datetime]
    requested_by: Mapped[UUID | None]
    since: Mapped[datetime]
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    file_name: Mapped[str | None] = mapped_column(Text)
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    attached: Mapped[bool | None]
    # Of each: name, user, address, e-mail, and why there is none.
    recipients: Mapped[list[Any]]
    # Not a foreign key: the delivery stays when its finished job is removed.
    job_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]
