"""Tables of evaluations. A submitted evaluation, its revisions and their answers never change."""

from alembic import op

from migrations.tables import (
    DAY,
    FLAG,
    ID,
    INTEGER,
    JSON,
    SCORE,
    SECONDS,
    SHARE,
    SMALL,
    TEXT,
    TEXTS,
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
from migrations.tenancy import create_refusal, freeze

revision = "20261128_evaluations_tables"
down_revision = "20261128_assignments_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_evaluations()
    create_evaluation_revisions()
    create_answers()
    create_agent_error_tallies()


def downgrade() -> None:
    drop_tables("agent_error_tallies", "answers", "evaluation_revisions", "evaluations")
    op.execute("DROP FUNCTION refuse_change_of_submitted")


def create_evaluations() -> None:
    create_tenant_table(
        "evaluations",
        required("call_id", ID),
        required("project_id", ID),
        optional("agent_id", ID),
        required("scorecard_id", ID),
        required("scorecard_version_id", ID),
        optional("assignment_id", ID),
        required("verifier_id", ID),
        required("status", TEXT),
        optional("draft", JSON),
        required("version", INTEGER),
        time_of_insert("created_at"),
        optional("submitted_at", TIME),
        foreign_key("call_id", "calls"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("assignment_id", "assignments"),
        foreign_key("verifier_id", "users"),
        unique("tenant_id", "assignment_id"),
        unique("tenant_id", "call_id", "scorecard_id", "verifier_id"),
        check("status", "status IN ('draft', 'submitted')"),
    )
    op.create_index("ix_evaluations_agent", "evaluations", ["tenant_id", "agent_id", "submitted_at"])
    op.create_index("ix_evaluations_project", "evaluations", ["tenant_id", "project_id", "submitted_at"])
    create_refusal("refuse_change_of_submitted", "'a submitted evaluation never changes'")
    freeze("evaluations", when="OLD.status = 'submitted'", function="refuse_change_of_submitted")


def create_evaluation_revisions() -> None:
    create_tenant_table(
        "evaluation_revisions",
        required("evaluation_id", ID),
        required("number", INTEGER),
        required("author_id", ID),
        optional("why", TEXT),
        optional("comment", TEXT),
        optional("score", SCORE),
        optional("score_before_fatal", SCORE),
        optional("passed", FLAG),
        required("sections", JSON),
        required("families", JSON),
        required("fatal_items", TEXTS),
        time_of_insert("created_at"),
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("author_id", "users"),
        unique("evaluation_id", "number", "tenant_id"),
        append_only=True,
    )


def create_answers() -> None:
    create_tenant_table(
        "answers",
        required("revision_id", ID),
        required("position", SMALL),
        required("item", TEXT),
        required("value", TEXT),
        optional("credit", SHARE),
        required("is_error", FLAG),
        optional("fault", TEXT),
        optional("reason", TEXT),
        optional("comment", TEXT),
        optional("at_s", SECONDS),
        optional("segment_id", ID),
        foreign_key("revision_id", "evaluation_revisions"),
        foreign_key("segment_id", "transcript_segments"),
        check("fault", "fault IN ('agent', 'process', 'customer', 'unclear')"),
        check("error_has_fault", "NOT is_error OR fault IS NOT NULL"),
        key=("revision_id", "position"),
        append_only=True,
    )


def create_agent_error_tallies() -> None:
    create_tenant_table(
        "agent_error_tallies",
        required("agent_id", ID),
        required("project_id", ID),
        required("day", DAY),
        required("evaluations", INTEGER),
        required("applicable", INTEGER),
        required("errors", INTEGER),
        required("agent_errors", INTEGER),
        foreign_key("agent_id", "agents"),
        foreign_key("project_id", "projects"),
        key=("agent_id", "project_id", "day"),
    )
