"""Calibration sessions: their calls, participants, proposed times, blind scores and consensus."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    FLAG,
    ID,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)

revision = "20261128_calibration_sessions"
down_revision = "20261128_calibration_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_sessions()
    create_calls()
    create_participants()
    create_presence()
    create_scores()
    create_consensus()
    create_time_options()
    create_votes()


def downgrade() -> None:
    drop_tables(
        "calibration_votes",
        "calibration_time_options",
        "calibration_consensus",
        "calibration_scores",
        "calibration_presence",
        "calibration_participants",
        "calibration_calls",
        "calibration_sessions",
    )


def create_sessions() -> None:
    create_tenant_table(
        "calibration_sessions",
        required("name", TEXT),
        optional("project_id", ID),
        required("scorecard_id", ID),
        required("scorecard_version_id", ID),
        optional("draw_id", ID),
        required("state", TEXT),
        optional("scheduled_at", TIME),
        required("duration_min", INTEGER),
        optional("place", TEXT),
        required("hide_agent", FLAG),
        required("see_others", TEXT),
        optional("reference_user_id", ID),
        optional("reference_evaluation_id", ID),
        required("sequence", INTEGER),
        required("created_by", ID),
        time_of_insert("created_at"),
        optional("opened_at", TIME),
        optional("revealed_at", TIME),
        optional("closed_at", TIME),
        optional("cancelled_at", TIME),
        required("reopenings", JSON),
        optional("reminded_at", TIME),
        required("version", INTEGER),
        foreign_key("project_id", "projects"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("draw_id", "draws"),
        foreign_key("reference_user_id", "users"),
        foreign_key("reference_evaluation_id", "evaluations"),
        foreign_key("created_by", "users"),
        check("state", "state IN ('arranging', 'open', 'revealed', 'closed', 'cancelled')"),
        check("see_others", "see_others IN ('after_submit', 'after_reveal')"),
        check("reference", "num_nonnulls(reference_user_id, reference_evaluation_id) < 2"),
        system={"SELECT": ("run_schedules",)},
    )
    op.create_index(
        "ix_calibration_sessions_scheduled",
        "calibration_sessions",
        ["scheduled_at"],
        postgresql_where=sa.text("state IN ('arranging', 'open') AND reminded_at IS NULL"),
    )


def create_calls() -> None:
    create_tenant_table(
        "calibration_calls",
        required("session_id", ID),
        required("call_id", ID),
        required("position", INTEGER),
        optional("inclusion_prob_e12", BIG),
        foreign_key("session_id", "calibration_sessions"),
        foreign_key("call_id", "calls"),
        key=("session_id", "call_id"),
    )
    op.create_index("ix_calibration_calls_call", "calibration_calls", ["tenant_id", "call_id"])


def create_participants() -> None:
    create_tenant_table(
        "calibration_participants",
        required("session_id", ID),
        optional("user_id", ID),
        optional("guest_id", ID),
        required("name", TEXT),
        required("email", TEXT),
        optional("timezone", TEXT),
        required("role", TEXT),
        required("added_at", TIME),
        optional("invited_at", TIME),
        optional("withdrawn_at", TIME),
        foreign_key("session_id", "calibration_sessions"),
        foreign_key("user_id", "users"),
        foreign_key("guest_id", "guests"),
        unique("tenant_id", "session_id", "id"),
        unique("tenant_id", "session_id", "email"),
        check("one_person", "num_nonnulls(user_id, guest_id) < 2"),
    )
    for column in ("user", "guest"):
        name = f"ix_calibration_participants_{column}"
        op.create_index(name, "calibration_participants", ["tenant_id", f"{column}_id"])


def of_session(table: str, *columns: str) -> sa.ForeignKeyConstraint:
    """A foreign key to a row of the same session."""
    own = ["tenant_id", "session_id", columns[0]]
    return sa.ForeignKeyConstraint(own, [f"{table}.{name}" for name in ("tenant_id", "session_id", columns[-1])])


def create_presence() -> None:
    create_tenant_table(
        "calibration_presence",
        required("session_id", ID),
        required("participant_id", ID),
        required("stream_id", ID),
        required("present_until", TIME),
        of_session("calibration_participants", "participant_id", "id"),
        key=("session_id", "participant_id", "stream_id"),
    )


def create_scores() -> None:
    create_tenant_table(
        "calibration_scores",
        required("session_id", ID),
        required("participant_id", ID),
        required("call_id", ID),
        required("answers", JSON),
        optional("comment", TEXT),
        required("complete", FLAG),
        optional("submitted_at", TIME),
        required("blind", FLAG),
        optional("blind_answers", JSON),
        required("version", INTEGER),
        of_session("calibration_participants", "participant_id", "id"),
        of_session("calibration_calls", "call_id"),
        key=("session_id", "participant_id", "call_id"),
    )


def create_consensus() -> None:
    create_tenant_table(
        "calibration_consensus",
        required("session_id", ID),
        required("call_id", ID),
        required("id", ID),
        required("answers", JSON),
        optional("comment", TEXT),
        required("decided_by", ID),
        required("decided_at", TIME),
        optional("evaluation_id", ID),
        required("version", INTEGER),
        unique("tenant_id", "id"),
        of_session("calibration_calls", "call_id"),
        foreign_key("decided_by", "users"),
        foreign_key("evaluation_id", "evaluations"),
        key=("session_id", "call_id"),
    )


def create_time_options() -> None:
    create_tenant_table(
        "calibration_time_options",
        required("session_id", ID),
        required("starts_at", TIME),
        foreign_key("session_id", "calibration_sessions"),
        unique("tenant_id", "session_id", "starts_at"),
        unique("tenant_id", "session_id", "id"),
    )


def create_votes() -> None:
    create_tenant_table(
        "calibration_votes",
        required("session_id", ID),
        required("option_id", ID),
        required("participant_id", ID),
        required("answer", TEXT),
        of_session("calibration_participants", "participant_id", "id"),
        of_session("calibration_time_options", "option_id", "id"),
        check("answer", "answer IN ('yes', 'if_needed', 'no')"),
        key=("option_id", "participant_id"),
    )
