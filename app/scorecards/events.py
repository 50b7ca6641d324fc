"""The events of scorecards."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from typing_extensions import TypedDict

from app.events import DomainEvent
from app.scorecards.definition import definition_to_document
from app.scorecards.types import Scorecard, VersionStatus


class ScorecardDocument(TypedDict):
    """A scorecard at one of its versions. `version` is the number of that version."""

    name: str
    project_id: UUID | None
    version: int
    status: VersionStatus
    passing_score: Decimal
    sections: list[dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ScorecardCreated(DomainEvent):
    """A scorecard was created, with a draft of version 1."""

    name = "scorecard.created"
    subject_type = "scorecard"
    after: ScorecardDocument


@dataclass(frozen=True, kw_only=True)
class ScorecardChanged(DomainEvent):
    """The name or the project of a scorecard changed, or its draft."""

    name = "scorecard.changed"
    subject_type = "scorecard"
    before: ScorecardDocument
    after: ScorecardDocument


@dataclass(frozen=True, kw_only=True)
class ScorecardPublished(DomainEvent):
    """A draft was published: calls are scored by it from now on, and it never changes again."""

    name = "scorecard.published"
    subject_type = "scorecard"
    after: ScorecardDocument


@dataclass(frozen=True, kw_only=True)
class ScorecardDrafted(DomainEvent):
    """The next version was opened as a draft."""

    name = "scorecard.drafted"
    subject_type = "scorecard"
    after: ScorecardDocument


def scorecard_document(scorecard: Scorecard) -> ScorecardDocument:
    return {
        "name": scorecard.name,
        "project_id": scorecard.project_id,
        "version": scorecard.number,
        "status": scorecard.status,
        "passing_score": scorecard.passing_score,
        "sections": definition_to_document(scorecard.definition)["sections"],
    }
