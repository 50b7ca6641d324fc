"""Tables of sampling. The commitment of a draw, the draw, its frame and its selections never change."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class SamplingPlanModel(TenantRow, Base):
    __tablename__ = "sampling_plans"
    __table_args__ = tenant_table(
        foreign_key("project_id", "projects"),
        foreign_key("scorecard_id", "scorecards"),
        CheckConstraint("window_kind IN ('day', 'week', 'month')", name="window_kind"),
        CheckConstraint("mode IN ('rate', 'quota')", name="mode"),
        CheckConstraint("(mode = 'rate') = (rate IS NOT NULL)", name="rate"),
        CheckConstraint("(mode = 'quota') = (quota_per_agent IS NOT NULL)", name="quota"),
        CheckConstraint("active = (active_since IS NOT NULL)", name="active_since"),
        CheckConstraint("fault_check_rate BETWEEN 0 AND 1", name="fault_check_rate"),
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
    fault_check_rate: Mapped[Decimal] = mapped_column(Numeric(9, 8), server_default=text("0"))
    verifier_daily_capacity: Mapped[int | None]
    # Minutes after a window's end, in which late calls may still come in before it is drawn.
    draw_delay_min: Mapped[int]
    due_days: Mapped[int]
    active: Mapped[bool]
    active_since: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DrawModel(TenantRow, Base):
    """A window's draw: written when its seed is committed to, completed when it is made, and frozen from then on."""

    __tablename__ = "draws"
    __table_args__ = tenant_table(
        foreign_key("plan_id", "sampling_plans"),
        Index(
            "uq_draws_window",
            "tenant_id",
            "plan_id",
            "starts_at",
            "supplement_no",
            unique=True,
            postgresql_where=text("voided_at IS NULL"),
        ),
        # What is to be drawn: a few of all draws.
        Index(
            "ix_draws_open",
            "tenant_id",
            "plan_id",
            "supplement_no",
            "ends_at",
            postgresql_where=text("drawn_at IS NULL AND voided_at IS NULL"),
        ),
        Index(
            "ix_draws_fault_checks",
            "drawn_at",
            "tenant_id",
            postgresql_where=text("fault_check_seed IS NOT NULL"),
        ),
        CheckConstraint(
            "num_nulls(frame_size, sample_size, frame_digest, parameters, drawn_at) IN (0, 5)", name="drawn"
        ),
        CheckConstraint("num_nulls(refused_at, failure_reason, refused_version) IN (0, 3)", name="refused"),
        CheckConstraint("voided_at IS NULL OR drawn_at IS NULL", name="voided"),
        CheckConstraint("num_nulls(fault_check_seed, fault_check_commitment) IN (0, 2)", name="fault_checks"),
    )

    plan_id: Mapped[UUID]
    window_kind: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    window_start: Mapped[date]
    # 0 is the window's own draw; 1, 2 … are supplementary draws of calls that came late.
    supplement_no: Mapped[int] = mapped_column(default=0)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    seed_commitment: Mapped[bytes]
    # Published with the draw, and not before.
    seed: Mapped[bytes]
    # Never published: who scores what, and what is scored twice, follows from it.
    assignment_seed: Mapped[bytes]
    committed_at: Mapped[datetime]
    frame_size: Mapped[int | None]
    sample_size: Mapped[int | None]
    frame_digest: Mapped[bytes | None]
    # The plan's parameters as they were when the draw was made.
    parameters: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    drawn_at: Mapped[datetime | None]
    # The seed by which evaluations are drawn for fault checks, and its hash, which is published with the draw. Null
    # where the plan has no fault checks.
    fault_check_seed: Mapped[bytes | None]
    fault_check_commitment: Mapped[bytes | None]
    # Why the draw could not be made when it was due, and the version of the plan that this was tried with.
    refused_at: Mapped[datetime | None]
    failure_reason: Mapped[str | None] = mapped_column(Text)
    refused_version: Mapped[int | None]
    # The windows of the plan changed before this one was drawn.
    voided_at: Mapped[datetime | None]


class LateCallSearchModel(Base):
    """Until when a plan's late calls have been searched for: the next search looks at what was written since."""

    __tablename__ = "late_call_searches"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "plan_id"),
        tenant_key(),
        foreign_key("plan_id", "sampling_plans"),
    )

    tenant_id: Mapped[UUID]
    plan_id: Mapped[UUID]
    searched_until: Mapped[datetime]


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
    size_e6: Mapped[int] = mapped_column(BigInteger)
    expected_n_e12: Mapped[int] = mapped_column(BigInteger)
    selected: Mapped[int]


class FrameClassModel(Base):
    """Calls of one agent that have the same size, ids ascending: a frozen frame consists of such classes.

    A row for each call would take longer to write than the rest of the draw. So the ids are no foreign keys; one
    statement takes them from the calls of the tenant.
    """

    __tablename__ = "frame_classes"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "draw_id", "agent_id", "size_e6"),
        tenant_key(),
        foreign_key("draw_id", "draws"),
        foreign_key("agent_id", "agents"),
    )

    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    size_e6: Mapped[int] = mapped_column(BigInteger)
    call_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


# Keys of tables that others refer to end with the tenant: where statistics know little of a tenant, all indexes that
# begin with it look alike to the planner of the foreign key checks, and the wrong one may be walked for every row.
class SelectionModel(TenantRow, Base):
    __tablename__ = "selections"
    __table_args__ = tenant_table(
        ForeignKeyConstraint(
            ["tenant_id", "draw_id", "agent_id"],
            ["draw_strata.tenant_id", "draw_strata.draw_id", "draw_strata.agent_id"],
        ),
        foreign_key("call_id", "calls"),
        UniqueConstraint("draw_id", "call_id", "tenant_id"),
        Index("ix_selections_call", "call_id", "tenant_id"),
    )

    draw_id: Mapped[UUID]
    call_id: Mapped[UUID]
    agent_id: Mapped[UUID]
    position: Mapped[int]
    size_e6: Mapped[int] = mapped_column(BigInteger)
    inclusion_prob_e12: Mapped[int] = mapped_column(BigInteger)
    # As it was when the call was drawn: estimates keep to it whatever becomes of the call.
    started_at: Mapped[datetime]
    signals: Mapped[list[Any]] = mapped_column(JSONB)
