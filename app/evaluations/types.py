"""Evaluations, their revisions and their answers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.scorecards.types import AnswerValue, Fault, PublishedVersion, Score


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one item.

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
class Evidence:
    """What the evidence of an answer can point at: moments up to the end, and segments of the transcript."""

    ends_at_s: Decimal
    segment_ids: Collection[UUID] = ()


class EvaluationStatus(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    # A draft whose assignment was taken over.
    ABANDONED = "abandoned"


@dataclass(frozen=True, kw_only=True)
class EvaluationInput:
    """What a client sends about an evaluation as a whole. A field added here is accepted, stored and read back."""

    call_id: UUID
    scorecard_id: UUID
    assignment_id: UUID | None


@dataclass(frozen=True, kw_only=True)
class NewEvaluation(EvaluationInput):
    """A request to evaluate a call: to keep a draft, or to submit at once."""

    answers: Sequence[Answer]
    comment: str | None
    submit: bool


@dataclass(frozen=True, kw_only=True)
class EvaluationSummary(EvaluationInput, Score):
    """An evaluation without its answers, with the score of its latest revision.

    `revision` is the number of that revision. A draft has 0, and no score in lists.
    """

    id: UUID
    project_id: UUID
    agent_id: UUID | None
    scorecard_version_id: UUID
    scorecard_version: int
    verifier_id: UUID
    status: EvaluationStatus
    version: int
    revision: int
    created_at: datetime
    submitted_at: datetime | None

    @property
    def etag(self) -> int:
        """Grows with every change of the draft and with every revision."""
        return self.version + self.revision


@dataclass(frozen=True, kw_only=True)
class Evaluation(EvaluationSummary):
    """An evaluation at its latest revision. A draft has the score of the answers it has so far.

    `dropped_items` are the items whose answers the present request lost, because other answers hide these items.
    """

    answers: Sequence[Answer]
    comment: str | None
    dropped_items: Sequence[str] = ()


class RevisionKind(StrEnum):
    """What led to a revision: a mistake that was seen, a dispute, or the decision of another person."""

    CORRECTION = "correction"
    DISPUTE = "dispute"
    CALIBRATION = "calibration"


@dataclass(frozen=True, kw_only=True)
class Revision(Score):
    """One submission of an evaluation. `why` and `kind` say why it was revised; the first one has neither."""

    id: UUID
    number: int
    author_id: UUID
    why: str | None
    kind: RevisionKind | None
    comment: str | None
    created_at: datetime
    answers: Sequence[Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """An evaluation as it was first submitted, by the version of the scorecard that it was scored by.

    `revisions` is how many revisions it has by now, the first one among them.
    """

    evaluation_id: UUID
    revision_id: UUID
    call_id: UUID
    agent_id: UUID | None
    verifier_id: UUID
    assignment_id: UUID | None
    scorecard_id: UUID
    version: PublishedVersion
    submitted_at: datetime
    revisions: int
    score: Decimal | None
    agent_score: Decimal | None
    process_loss: Decimal | None
    comment: str | None
    answers: Sequence[Answer] = ()


@dataclass(frozen=True, slots=True)
class EvaluationFilter:
    """Which evaluations a list shows; `since` (included) and `until` (excluded) bound the time of submission."""

    call_id: UUID | None = None
    project_id: UUID | None = None
    agent_id: UUID | None = None
    verifier_id: UUID | None = None
    status: EvaluationStatus | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenWork:
    """The unfinished work of a user. `assignments` are all open ones; `begun_assignments` are those with a draft."""

    assignments: int
    begun_assignments: int
    # Drafts of assignments, and of evaluations by the user's own choice.
    drafts: int


class ErrorCount(NamedTuple):
    """Errors among the applicable answers: an error has less than full credit, and N/A is not applicable."""

    errors: int
    applicable: int
