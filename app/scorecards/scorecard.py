"""A scorecard as it is stored and read: its name, and one of its versions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from app.scorecards.definition import Definition, to_dict


class VersionStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorecardSummary:
    """A scorecard at one of its versions, without the items. `version` counts changes; `number` is the version's."""

    id: UUID
    name: str
    project_id: UUID | None
    version: int
    created_at: datetime
    version_id: UUID
    number: int
    status: VersionStatus
    passing_score: Decimal
    published_at: datetime | None

    # Only the newest version can be a draft, so that both numbers follow from the newest one.
    @property
    def draft_version(self) -> int | None:
        return self.number if self.status is VersionStatus.DRAFT else None

    @property
    def published_version(self) -> int | None:
        return (self.number - 1 or None) if self.status is VersionStatus.DRAFT else self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(ScorecardSummary):
    definition: Definition

    def document(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {
            "name": self.name,
            "project_id": self.project_id,
            "version": self.number,
            "status": self.status,
            "passing_score": self.passing_score,
            **to_dict(self.definition),
        }
