"""What an answer says of its figure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ChangeReason(StrEnum):
    INPUTS = "inputs"
    METHOD = "method"


@dataclass(frozen=True, slots=True)
class PreviousFigure:
    """The figure that the same question was answered with before. `previous_value`: None if there was none."""

    previous_value: float | None
    previous_input_digest: str
    previous_computed_at: datetime
    reason: ChangeReason


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """The figure of a question as it is stored.

    figures: JSON. value: the one number of the report. changed: None unless it has changed since it was first given.
    """

    report: str
    question: str
    method: str
    input_digest: str
    figures: str
    value: float | None
    computed_at: datetime
    changed: PreviousFigure | None


@dataclass(frozen=True, slots=True)
class Figure:
    """What the answer says. to_keep: what is to be stored, if anything."""

    method: str
    input_digest: str
    computed_at: datetime
    changed: PreviousFigure | None
    to_keep: KeptFigure | None = None
