"""Published versions, kept in the process: they never change, and every evaluation needs one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from app.platform.database import Session
from app.scorecards import repository
from app.scorecards.definition import Definition, from_dict

_MOST_KEPT: Final = 512
_kept: dict[UUID, "PublishedVersion"] = {}


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """What a call is judged by."""

    id: UUID
    scorecard_id: UUID
    number: int
    passing_score: Decimal
    definition: Definition


async def published_version(session: Session, version_id: UUID) -> PublishedVersion:
    """The published version of that id, which the caller has read in its own tenant."""
    version = _kept.get(version_id)
    if version is None:
        version = await _read(session, version_id)
        if len(_kept) >= _MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[version_id] = version
    return version


async def latest_published(session: Session, scorecard_id: UUID) -> PublishedVersion | None:
    """What the scorecard's next evaluation is judged by, if anything."""
    version_id = await repository.latest_published_id(session, scorecard_id)
    return None if version_id is None else await published_version(session, version_id)


async def _read(session: Session, version_id: UUID) -> PublishedVersion:
    row = await repository.version_row(session, version_id)
    return PublishedVersion(version_id, row.scorecard_id, row.number, row.passing_score, from_dict(row.definition))
