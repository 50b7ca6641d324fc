"""Tables of scorecards and their versions. A published version never changes."""

import sqlalchemy as sa
from alembic import op

from migrations.tables import (
    ID,
    INTEGER,
    JSON,
    SCORE,
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
from migrations.tenancy import create_refusal, create_view, freeze

revision = "20261128_scorecards_tables"
down_revision = "20261128_transcription_tables"
branch_labels = None
depends_on = None

# The latest published version of each scorecard that has one.
PUBLISHED_VERSIONS = """
SELECT v.tenant_id, v.scorecard_id, v.id, v.number, v.passing_score, v.published_at
FROM scorecard_versions v
WHERE v.status = 'published' AND NOT EXISTS (
    SELECT FROM scorecard_versions later
    WHERE later.tenant_id = v.tenant_id AND later.scorecard_id = v.scorecard_id AND later.number > v.number
      AND later.status = 'published'
)
"""


def upgrade() -> None:
    create_scorecards()
    create_scorecard_versions()
    create_refusal("refuse_change_of_published", "'a published scorecard version never changes'")
    freeze("scorecard_versions", when="OLD.status = 'published'", function="refuse_change_of_published")
    create_view("published_versions", PUBLISHED_VERSIONS)


def downgrade() -> None:
    op.execute("DROP VIEW published_versions")
    drop_tables("scorecard_versions", "scorecards")
    op.execute("DROP FUNCTION refuse_change_of_published")


def create_scorecards() -> None:
    create_tenant_table(
        "scorecards",
        required("name", TEXT),
        optional("project_id", ID),
        required("version", INTEGER),
        time_of_insert("created_at"),
        foreign_key("project_id", "projects"),
    )


def create_scorecard_versions() -> None:
    create_tenant_table(
        "scorecard_versions",
        required("scorecard_id", ID),
        required("number", INTEGER),
        required("status", TEXT),
        required("passing_score", SCORE),
        required("definition", JSON),
        time_of_insert("created_at"),
        optional("published_at", TIME),
        optional("published_by", ID),
        foreign_key("scorecard_id", "scorecards"),
        foreign_key("published_by", "users"),
        unique("tenant_id", "scorecard_id", "number"),
        check("status", "status IN ('draft', 'published')"),
        check("number", "number > 0"),
        check("passing_score", "passing_score BETWEEN 0 AND 100"),
        check("published_at", "(published_at IS NOT NULL) = (status = 'published')"),
    )
    # At most one draft at a time.
    op.create_index(
        "uq_scorecard_versions_draft",
        "scorecard_versions",
        ["tenant_id", "scorecard_id"],
        unique=True,
        postgresql_where=sa.text("status = 'draft'"),
    )
