"""Tables of sampling. The commitment of a draw, the draw, its frame and its selections never change."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    DAY,
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
    time_of_insert,
    unique,
)
from migrations.tenancy import create_refusal

revision = "20261128_sampling_tables"
down_revision = "20261128_assignments_tables"
branch_labels = None
depends_on = None

COMMITTED = (
    "plan_id",
    "window_kind",
    "timezone",
    "window_start",
    "supplement_no",
    "starts_at",
    "ends_at",
    "seed",
    "assignment_seed",
    "seed_commitment",
    "committed_at",
)


def upgrade() -> None:
    create_sampling_plans()
    create_draws()
    create_late_call_searches()
    create_draw_strata()
    create_frame_classes()
    create_selections()


def downgrade() -> None:
    drop_tables("selections", "frame_classes", "draw_strata", "late_call_searches", "draws", "sampling_plans")
    op.execute("DROP FUNCTION refuse_change_of_draw")


def create_sampling_plans() -> None:
    create_tenant_table(
        "sampling_plans",
        required("name", TEXT),
        required("project_id", ID),
        required("scorecard_id", ID),
        required("window_kind", TEXT),
        required("timezone", TEXT),
        required("mode", TEXT),
        optional("rate", SHARE),
        optional("rate_override_reason", TEXT),
        optional("quota_per_agent", INTEGER),
        required("floor_per_agent", INTEGER),
        required("eligibility", JSON),
        required("size", JSON),
        required("double_score_rate", SHARE),
        optional("verifier_daily_capacity", INTEGER),
        required("draw_delay_min", INTEGER),
        required("due_days", INTEGER),
        required("active", FLAG),
        optional("active_since", TIME),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("project_id", "projects"),
        foreign_key("scorecard_id", "scorecards"),
        check("window_kind", "window_kind IN ('day', 'week', 'month')"),
        check("mode", "mode IN ('rate', 'quota')"),
        check("rate", "(mode = 'rate') = (rate IS NOT NULL)"),
        check("quota", "(mode = 'quota') = (quota_per_agent IS NOT NULL)"),
        check("active_since", "active = (active_since IS NOT NULL)"),
        system={"SELECT": ("run_schedules",)},
    )


def create_draws() -> None:
    create_tenant_table(
        "draws",
        required("plan_id", ID),
        required("window_kind", TEXT),
        required("timezone", TEXT),
        required("window_start", DAY),
        required("supplement_no", INTEGER),
        required("starts_at", TIME),
        required("ends_at", TIME),
        required("seed_commitment", BYTES),
        required("seed", BYTES),
        required("assignment_seed", BYTES),
        required("committed_at", TIME),
        optional("frame_size", INTEGER),
        optional("sample_size", INTEGER),
        optional("frame_digest", BYTES),
        optional("parameters", JSON),
        optional("drawn_at", TIME),
        optional("refused_at", TIME),
        optional("failure_reason", TEXT),
        optional("refused_version", INTEGER),
        optional("voided_at", TIME),
        foreign_key("plan_id", "sampling_plans"),
        check("drawn", "num_nulls(frame_size, sample_size, frame_digest, parameters, drawn_at) IN (0, 5)"),
        check("refused", "num_nulls(refused_at, failure_reason, refused_version) IN (0, 3)"),
        check("voided", "voided_at IS NULL OR drawn_at IS NULL"),
        granted="SELECT, INSERT, UPDATE",
        system={"SELECT": ("run_schedules",)},
    )
    op.create_index(
        "uq_draws_window",
        "draws",
        ["tenant_id", "plan_id", "starts_at", "supplement_no"],
        unique=True,
        postgresql_where=sa.text("voided_at IS NULL"),
    )
    op.create_index(
        "ix_draws_open",
        "draws",
        ["tenant_id", "plan_id", "supplement_no", "ends_at"],
        postgresql_where=sa.text("drawn_at IS NULL AND voided_at IS NULL"),
    )
    freeze_draws()


def freeze_draws() -> None:
    """A draw is completed and voided by updates, but its commitment never changes, nor does a draw that is made."""
    create_refusal("refuse_change_of_draw", "'neither a draw nor what was committed to ever changes'")
    op.execute(
        "CREATE TRIGGER drawn BEFORE UPDATE ON draws FOR EACH ROW "
        "WHEN (OLD.drawn_at IS NOT NULL) EXECUTE FUNCTION refuse_change_of_draw()"
    )
    old, new = (", ".join(f"{row}.{name}" for name in COMMITTED) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER committed BEFORE UPDATE ON draws FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION refuse_change_of_draw()"
    )
    op.execute(
        "CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON draws FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def create_late_call_searches() -> None:
    create_tenant_table(
        "late_call_searches",
        required("plan_id", ID),
        required("searched_until", TIME),
        foreign_key("plan_id", "sampling_plans"),
        key=("plan_id",),
    )


def create_draw_strata() -> None:
    create_tenant_table(
        "draw_strata",
        required("draw_id", ID),
        required("agent_id", ID),
        required("calls", INTEGER),
        required("size_e6", BIG),
        required("expected_n_e12", BIG),
        required("selected", INTEGER),
        foreign_key("draw_id", "draws"),
        foreign_key("agent_id", "agents"),
        key=("draw_id", "agent_id"),
        append_only=True,
    )


def create_frame_classes() -> None:
    create_tenant_table(
        "frame_classes",
        required("draw_id", ID),
        required("agent_id", ID),
        required("size_e6", BIG),
        required("call_ids", sa.ARRAY(ID)),
        foreign_key("draw_id", "draws"),
        foreign_key("agent_id", "agents"),
        key=("draw_id", "agent_id", "size_e6"),
        append_only=True,
    )
    # Ids do not compress; trying costs time.
    op.execute("ALTER TABLE frame_classes ALTER call_ids SET STORAGE EXTERNAL")


def create_selections() -> None:
    stratum = ["tenant_id", "draw_id", "agent_id"]
    create_tenant_table(
        "selections",
        required("draw_id", ID),
        required("call_id", ID),
        required("agent_id", ID),
        required("position", INTEGER),
        required("size_e6", BIG),
        required("inclusion_prob_e12", BIG),
        required("started_at", TIME),
        required("signals", JSON),
        sa.ForeignKeyConstraint(stratum, [f"draw_strata.{column}" for column in stratum]),
        foreign_key("call_id", "calls"),
        unique("draw_id", "call_id", "tenant_id"),
        append_only=True,
    )
    op.create_index("ix_selections_call", "selections", ["call_id", "tenant_id"])
