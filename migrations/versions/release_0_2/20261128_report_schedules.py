"""Tables of scheduled reports, and of what was sent."""

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

revision = "20261128_report_schedules"
down_revision = "20261128_bonus_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_report_schedules()
    create_report_deliveries()


def downgrade() -> None:
    drop_tables("report_deliveries", "report_schedules")


def create_report_schedules() -> None:
    create_tenant_table(
        "report_schedules",
        required("name", TEXT),
        required("owner_id", ID),
        required("report", TEXT),
        required("format", TEXT),
        required("language", TEXT),
        required("locale", TEXT),
        required("bom", FLAG),
        optional("project_id", ID),
        optional("team_id", ID),
        optional("scorecard_id", ID),
        optional("by", TEXT),
        required("period", TEXT),
        required("every", TEXT),
        optional("weekday", INTEGER),
        optional("day", INTEGER),
        required("at", sa.Time()),
        required("timezone", TEXT),
        required("recipients", JSON),
        required("active", FLAG),
        optional("paused_reason", TEXT),
        optional("next_due_at", TIME),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("owner_id", "users"),
        foreign_key("project_id", "projects"),
        foreign_key("team_id", "teams"),
        foreign_key("scorecard_id", "scorecards"),
        check("period", "period IN ('previous_day', 'previous_week', 'previous_month')"),
        check("every", "every IN ('day', 'week', 'month')"),
        check("paused_reason", "paused_reason IN ('owner_inactive', 'owner_may_not_read_reports')"),
        check("weekday", "(every = 'week') = (weekday IS NOT NULL) AND weekday BETWEEN 1 AND 7"),
        check("day", "(every = 'month') = (day IS NOT NULL) AND day BETWEEN 1 AND 31"),
        check("active", "active = (next_due_at IS NOT NULL)"),
        check("paused", "paused_reason IS NULL OR NOT active"),
        system={"SELECT": ("run_schedules",)},
    )
    # What is due is looked for over all tenants.
    waiting = sa.text("next_due_at IS NOT NULL")
    op.create_index("ix_report_schedules_due", "report_schedules", ["next_due_at"], postgresql_where=waiting)


def create_report_deliveries() -> None:
    create_tenant_table(
        "report_deliveries",
        required("schedule_id", ID),
        required("due_at", TIME),
        optional("requested_by", ID),
        required("since", TIME),
        required("until", TIME),
        required("state", TEXT),
        optional("reason", TEXT),
        optional("file_name", TEXT),
        optional("size_bytes", BIG),
        optional("attached", FLAG),
        required("recipients", JSON),
        optional("job_id", ID),
        time_of_insert("created_at"),
        optional("finished_at", TIME),
        foreign_key("schedule_id", "report_schedules", ondelete="CASCADE"),
        foreign_key("requested_by", "users"),
        unique("tenant_id", "schedule_id", "due_at"),
        check("state", "state IN ('queued', 'sent', 'skipped', 'failed')"),
        check("finished", "(state = 'queued') = (finished_at IS NULL)"),
    )
    op.create_index(
        "uq_report_deliveries_queued",
        "report_deliveries",
        ["tenant_id", "schedule_id"],
        unique=True,
        postgresql_where=sa.text("state = 'queued'"),
    )
