"""Tables of evaluations.

A draft keeps its answers in a document that may change. Submitting writes revision 1 and its answers, which
never change; a correction is another revision. The latest revision is the one that counts.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


class EvaluationModel(TenantRow, Base):
    __tablename__ = "evaluations"
    __table_args__ = tenant_table(
        foreign_key("call_id", "calls"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("assignment_id", "assignments"),
        foreign_key("verifier_id", "users"),
        # One evaluation an assignment, and one a verifier and call, except abandoned ones: a retry cannot double it.
        Index(
            "uq_evaluations_assignment",
            "tenant_id",
            "assignment_id",
            unique=True,
            postgresql_where=text("status <> 'abandoned'"),
        ),
        Index(
            "uq_evaluations_verifier",
            "tenant_id",
            "call_id",
            "scorecard_id",
            "verifier_id",
            unique=True,
            postgresql_where=text("status <> 'abandoned'"),
        ),
        Index("ix_evaluations_agent", "tenant_id", "agent_id", "submitted_at"),
        Index("ix_evaluations_project", "tenant_id", "project_id", "submitted_at"),
        Index("ix_evaluations_verifier", "tenant_id", "verifier_id", "id"),
        CheckConstraint("status IN ('draft', 'submitted', 'abandoned')", name="status"),
        CheckConstraint("(draft IS NOT NULL) = (status IN ('draft', 'abandoned'))", name="draft"),
        CheckConstraint("(submitted_at IS NOT NULL) = (status = 'submitted')", name="submitted_at"),
        CheckConstraint("(abandoned_at IS NOT NULL) = (status = 'abandoned')", name="abandoned_at"),
    )

    call_id: Mapped[UUID]
    project_id: Mapped[UUID]
    agent_id: Mapped[UUID | None]
    scorecard_id: Mapped[UUID]
    scorecard_version_id: Mapped[UUID]
    assignment_id: Mapped[UUID | None]
    verifier_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(Text)
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    submitted_at: Mapped[datetime | None]
    # When its assignment was taken over, while it was a draft.
    abandoned_at: Mapped[datetime | None]


class EvaluationRevisionModel(TenantRow, Base):
    __tablename__ = "evaluation_revisions"
    __table_args__ = tenant_table(
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("author_id", "users"),
        # The tenant comes last: with it first, a planner without statistics cannot tell this index from the primary key
        # when it checks the foreign key of an answer, and may walk all the tenant's revisions for each.
        UniqueConstraint("evaluation_id", "number", "tenant_id"),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("kind IN ('correction', 'dispute', 'calibration')", name="kind"),
        CheckConstraint("score BETWEEN 0 AND 100", name="score"),
        CheckConstraint("score_before_fatal BETWEEN score AND 100", name="score_before_fatal"),
        CheckConstraint("agent_score BETWEEN 0 AND 100", name="agent_score"),
        CheckConstraint("process_loss BETWEEN 0 AND 100 - score", name="process_loss"),
        CheckConstraint("score IS NOT NULL OR num_nonnulls(agent_score, process_loss) = 0", name="scores"),
        CheckConstraint("error_count BETWEEN 0 AND applicable_count", name="error_count"),
    )

    evaluation_id: Mapped[UUID]
    number: Mapped[int]
    author_id: Mapped[UUID]
    why: Mapped[str | None] = mapped_column(Text)
    # Null for the first revision, and for corrections that were made before there were other kinds.
    kind: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    # Null, although there is a score, in revisions that the release before wrote during an upgrade.
    agent_score: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    process_loss: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    score_before_fatal: Mapped[Decimal | None] = mapped_column(Numeric(5, 2))
    passed: Mapped[bool | None]
    sections: Mapped[list[Any]] = mapped_column(JSONB)
    families: Mapped[dict[str, Any]] = mapped_column(JSONB)
    fatal_items: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # How many of its answers are applicable, and how many are errors: an agent's history is summed from these.
    applicable_count: Mapped[int]
    error_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class AnswerModel(Base):
    __tablename__ = "answers"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "revision_id", "position"),
        tenant_key(),
        foreign_key("revision_id", "evaluation_revisions"),
        ForeignKeyConstraint(["tenant_id", "segment_id"], ["transcript_segments.tenant_id", "transcript_segments.id"]),
        CheckConstraint("fault IN ('agent', 'process', 'customer', 'unclear')", name="fault"),
        CheckConstraint("NOT is_error OR fault IS NOT NULL", name="error_has_fault"),
        CheckConstraint("credit BETWEEN 0 AND 1", name="credit"),
        CheckConstraint("at_s >= 0", name="at_s"),
        Index("ix_answers_segment", "tenant_id", "segment_id", postgresql_where=text("segment_id IS NOT NULL")),
    )

    tenant_id: Mapped[UUID]
    revision_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(SmallInteger)
    item: Mapped[str] = mapped_column(Text)
    # As it was given: "good", "bad", "na", a whole number or an option's key.
    value: Mapped[str] = mapped_column(Text)
    # Null where the item does not apply; the exact credit may be a third, so reports use `is_error`.
    credit: Mapped[Decimal | None] = mapped_column(Numeric(9, 8))
    is_error: Mapped[bool]
    fault: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    at_s: Mapped[Decimal | None] = mapped_column(Numeric(10, 3))
    segment_id: Mapped[UUID | None]
