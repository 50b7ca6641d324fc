"""The vocabulary of evaluations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from app.scorecards.scoring import SectionScore
from app.scorecards.types import AnswerValue, Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one item.

    An error says whose fault it was and may give one of the item's reasons. The evidence is a moment of the
    recording (`at_s`, seconds from its beginning) or a segment of the transcript.
    """

    item: str
    value: AnswerValue
    fault: Fault | None = None
    reason: str | None = None
    comment: str | None = None
    at_s: float | None = None
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """One thing that is wrong with a list of answers, and where it is (a JSON pointer)."""

    pointer: str
    detail: str


class EvaluationStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"


@dataclass(frozen=True, slots=True)
class Worth:
    """What a set of answers is worth: computed when it is judged, and as it was stored ever after."""

    score: Decimal | None
    score_before_fatal: Decimal | None
    passed: bool | None
    sections: Sequence[SectionScore]
    families: Mapping[str, bool | None]
    fatal_items: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSummary:
    """An evaluation without its answers. `revision` is the latest one's number; a draft has 0 and no worth yet."""

    id: UUID
    call_id: UUID
    project_id: UUID
    agent_id: UUID | None
    scorecard_id: UUID
    scorecard_version_id: UUID
    scorecard_version: int
    assignment_id: UUID | None
    verifier_id: UUID
    status: EvaluationStatus
    version: int
    revision: int
    worth: Worth | None
    created_at: datetime
    submitted_at: datetime | None

    @property
    def etag(self) -> int:
        """Grows with every change, whether of the draft or by a revision."""
        return self.version + self.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation(EvaluationSummary):
    """An evaluation whole. A draft is worth what it would score as it stands."""

    worth: Worth
    answers: Sequence[Answer]
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One submission of an evaluation; `why` it was revised is null for the first."""

    id: UUID
    number: int
    author_id: UUID
    why: str | None
    comment: str | None
    created_at: datetime
    worth: Worth
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvaluation:
    call_id: UUID
    scorecard_id: UUID
    assignment_id: UUID | None
    answers: Sequence[Answer]
    comment: str | None
    submit: bool


@dataclass(frozen=True, slots=True)
class EvaluationFilter:
    """Which evaluations are listed; `since` (inclusive) and `until` (exclusive) bound the submission."""

    call_id: UUID | None = None
    project_id: UUID | None = None
    agent_id: UUID | None = None
    verifier_id: UUID | None = None
    status: EvaluationStatus | None = None
    since: datetime | None = None
    until: datetime | None = None
