"""Tables of calibration sessions.

Answers stay in one document for each participant and call: they are read whole, compared in memory, and never in SQL.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.database.tables import Base, TenantRow, foreign_key, tenant_key, tenant_table


def _of_participant() -> ForeignKeyConstraint:
    """A participant of the same session."""
    return ForeignKeyConstraint(
        ["tenant_id", "session_id", "participant_id"],
        [f"calibration_participants.{name}" for name in ("tenant_id", "session_id", "id")],
    )


def _of_call() -> ForeignKeyConstraint:
    """A call of the same session."""
    return ForeignKeyConstraint(
        ["tenant_id", "session_id", "call_id"],
        [f"calibration_calls.{name}" for name in ("tenant_id", "session_id", "call_id")],
    )


class CalibrationSessionModel(TenantRow, Base):
    __tablename__ = "calibration_sessions"
    __table_args__ = tenant_table(
        foreign_key("project_id", "projects"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("draw_id", "draws"),
        foreign_key("reference_user_id", "users"),
        foreign_key("reference_evaluation_id", "evaluations"),
        foreign_key("created_by", "users"),
        CheckConstraint("state IN ('arranging', 'open', 'revealed', 'closed', 'cancelled')", name="state"),
        CheckConstraint("see_others IN ('after_submit', 'after_reveal')", name="see_others"),
        CheckConstraint("num_nonnulls(reference_user_id, reference_evaluation_id) < 2", name="reference"),
        # One session at a time comes of a suggestion.
        Index(
            "uq_calibration_sessions_suggestion",
            "tenant_id",
            "suggestion_id",
            unique=True,
            postgresql_where=text("suggestion_id IS NOT NULL AND state IN ('arranging', 'open')"),
        ),
        # Sessions whose participants are to be reminded.
        Index(
            "ix_calibration_sessions_scheduled",
            "scheduled_at",
            postgresql_where=text("state IN ('arranging', 'open') AND reminded_at IS NULL"),
        ),
    )

    name: Mapped[str] = mapped_column(Text)
    project_id: Mapped[UUID | None]
    scorecard_id: Mapped[UUID]
    scorecard_version_id: Mapped[UUID]
    draw_id: Mapped[UUID | None]
    suggestion_id: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    scheduled_at: Mapped[datetime | None]
    duration_min: Mapped[int]
    place: Mapped[str | None] = mapped_column(Text)
    hide_agent: Mapped[bool]
    see_others: Mapped[str] = mapped_column(Text)
    reference_user_id: Mapped[UUID | None]
    reference_evaluation_id: Mapped[UUID | None]
    # RFC 5545 SEQUENCE of its calendar entry.
    sequence: Mapped[int]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    opened_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # When it was opened again, by whom and why.
    reopenings: Mapped[list[Any]]
    reminded_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class CalibrationCallModel(Base):
    __tablename__ = "calibration_calls"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "session_id", "call_id"),
        tenant_key(),
        foreign_key("session_id", "calibration_sessions"),
        foreign_key("call_id", "calls"),
        Index("ix_calibration_calls_call", "tenant_id", "call_id"),
    )

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    call_id: Mapped[UUID]
    position: Mapped[int]
    # With which the call was chosen from the sample of the draw; null where a person has named it.
    inclusion_prob_e12: Mapped[int | None] = mapped_column(BigInteger)


class CalibrationParticipantModel(TenantRow, Base):
    __tablename__ = "calibration_participants"
    __table_args__ = tenant_table(
        foreign_key("session_id", "calibration_sessions"),
        foreign_key("user_id", "users"),
        foreign_key("guest_id", "guests"),
        UniqueConstraint("tenant_id", "session_id", "id"),
        UniqueConstraint("tenant_id", "session_id", "email"),
        Index("ix_calibration_participants_user", "tenant_id", "user_id"),
        Index("ix_calibration_participants_guest", "tenant_id", "guest_id"),
        CheckConstraint("num_nonnulls(user_id, guest_id) < 2", name="one_person"),
    )

    session_id: Mapped[UUID]
    user_id: Mapped[UUID | None]
    guest_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime]
    invited_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class CalibrationPresenceModel(Base):
    """Until when a participant counts as present: a row for each stream of events that the participant follows."""

    __tablename__ = "calibration_presence"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "session_id", "participant_id", "stream_id"),
        tenant_key(),
        _of_participant(),
    )

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    stream_id: Mapped[UUID]
    present_until: Mapped[datetime]


class CalibrationScoreModel(Base):
    __tablename__ = "calibration_scores"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "session_id", "participant_id", "call_id"),
        tenant_key(),
        _of_participant(),
        _of_call(),
    )

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    call_id: Mapped[UUID]
    answers: Mapped[list[Any]]
    comment: Mapped[str | None] = mapped_column(Text)
    complete: Mapped[bool]
    submitted_at: Mapped[datetime | None]
    # Whether it was saved before the first reveal.
    blind: Mapped[bool]
    # The answers that were revealed first, where others took their place afterwards.
    blind_answers: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    version: Mapped[int] = mapped_column(default=1)


class CalibrationConsensusModel(Base):
    __tablename__ = "calibration_consensus"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "session_id", "call_id"),
        tenant_key(),
        UniqueConstraint("tenant_id", "id"),
        _of_call(),
        foreign_key("decided_by", "users"),
        foreign_key("evaluation_id", "evaluations"),
    )

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    call_id: Mapped[UUID]
    # By which the checked errors name it.
    id: Mapped[UUID]
    answers: Mapped[list[Any]]
    comment: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime]
    evaluation_id: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)


class CalibrationTimeOptionModel(TenantRow, Base):
    __tablename__ = "calibration_time_options"
    __table_args__ = tenant_table(
        foreign_key("session_id", "calibration_sessions"),
        UniqueConstraint("tenant_id", "session_id", "starts_at"),
        UniqueConstraint("tenant_id", "session_id", "id"),
    )

    session_id: Mapped[UUID]
    starts_at: Mapped[datetime]


class CalibrationVoteModel(Base):
    __tablename__ = "calibration_votes"
    __table_args__ = (
        PrimaryKeyConstraint("tenant_id", "option_id", "participant_id"),
        tenant_key(),
        _of_participant(),
        ForeignKeyConstraint(
            ["tenant_id", "session_id", "option_id"],
            [f"calibration_time_options.{name}" for name in ("tenant_id", "session_id", "id")],
        ),
        CheckConstraint("answer IN ('yes', 'if_needed', 'no')", name="answer"),
    )

    tenant_id: Mapped[UUID]
    session_id: Mapped[UUID]
    option_id: Mapped[UUID]
    participant_id: Mapped[UUID]
    answer: Mapped[str] = mapped_column(Text)
