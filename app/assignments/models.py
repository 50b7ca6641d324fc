"""Tables of assignments. The views `assignment_status` and `conflicts_of_interest` are derived (migrations)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class AssignmentPoolModel(TenantRow, Base):
    """The pool of assignments without a verifier, which its members may claim."""

    __tablename__ = "assignment_pools"
    __table_args__ = tenant_table(foreign_key("project_id", "projects"))

    project_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(Text)


class AssignmentPoolMemberModel(Base):
    __tablename__ = "assignment_pool_members"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "pool_id", "user_id"),
        tenant_key(),
        foreign_key("pool_id", "assignment_pools"),
        foreign_key("user_id", "users"),
    )

    tenant_id: Mapped[UUID]
    pool_id: Mapped[UUID]
    user_id: Mapped[UUID]


# Keys of tables that others refer to end with the tenant: where statistics know little of a tenant, all indexes that
# begin with it look alike to the planner of the foreign key checks, and the wrong one may be walked for every row.
class AssignmentModel(TenantRow, Base):
    """A call to be scored by a verifier until a date. Without a verifier it waits in its pool.

    Creators of assignments know the batch and the subject; here both are opaque.
    """

    __tablename__ = "assignments"
    __table_args__ = tenant_table(
        foreign_key("pool_id", "assignment_pools"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("verifier_id", "users"),
        UniqueConstraint("subject_id", "scoring_round", "tenant_id"),
        Index("ix_assignments_verifier", "verifier_id", "due_at", "id", "tenant_id"),
        Index("ix_assignments_due", "tenant_id", "due_at", "id"),
        Index("ix_assignments_batch", "batch_id", "due_at", "id", "tenant_id"),
        Index("ix_assignments_call", "call_id", "tenant_id"),
        # The second scorings: a small part of all assignments.
        Index("ix_assignments_doubles", "tenant_id", "subject_id", postgresql_where=text("scoring_round = 2")),
        Index("ix_assignments_pool", "tenant_id", "id", postgresql_where=text("verifier_id IS NULL")),
        CheckConstraint("scoring_round >= 1", name="scoring_round"),
        CheckConstraint("num_nulls(begun_at, scoring_id) IN (0, 2)", name="begun"),
        CheckConstraint("completed_at IS NULL OR begun_at IS NOT NULL", name="completed"),
        CheckConstraint("completed_at IS NULL OR skipped_at IS NULL", name="done_or_skipped"),
        CheckConstraint("num_nulls(skipped_at, skip_reason) IN (0, 2)", name="skipped"),
    )

    pool_id: Mapped[UUID]
    project_id: Mapped[UUID]
    batch_id: Mapped[UUID]
    # Groups the scoring rounds of one call.
    subject_id: Mapped[UUID]
    # 1 is the scoring of record; 2 is the second, blind scoring.
    scoring_round: Mapped[int]
    # The probability with which a second scoring was drawn, in trillionths.
    double_inclusion_prob_e12: Mapped[int] = mapped_column(BigInteger)
    # The agent of the call when it was assigned.
    agent_id: Mapped[UUID]
    call_id: Mapped[UUID]
    scorecard_id: Mapped[UUID]
    verifier_id: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    due_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    skipped_at: Mapped[datetime | None]
    skip_reason: Mapped[str | None] = mapped_column(Text)
    begun_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    # The evaluation that began it. Evaluations are above this package, so it is no foreign key.
    scoring_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)
