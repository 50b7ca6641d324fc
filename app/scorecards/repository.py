"""SQL of scorecards."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.platform.database import Row, Session, Where, dumps
from app.platform.database.pages import Keyset, fetch_page
from app.platform.database.records import columns_of, insert_row, update_row
from app.platform.pagination import Page, PageRequest
from app.scorecards.definition import definition_from_document, definition_to_document
from app.scorecards.models import ScorecardModel, ScorecardVersionModel
from app.scorecards.types import PublishedVersion, Scorecard, ScorecardSummary, VersionStatus

_SUMMARY = """s.id, s.name, s.project_id, s.version, s.created_at,
       v.id AS version_id, v.number, v.status, v.passing_score, v.published_at"""
_FROM = "FROM scorecards s JOIN scorecard_versions v ON v.tenant_id = s.tenant_id AND v.scorecard_id = s.id"
_SUMMARIES = " ".join(("SELECT", _SUMMARY, _FROM))
_SCORECARDS = " ".join(("SELECT", _SUMMARY, ", v.definition", _FROM))
_NEWEST = """NOT EXISTS (
    SELECT FROM scorecard_versions newer
    WHERE newer.tenant_id = v.tenant_id AND newer.scorecard_id = v.scorecard_id AND newer.number > v.number
)"""
_BY_ID = Keyset({"s.id": UUID})

_LOCK = "SELECT FROM scorecards WHERE id = :id FOR UPDATE"
_UPDATE_DRAFT = """
UPDATE scorecard_versions SET passing_score = :passing_score, definition = :definition
WHERE id = :id AND status = 'draft'
"""
_PUBLISH = """
UPDATE scorecard_versions SET status = 'published', published_at = :at, published_by = :user_id WHERE id = :id
"""
_PUBLISHED = "SELECT id, scorecard_id, number, passing_score, definition FROM scorecard_versions WHERE id = :id"


async def read(session: Session, scorecard_id: UUID, number: int | None = None) -> Scorecard | None:
    """A scorecard at the version of that number, or at its newest one."""
    where = Where().add("s.id = :id", id=scorecard_id)
    where = where.add(_NEWEST) if number is None else where.add("v.number = :number", number=number)
    row = await session.fetch_optional(f"{_SCORECARDS} WHERE {where.sql}", **where.values)
    return None if row is None else Scorecard(**_fields(row), definition=definition_from_document(row.definition))


async def page_of_summaries(session: Session, page: PageRequest) -> Page[ScorecardSummary]:
    """The scorecards at their newest versions."""
    return await fetch_page(session, _SUMMARIES, Where().add(_NEWEST), page, keyset=_BY_ID, read=_summary)


def _summary(row: Row) -> ScorecardSummary:
    return ScorecardSummary(**_fields(row))


def _fields(row: Row) -> dict[str, Any]:
    fields = {name: value for name, value in row.items() if name != "definition"}
    return fields | {"status": VersionStatus(row.status)}


async def lock(session: Session, scorecard_id: UUID) -> None:
    """Lock the scorecard: no other transaction changes it until this one ends."""
    await session.execute(_LOCK, id=scorecard_id)


async def insert(session: Session, scorecard: Scorecard) -> None:
    """A scorecard and the draft it begins with."""
    await insert_row(session, ScorecardModel, tenant_id=session.tenant_id, **columns_of(scorecard, ScorecardModel))
    await insert_draft(session, scorecard)


async def insert_draft(session: Session, scorecard: Scorecard) -> None:
    await insert_row(
        session,
        ScorecardVersionModel,
        tenant_id=session.tenant_id,
        id=scorecard.version_id,
        scorecard_id=scorecard.id,
        number=scorecard.number,
        status=scorecard.status,
        passing_score=scorecard.passing_score,
        definition=_definition(scorecard),
    )


async def update(session: Session, scorecard: Scorecard, *, expected: int) -> None:
    """Write the name and the project over the version that was read; StaleVersion where it has another by now."""
    await update_row(session, ScorecardModel, columns_of(scorecard, ScorecardModel), expected=expected)


async def update_draft(session: Session, scorecard: Scorecard) -> None:
    values = {"passing_score": scorecard.passing_score, "definition": _definition(scorecard)}
    await session.execute(_UPDATE_DRAFT, id=scorecard.version_id, **values)


def _definition(scorecard: Scorecard) -> str:
    return dumps(definition_to_document(scorecard.definition))


async def publish(session: Session, version_id: UUID, at: datetime, user_id: UUID | None) -> None:
    await session.execute(_PUBLISH, id=version_id, at=at, user_id=user_id)


async def read_published(session: Session, version_id: UUID) -> PublishedVersion:
    row = await session.fetch_one(_PUBLISHED, id=version_id)
    return PublishedVersion(**dict(row) | {"definition": definition_from_document(row.definition)})
