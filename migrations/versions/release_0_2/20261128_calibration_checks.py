"""Double scorings decided, fault checks, and the errors that were checked."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    FLAG,
    ID,
    INTEGER,
    JSON,
    SHARE,
    TEXT,
    TIME,
    check,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    unique,
)

revision = "20261128_calibration_checks"
down_revision = "20261128_notifications"
branch_labels = None
depends_on = None

UNDECIDED = "done_at IS NULL AND expired_at IS NULL"
COUNTS = "superseded_at IS NULL"


def upgrade() -> None:
    add_kind_of_revisions()
    add_fault_checks_to_sampling()
    in_round_2 = sa.text("scoring_round = 2")
    op.create_index("ix_assignments_doubles", "assignments", ["tenant_id", "subject_id"], postgresql_where=in_round_2)
    create_double_score_decisions()
    create_fault_checks()
    create_fault_check_reveals()
    create_checked_errors()


def downgrade() -> None:
    """Indexes and checks of a column go with it."""
    drop_tables("checked_errors", "fault_check_reveals", "fault_checks", "double_score_decisions")
    op.drop_index("ix_assignments_doubles", "assignments")
    op.drop_column("draws", "fault_check_seed")
    op.drop_column("draws", "fault_check_commitment")
    op.drop_column("sampling_plans", "fault_check_rate")
    op.drop_column("evaluation_revisions", "kind")


def add_kind_of_revisions() -> None:
    """The release before writes revisions without a kind; they are read as corrections."""
    op.add_column("evaluation_revisions", optional("kind", TEXT))
    op.create_check_constraint("kind", "evaluation_revisions", "kind IN ('correction', 'dispute', 'calibration')")


def add_fault_checks_to_sampling() -> None:
    """The release before writes neither column: its plans have no fault checks, and its draws no seed for them."""
    op.add_column("sampling_plans", required("fault_check_rate", SHARE, server_default=sa.text("0")))
    op.create_check_constraint("fault_check_rate", "sampling_plans", "fault_check_rate BETWEEN 0 AND 1")
    op.add_column("draws", optional("fault_check_seed", BYTES))
    op.add_column("draws", optional("fault_check_commitment", BYTES))
    op.create_check_constraint("fault_checks", "draws", "num_nulls(fault_check_seed, fault_check_commitment) IN (0, 2)")
    with_seed = sa.text("fault_check_seed IS NOT NULL")
    op.create_index("ix_draws_fault_checks", "draws", ["drawn_at", "tenant_id"], postgresql_where=with_seed)


def create_double_score_decisions() -> None:
    create_tenant_table(
        "double_score_decisions",
        required("subject_id", ID),
        required("number", INTEGER),
        required("record_evaluation_id", ID),
        required("second_evaluation_id", ID),
        required("answers", JSON),
        optional("comment", TEXT),
        optional("why", TEXT),
        optional("revision", INTEGER),
        required("decided_by", ID),
        required("decided_at", TIME),
        foreign_key("record_evaluation_id", "evaluations"),
        foreign_key("second_evaluation_id", "evaluations"),
        foreign_key("decided_by", "users"),
        unique("subject_id", "number", "tenant_id"),
        check("number", "number >= 1"),
        check("why", "(number = 1) = (why IS NULL)"),
        append_only=True,
    )


def create_fault_checks() -> None:
    create_tenant_table(
        "fault_checks",
        required("evaluation_id", ID),
        required("revision_id", ID),
        required("draw_id", ID),
        required("plan_id", ID),
        required("project_id", ID),
        required("call_id", ID),
        required("agent_ids", sa.ARRAY(ID)),
        required("inclusion_prob_e12", BIG),
        required("drawn_at", TIME),
        optional("checker_id", ID),
        optional("obstacle", TEXT),
        optional("given_at", TIME),
        optional("done_at", TIME),
        optional("expired_at", TIME),
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("revision_id", "evaluation_revisions"),
        foreign_key("draw_id", "draws"),
        foreign_key("plan_id", "sampling_plans"),
        foreign_key("project_id", "projects"),
        foreign_key("call_id", "calls"),
        foreign_key("checker_id", "users"),
        unique("evaluation_id", "tenant_id"),
        check("inclusion_prob", "inclusion_prob_e12 BETWEEN 1 AND 1000000000000"),
        check("obstacle", "obstacle IN ('scoring_open', 'nobody_eligible')"),
        check("given", "num_nulls(checker_id, given_at) IN (0, 2) AND (checker_id IS NULL) = (obstacle IS NOT NULL)"),
        check("done", "done_at IS NULL OR (checker_id IS NOT NULL AND expired_at IS NULL)"),
    )
    op.create_index("ix_fault_checks_checker", "fault_checks", ["tenant_id", "checker_id", "id"])
    op.create_index("ix_fault_checks_draw", "fault_checks", ["draw_id", "tenant_id"])
    op.create_index("ix_fault_checks_call", "fault_checks", ["call_id", "tenant_id"])
    op.create_index("ix_fault_checks_open", "fault_checks", ["tenant_id", "id"], postgresql_where=sa.text(UNDECIDED))


def create_fault_check_reveals() -> None:
    create_tenant_table(
        "fault_check_reveals",
        required("draw_id", ID),
        required("revealed_at", TIME),
        foreign_key("draw_id", "draws"),
        key=("draw_id",),
        append_only=True,
    )


def create_checked_errors() -> None:
    create_tenant_table(
        "checked_errors",
        required("source", TEXT),
        required("source_id", ID),
        required("call_id", ID),
        required("scorecard_id", ID),
        required("scorecard_version_id", ID),
        required("item", TEXT),
        optional("evaluation_id", ID),
        required("verdict", TEXT),
        optional("value", JSON),
        required("by_chance", FLAG),
        optional("inclusion_prob_e12", BIG),
        optional("comment", TEXT),
        required("decided_by", ID),
        required("decided_at", TIME),
        optional("superseded_at", TIME),
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("scorecard_version_id", "scorecard_versions"),
        foreign_key("evaluation_id", "evaluations"),
        foreign_key("decided_by", "users"),
        check("source", "source IN ('double_score', 'fault_check', 'calibration')"),
        check("verdict", "verdict IN ('agent', 'process', 'customer', 'unclear', 'no_error')"),
        check("by_chance", "by_chance = (inclusion_prob_e12 IS NOT NULL)"),
        check("inclusion_prob", "inclusion_prob_e12 BETWEEN 1 AND 1000000000000"),
    )
    for name, columns in {
        "source": ["source_id", "tenant_id"],
        "evaluation": ["evaluation_id", "tenant_id"],
        "item": ["tenant_id", "scorecard_id", "item", "decided_at", "id"],
    }.items():
        op.create_index(f"ix_checked_errors_{name}", "checked_errors", columns, postgresql_where=sa.text(COUNTS))
