"""Tables of sampling. A draw, its frame and its selections never change once written."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base, TenantRow, foreign_key, tenant_key, tenant_table


class SamplingPlanModel(TenantRow, Base):
    __tablename__ = "sampling_plans"
    __table_args__ = tenant_table(
        foreign_key("project_id", "projects"),
        foreign_key("scorecard_id", "scorecards"),
        CheckConstraint("window_kind IN ('day', 'week', 'month')", name="window_kind"),
        CheckConstraint("mode IN ('rate', 'quota')", name="mode"),
        CheckConstraint("(mode = 'rate') = (rate IS NOT NULL)", name="rate"),
        CheckConstraint("(mode = 'quota') = (quota_per_agent IS NOT NULL)", name="quota"),
    )

    name: Mapped[str] = mapped_column(Text)
    project_id: Mapped[UUID]
    scorecard_id: Mapped[UUID]
    window_kind: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(Text)
    rate: Mapped[Decimal | None] = mapped_column(Numeric(9, 8))
    rate_override_reason: Mapped[str | None] = mapped_column(Text)
    quota_per_agent: Mapped[int | None]
    floor_per_agent: Mapped[int]
    eligibility: Mapped[dict[str, Any]] = mapped_column(JSONB)
    size: Mapped[dict[str, Any]] = mapped_column(JSONB)
    double_score_rate: Mapped[Decimal] = mapped_column(Numeric(9, 8))
    verifier_daily_capacity: Mapped[int | None]
    active: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class SamplingPlanVerifierModel(Base):
    __tablename__ = "sampling_plan_verifiers"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "plan_id", "user_id"),
        tenant_key(),
        foreign_key("plan_id", "sampling_plans"),
        foreign_key("user_id", "users"),
    )

    tenant_id: Mapped[UUID]
    plan_id: Mapped[UUID]
    user_id: Mapped[UUID]


class DrawModel(TenantRow, Base):
    __tablename__ = "draws"
    __table_args__ = tenant_table(
        foreign_key("plan_id", "sampling_plans"),
        UniqueConstraint("tenant_id", "plan_id", "window_start", "part"),
    )

    plan_id: Mapped[UUID]
    window_start: Mapped[date]
    # 0 is the window's own draw; 1, 2 … are supplementary draws of calls that came late.
    part: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    frame_size: Mapped[int]
    sample_size: Mapped[int]
    frame_digest: Mapped[bytes]
    seed_commitment: Mapped[bytes]
    seed: Mapped[bytes]
    # Never given out: it tells who scores what, and what is scored twice.
    assignment_seed: Mapped[bytes]
    # The plan's parameters as they were when the draw was made.
    parameters: Mapped[dict[str, Any]] = mapped_column(JSONB)
    drawn_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DrawStratumModel(Base):
    __tablename__ = "draw_strata"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id", "agent_id"),
        tenant_key(),
        foreign_key("draw_id", "draws"),
        foreign_key("agent_id", "agents"),
    )

    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    calls: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    # Expected selections, in trillionths.
    expected: Mapped[int] = mapped_column(BigInteger)
    selected: Mapped[int]


class FrameCallModel(Base):
    """One call of a frozen frame, with the size and inclusion probability it had in the draw."""

    __tablename__ = "frame_calls"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id", "call_id"),
        tenant_key(),
        foreign_key("draw_id", "draws"),
        foreign_key("call_id", "calls"),
        ForeignKeyConstraint(
            ["tenant_id", "draw_id", "agent_id"],
            ["draw_strata.tenant_id", "draw_strata.draw_id", "draw_strata.agent_id"],
        ),
    )

    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    call_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    size: Mapped[int] = mapped_column(BigInteger)
    # Inclusion probability, in trillionths.
    inclusion: Mapped[int] = mapped_column(BigInteger)


class SelectionModel(TenantRow, Base):
    __tablename__ = "selections"
    __table_args__ = tenant_table(
        ForeignKeyConstraint(
            ["tenant_id", "draw_id", "call_id"],
            ["frame_calls.tenant_id", "frame_calls.draw_id", "frame_calls.call_id"],
        ),
        UniqueConstraint("tenant_id", "draw_id", "call_id"),
        Index("ix_selections_call", "tenant_id", "call_id"),
    )

    draw_id: Mapped[UUID]
    call_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    position: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    inclusion: Mapped[int] = mapped_column(BigInteger)
    signals: Mapped[list[Any]] = mapped_column(JSONB)


class AssignmentModel(TenantRow, Base):
    """A selected call given to a verifier. It is done when a submitted evaluation names it: that is not stored."""

    __tablename__ = "assignments"
    __table_args__ = tenant_table(
        foreign_key("selection_id", "selections"),
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("verifier_id", "users"),
        UniqueConstraint("tenant_id", "selection_id", "place"),
        Index("ix_assignments_verifier", "tenant_id", "verifier_id", "id"),
        Index("ix_assignments_call", "tenant_id", "call_id"),
    )

    selection_id: Mapped[UUID]
    call_id: Mapped[UUID]
    scorecard_id: Mapped[UUID]
    verifier_id: Mapped[UUID]
    # 1 is the scoring of record; 2 is the blind second scoring.
    place: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    skipped_at: Mapped[datetime | None]
    skip_reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
