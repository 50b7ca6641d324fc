"""The vocabulary of evaluations."""

from dataclasses import dataclass
from uuid import UUID

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
