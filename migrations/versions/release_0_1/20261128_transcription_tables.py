"""Tables of transcripts."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    ID,
    INTEGER,
    JSON,
    SECONDS,
    SMALL,
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

revision = "20261128_transcription_tables"
down_revision = "20261128_calls_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_transcripts()
    create_transcript_segments()


def downgrade() -> None:
    drop_tables("transcript_segments", "transcripts")


def create_transcripts() -> None:
    create_tenant_table(
        "transcripts",
        required("call_id", ID),
        required("recording_id", ID),
        required("job_id", ID),
        required("status", TEXT),
        optional("language", TEXT),
        optional("model", TEXT),
        optional("duration_s", SECONDS),
        optional("metrics", JSON),
        optional("error", TEXT),
        time_of_insert("created_at"),
        optional("finished_at", TIME),
        foreign_key("call_id", "calls"),
        foreign_key("recording_id", "recordings"),
        check("status", "status IN ('queued', 'running', 'ready', 'failed')"),
    )
    op.create_index("ix_transcripts_call", "transcripts", ["tenant_id", "call_id", "id"])


def create_transcript_segments() -> None:
    create_tenant_table(
        "transcript_segments",
        required("transcript_id", ID),
        required("position", INTEGER),
        required("channel", SMALL),
        required("speaker", TEXT),
        required("start_s", SECONDS),
        required("end_s", SECONDS),
        required("text", TEXT),
        optional("confidence", sa.Numeric(4, 3)),
        foreign_key("transcript_id", "transcripts"),
        unique("tenant_id", "transcript_id", "position"),
    )
