"""Tables of checked errors, of the decisions about double scorings, and of fault checks."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, PrimaryKeyConstraint, Text, UniqueConstraint, Uuid
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table

_COUNTS = sql("superseded_at IS NULL")


class CheckedErrorModel(TenantRow, Base):
    """An error whose fault was decided by more than its scorer. It counts until a later decision supersedes it."""

    __tablename__ = "checked_errors"
    __table_args__ = tenant_table(
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("decided_by", "users"),
        Index("ix_checked_errors_source", "source_id", "tenant_id", postgresql_where=_COUNTS),
        Index("ix_checked_errors_evaluation", "evaluation_id", "tenant_id", postgresql_where=_COUNTS),
        Index(
            "ix_checked_errors_item",
            "tenant_id",
            "scorecard_id",
            "item",
            "decided_at",
            "id",
            postgresql_where=_COUNTS,
        ),
        CheckConstraint("source IN ('double_score', 'fault_check', 'calibration')", name="source"),
        CheckConstraint("verdict IN ('agent', 'process', 'customer', 'unclear', 'no_error')", name="verdict"),
        CheckConstraint("by_chance = (inclusion_prob_e12 IS NOT NULL)", name="by_chance"),
        CheckConstraint("inclusion_prob_e12 BETWEEN 1 AND 1000000000000", name="inclusion_prob"),
    )

    source: Mapped[str] = mapped_column(Text)
    # The double scoring, the fault check, or what a session decided about.
    source_id: Mapped[UUID]
    call_id: Mapped[UUID]
    scorecard_id: Mapped[UUID]
    scorecard_version_id: Mapped[UUID]
    item: Mapped[str] = mapped_column(Text)
    # Whose error it is. Null for an error of no evaluation, such as one that a session found.
    evaluation_id: Mapped[UUID | None]
    verdict: Mapped[str] = mapped_column(Text)
    # The answer that was decided: a text or a number. Null where only the fault was asked for.
    value: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    # Whether chance picked the call or the evaluation for the check, and with what probability, in trillionths.
    by_chance: Mapped[bool]
    inclusion_prob_e12: Mapped[int | None] = mapped_column(BigInteger)
    comment: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
    superseded_at: Mapped[datetime | None]


class DoubleScoreDecisionModel(TenantRow, Base):
    """A third person's decision about a double scoring. The one with the highest number counts."""

    __tablename__ = "double_score_decisions"
    __table_args__ = tenant_table(
        foreign_key("record_evaluation_id", "evaluations"),
        foreign_key("second_evaluation_id", "evaluations"),
        foreign_key("decided_by", "users"),
        UniqueConstraint("subject_id", "number", "tenant_id"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("(number = 1) = (why IS NULL)", name="why"),
    )

    # Groups the two assignments.
    subject_id: Mapped[UUID]
    number: Mapped[int]
    record_evaluation_id: Mapped[UUID]
    second_evaluation_id: Mapped[UUID]
    answers: Mapped[list[Any]] = mapped_column(JSONB)
    comment: Mapped[str | None] = mapped_column(Text)
    # Why an earlier decision was corrected.
    why: Mapped[str | None] = mapped_column(Text)
    # The revision of the evaluation of record that was made with it.
    revision: Mapped[int | None]
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]


class FaultCheckModel(TenantRow, Base):
    """An evaluation with errors that was drawn for a fault check."""

    __tablename__ = "fault_checks"
    __table_args__ = tenant_table(
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("revision_id", "evaluation_revisions"),
        foreign_key("draw_id", "draws"),
        foreign_key("plan_id", "sampling_plans"),
        foreign_key("project_id", "projects"),
        foreign_key("call_id", "calls"),
        foreign_key("checker_id", "users"),
        UniqueConstraint("evaluation_id", "tenant_id"),
        Index("ix_fault_checks_checker", "tenant_id", "checker_id", "id"),
        Index("ix_fault_checks_draw", "draw_id", "tenant_id"),
        Index("ix_fault_checks_call", "call_id", "tenant_id"),
        Index(
            "ix_fault_checks_open", "tenant_id", "id", postgresql_where=sql("done_at IS NULL AND expired_at IS NULL")
        ),
        CheckConstraint("inclusion_prob_e12 BETWEEN 1 AND 1000000000000", name="inclusion_prob"),
        CheckConstraint("obstacle IN ('scoring_open', 'nobody_eligible')", name="obstacle"),
        CheckConstraint(
            "num_nulls(checker_id, given_at) IN (0, 2) AND (checker_id IS NULL) = (obstacle IS NOT NULL)",
            name="given",
        ),
        CheckConstraint("done_at IS NULL OR (checker_id IS NOT NULL AND expired_at IS NULL)", name="done"),
    )

    evaluation_id: Mapped[UUID]
    # The first submission, whose errors are checked whatever becomes of the evaluation.
    revision_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    plan_id: Mapped[UUID]
    project_id: Mapped[UUID]
    call_id: Mapped[UUID]
    # The agent of the call when it was drawn, and when it was evaluated.
    agent_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    inclusion_prob_e12: Mapped[int] = mapped_column(BigInteger)
    drawn_at: Mapped[datetime]
    checker_id: Mapped[UUID | None]
    # Why it has no checker.
    obstacle: Mapped[str | None] = mapped_column(Text)
    given_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    # It was not done in time: nonresponse.
    expired_at: Mapped[datetime | None]


class FaultCheckRevealModel(Base):
    """The seed of a draw's fault checks is public from then on."""

    __tablename__ = "fault_check_reveals"
    __table_args__ = (PrimaryKeyConstraint("tenant_id", "draw_id"), tenant_key(), foreign_key("draw_id", "draws"))

    tenant_id: Mapped[UUID]
    draw_id: Mapped[UUID]
    revealed_at: Mapped[datetime]
