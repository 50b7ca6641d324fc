"""Tables of assignments: who scores which call until when, and the pools of what waits for a verifier."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    ID,
    INTEGER,
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
from migrations.tenancy import create_view

revision = "20261128_assignments_tables"
down_revision = "20261128_scorecards_tables"
branch_labels = None
depends_on = None

STATUS = """
SELECT *,
    CASE WHEN completed_at IS NOT NULL THEN 'done' WHEN skipped_at IS NOT NULL THEN 'skipped' ELSE 'open' END AS state
FROM assignments
"""
# The only definition of the users who must not score an agent's calls.
CONFLICTS = """
SELECT tenant_id, id AS agent_id, supervisor_id AS user_id FROM agents WHERE supervisor_id IS NOT NULL
UNION ALL
SELECT tenant_id, id AS agent_id, user_id FROM agents WHERE user_id IS NOT NULL
"""


def upgrade() -> None:
    create_pools()
    create_assignments()
    create_view("assignment_status", STATUS)
    create_view("conflicts_of_interest", CONFLICTS)


def downgrade() -> None:
    op.execute("DROP VIEW assignment_status")
    op.execute("DROP VIEW conflicts_of_interest")
    drop_tables("assignments", "assignment_pool_members", "assignment_pools")


def create_pools() -> None:
    create_tenant_table(
        "assignment_pools",
        required("project_id", ID),
        required("name", TEXT),
        foreign_key("project_id", "projects"),
    )
    create_tenant_table(
        "assignment_pool_members",
        required("pool_id", ID),
        required("user_id", ID),
        foreign_key("pool_id", "assignment_pools"),
        foreign_key("user_id", "users"),
        key=("pool_id", "user_id"),
    )


def create_assignments() -> None:
    create_tenant_table(
        "assignments",
        required("pool_id", ID),
        required("project_id", ID),
        required("batch_id", ID),
        required("subject_id", ID),
        required("scoring_round", INTEGER),
        required("double_inclusion_prob_e12", BIG),
        required("agent_id", ID),
        required("call_id", ID),
        required("scorecard_id", ID),
        optional("verifier_id", ID),
        time_of_insert("created_at"),
        required("due_at", TIME),
        optional("claimed_at", TIME),
        optional("skipped_at", TIME),
        optional("skip_reason", TEXT),
        optional("begun_at", TIME),
        optional("completed_at", TIME),
        optional("scoring_id", ID),
        required("version", INTEGER),
        foreign_key("pool_id", "assignment_pools"),
        foreign_key("project_id", "projects"),
        foreign_key("agent_id", "agents"),
        foreign_key("call_id", "calls"),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("verifier_id", "users"),
        unique("subject_id", "scoring_round", "tenant_id"),
        check("scoring_round", "scoring_round >= 1"),
        check("begun", "num_nulls(begun_at, scoring_id) IN (0, 2)"),
        check("completed", "completed_at IS NULL OR begun_at IS NOT NULL"),
        check("done_or_skipped", "completed_at IS NULL OR skipped_at IS NULL"),
        check("skipped", "num_nulls(skipped_at, skip_reason) IN (0, 2)"),
    )
    op.create_index("ix_assignments_verifier", "assignments", ["verifier_id", "due_at", "id", "tenant_id"])
    op.create_index("ix_assignments_due", "assignments", ["tenant_id", "due_at", "id"])
    op.create_index("ix_assignments_batch", "assignments", ["batch_id", "due_at", "id", "tenant_id"])
    op.create_index("ix_assignments_call", "assignments", ["call_id", "tenant_id"])
    in_pool = sa.text("verifier_id IS NULL")
    op.create_index("ix_assignments_pool", "assignments", ["tenant_id", "id"], postgresql_where=in_pool)
