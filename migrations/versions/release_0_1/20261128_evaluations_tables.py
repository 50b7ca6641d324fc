"""Tables of evaluations. A submitted evaluation, its revisions and their answers never change."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
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
from migrations.tenancy import create_refusal, create_view, freeze

revision = "20261128_evaluations_tables"
down_revision = "20261128_sampling_tables"
branch_labels = None
depends_on = None

# The latest revision of each submitted evaluation, with the columns of the evaluation that reports join by.
CURRENT_REVISIONS = """
SELECT r.tenant_id, r.evaluation_id, r.id AS revision_id, r.number AS revision, r.author_id, r.comment,
       r.score, r.score_before_fatal, r.passed, r.sections, r.families, r.fatal_items,
       r.applicable_count, r.error_count, r.created_at AS revised_at,
       e.call_id, e.project_id, e.agent_id, e.scorecard_id, e.scorecard_version_id, e.assignment_id, e.verifier_id,
       e.submitted_at
FROM evaluations e
JOIN evaluation_revisions r ON r.tenant_id = e.tenant_id AND r.evaluation_id = e.id
WHERE NOT EXISTS (
    SELECT FROM evaluation_revisions later
    WHERE later.tenant_id = r.tenant_id AND later.evaluation_id = r.evaluation_id AND later.number > r.number
)
"""


def upgrade() -> None:
    create_evaluations()
    create_evaluation_revisions()
    create_answers()
    create_view("current_revisions", CURRENT_REVISIONS)


def downgrade() -> None:
    op.execute("DROP VIEW current_revisions")
    drop_tables("answers", "evaluation_revisions", "evaluations")
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
        optional("abandoned_at", TIME),
        foreign_key("call_id", "calls"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("assignment_id", "assignments"),
        foreign_key("verifier_id", "users"),
        check("status", "status IN ('draft', 'submitted', 'abandoned')"),
        check("draft", "(draft IS NOT NULL) = (status IN ('draft', 'abandoned'))"),
        check("submitted_at", "(submitted_at IS NOT NULL) = (status = 'submitted')"),
        check("abandoned_at", "(abandoned_at IS NOT NULL) = (status = 'abandoned')"),
    )
    for name, *columns in (("assignment", "assignment_id"), ("verifier", "call_id", "scorecard_id", "verifier_id")):
        op.create_index(
            f"uq_evaluations_{name}",
            "evaluations",
            ["tenant_id", *columns],
            unique=True,
            postgresql_where=sa.text("status <> 'abandoned'"),
        )
    op.create_index("ix_evaluations_agent", "evaluations", ["tenant_id", "agent_id", "submitted_at"])
    op.create_index("ix_evaluations_project", "evaluations", ["tenant_id", "project_id", "submitted_at"])
    op.create_index("ix_evaluations_verifier", "evaluations", ["tenant_id", "verifier_id", "id"])
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
        required("applicable_count", INTEGER),
        required("error_count", INTEGER),
        time_of_insert("created_at"),
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("author_id", "users"),
        unique("evaluation_id", "number", "tenant_id"),
        check("number", "number > 0"),
        check("score", "score BETWEEN 0 AND 100"),
        check("score_before_fatal", "score_before_fatal BETWEEN score AND 100"),
        check("error_count", "error_count BETWEEN 0 AND applicable_count"),
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
        check("credit", "credit BETWEEN 0 AND 1"),
        check("at_s", "at_s >= 0"),
        key=("revision_id", "position"),
        append_only=True,
    )
    op.create_index(
        "ix_answers_segment",
        "answers",
        ["tenant_id", "segment_id"],
        postgresql_where=sa.text("segment_id IS NOT NULL"),
    )
