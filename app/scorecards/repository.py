"""SQL of scorecards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.platform.database import Session, dumps
from app.platform.database.compat import driver_sql
from app.platform.errors import StaleVersion
from app.platform.pagination import PageRequest
from app.scorecards.definition import from_dict, to_dict
from app.scorecards.scorecard import Scorecard, ScorecardSummary, VersionStatus

_READ = """
SELECT s.id, s.name, s.project_id, s.version, s.created_at,
       v.id AS version_id, v.number, v.status, v.passing_score, v.published_at, v.definition
FROM scorecards s JOIN scorecard_versions v ON v.scorecard_id = s.id
WHERE s.id = $1 AND ($2::int IS NULL OR v.number = $2) ORDER BY v.number DESC LIMIT 1
"""
_LIST = """
SELECT s.id, s.name, s.project_id, s.version, s.created_at,
       v.id AS version_id, v.number, v.status, v.passing_score, v.published_at
FROM scorecards s CROSS JOIN LATERAL (
    SELECT * FROM scorecard_versions WHERE scorecard_id = s.id ORDER BY number DESC LIMIT 1
) AS v
WHERE $1::uuid IS NULL OR s.id > $1 ORDER BY s.id LIMIT $2
"""
_LOCK = "SELECT FROM scorecards WHERE id = $1 FOR UPDATE"
_INSERT = (
    "INSERT INTO scorecards (tenant_id, id, name, project_id, version, created_at) VALUES ($1, $2, $3, $4, $5, $6)"
)
_INSERT_DRAFT = """
INSERT INTO scorecard_versions (tenant_id, id, scorecard_id, number, status, passing_score, definition)
VALUES ($1, $2, $3, $4, 'draft', $5, $6)
"""
_UPDATE = "UPDATE scorecards SET name = $3, project_id = $4, version = version + 1 WHERE id = $1 AND version = $2"
_UPDATE_DRAFT = "UPDATE scorecard_versions SET passing_score = $2, definition = $3 WHERE id = $1 AND status = 'draft'"
_PUBLISH = """
UPDATE scorecard_versions SET status = 'published', published_at = $2, published_by = $3 WHERE id = $1
"""
_PUBLISHED = "SELECT scorecard_id, number, passing_score, definition FROM scorecard_versions WHERE id = $1"
_LATEST_PUBLISHED = """
SELECT id FROM scorecard_versions WHERE scorecard_id = $1 AND status = 'published' ORDER BY number DESC LIMIT 1
"""


async def read(session: Session, scorecard_id: UUID, number: int | None = None) -> Scorecard | None:
    """A scorecard at the version of that number, or at its newest one."""
    row = (await driver_sql(session, _READ, scorecard_id, number)).one_or_none()
    if row is None:
        return None
    return Scorecard(**_summary_fields(row), definition=from_dict(row.definition))


async def lock(session: Session, scorecard_id: UUID) -> None:
    """Let nobody else change the scorecard before this transaction ends."""
    await driver_sql(session, _LOCK, scorecard_id)


async def page_of_summaries(session: Session, page: PageRequest) -> list[ScorecardSummary]:
    after = page.after(UUID)
    rows = await driver_sql(session, _LIST, after and after[0], page.limit + 1)
    return [ScorecardSummary(**_summary_fields(row)) for row in rows]


def _summary_fields(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "project_id": row.project_id,
        "version": row.version,
        "created_at": row.created_at,
        "version_id": row.version_id,
        "number": row.number,
        "status": VersionStatus(row.status),
        "passing_score": row.passing_score,
        "published_at": row.published_at,
    }


async def insert(session: Session, scorecard: Scorecard) -> None:
    """A scorecard and the draft it begins with."""
    values = (scorecard.id, scorecard.name, scorecard.project_id, scorecard.version, scorecard.created_at)
    await driver_sql(session, _INSERT, session.tenant_id, *values)
    await insert_draft(session, scorecard)


async def insert_draft(session: Session, scorecard: Scorecard) -> None:
    definition = dumps(to_dict(scorecard.definition))
    values = (scorecard.version_id, scorecard.id, scorecard.number, scorecard.passing_score, definition)
    await driver_sql(session, _INSERT_DRAFT, session.tenant_id, *values)


async def update(session: Session, scorecard: Scorecard, *, expected: int) -> None:
    """Write the name and project over the version that was read; refuse when somebody else was faster."""
    values = (scorecard.id, expected, scorecard.name, scorecard.project_id)
    if (await driver_sql(session, _UPDATE, *values)).rowcount == 0:
        raise StaleVersion("somebody else has changed the scorecard since it was read")


async def update_draft(session: Session, scorecard: Scorecard) -> None:
    definition = dumps(to_dict(scorecard.definition))
    await driver_sql(session, _UPDATE_DRAFT, scorecard.version_id, scorecard.passing_score, definition)


async def publish(session: Session, version_id: UUID, at: datetime, user_id: UUID | None) -> None:
    await driver_sql(session, _PUBLISH, version_id, at, user_id)


async def version_row(session: Session, version_id: UUID) -> Any:
    return (await driver_sql(session, _PUBLISHED, version_id)).one()


async def latest_published_id(session: Session, scorecard_id: UUID) -> UUID | None:
    found: UUID | None = (await driver_sql(session, _LATEST_PUBLISHED, scorecard_id)).scalar_one_or_none()
    return found
