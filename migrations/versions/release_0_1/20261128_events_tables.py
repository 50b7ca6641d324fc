"""Tables of the journal: events and their seals, which are append-only; events without a seal; consumers' cursors."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    BIG,
    BYTES,
    ID,
    INTEGER,
    JSON,
    TEXT,
    TIME,
    create_tenant_table,
    drop_tables,
    foreign_key,
    optional,
    required,
    time_of_insert,
    unique,
)
from migrations.tenancy import create_refusal

revision = "20261128_events_tables"
down_revision = "20261128_jobs_tables"
branch_labels = None
depends_on = None

# A worker looks for tenants with events to seal or consume, and the metrics for how long they wait.
FOLLOWERS = ("follow_events",)


def upgrade() -> None:
    create_refusal("refuse_change", "'% is append-only', TG_TABLE_NAME")
    create_events()
    create_unsealed_events()
    create_event_seals()
    create_event_seal_entries()
    create_event_backlogs()
    create_event_cursors()
    create_event_failures()


def downgrade() -> None:
    drop_tables("event_failures", "event_cursors", "event_backlogs")
    drop_tables("event_seal_entries", "event_seals", "unsealed_events", "events")
    op.execute("DROP FUNCTION refuse_change")


def create_events() -> None:
    create_tenant_table(
        "events",
        required("type", TEXT),
        required("occurred_at", TIME),
        required("actor_kind", TEXT),
        optional("actor_id", ID),
        optional("request_id", TEXT),
        required("subject_type", TEXT),
        optional("subject_id", ID),
        optional("before", JSON),
        optional("after", JSON),
        append_only=True,
        # A sign-in records its event in the tenant that it finds.
        system={"INSERT": ("sign_in", "create_tenant")},
    )
    op.create_index("ix_events_subject", "events", ["tenant_id", "subject_id", "id"])
    op.create_index("ix_events_type", "events", ["tenant_id", "type", "id"])


def create_unsealed_events() -> None:
    create_tenant_table(
        "unsealed_events",
        required("place", BIG, sa.Identity(always=True)),
        required("event_id", ID),
        time_of_insert("recorded_at"),
        key=("place",),
        # Who records an event in the system scope lists it here too.
        system={"INSERT": ("sign_in", "create_tenant"), "SELECT": FOLLOWERS},
        granted="SELECT, INSERT, DELETE",
    )


def create_event_seals() -> None:
    create_tenant_table(
        "event_seals",
        required("number", INTEGER),
        required("sealed_at", TIME),
        required("events", INTEGER),
        required("root", BYTES),
        required("previous_root", BYTES),
        required("chained_root", BYTES),
        unique("tenant_id", "number"),
        append_only=True,
        system={"SELECT": FOLLOWERS},
    )


def create_event_seal_entries() -> None:
    create_tenant_table(
        "event_seal_entries",
        required("seal_id", ID),
        required("position", INTEGER),
        required("event_id", ID),
        required("digest", BYTES),
        foreign_key("seal_id", "event_seals"),
        foreign_key("event_id", "events"),
        unique("tenant_id", "event_id"),
        key=("seal_id", "position"),
        append_only=True,
    )


def create_event_backlogs() -> None:
    create_tenant_table(
        "event_backlogs",
        required("first_batch", INTEGER),
        required("last_batch", INTEGER),
        key=(),
        system={"SELECT": FOLLOWERS},
    )


def create_event_cursors() -> None:
    create_tenant_table(
        "event_cursors",
        required("consumer", TEXT),
        required("next_batch", INTEGER),
        required("next_position", INTEGER),
        required("failures", INTEGER),
        optional("retry_at", TIME),
        optional("error", TEXT),
        key=("consumer",),
        system={"SELECT": FOLLOWERS},
    )


def create_event_failures() -> None:
    create_tenant_table(
        "event_failures",
        required("consumer", TEXT),
        required("event_id", ID),
        required("failed_at", TIME),
        required("error", TEXT),
        foreign_key("event_id", "events"),
        key=("consumer", "event_id"),
    )
