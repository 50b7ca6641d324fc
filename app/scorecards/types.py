"""The vocabulary of scorecards."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

AnswerValue: TypeAlias = str | int
"""What a verifier answers: `good` or `bad`, a whole number on a scale, an option's key, or `na`."""

GOOD: Final = "good"
BAD: Final = "bad"
NA: Final = "na"


class AnswerType(StrEnum):
    """How an item is answered."""

    BINARY = "binary"
    SCALE = "scale"
    CHOICE = "choice"


class Criticality(StrEnum):
    """Whom an error on the item fails, whatever the score."""

    NONE = "none"
    CUSTOMER = "customer"
    BUSINESS = "business"
    COMPLIANCE = "compliance"


class Fatal(StrEnum):
    """What the worst answer to the item zeroes."""

    NONE = "none"
    SECTION = "section"
    SCORECARD = "scorecard"


class Fault(StrEnum):
    """Whose error it was."""

    AGENT = "agent"
    PROCESS = "process"
    CUSTOMER = "customer"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class DefinitionFault:
    """One thing that keeps a scorecard from being published, and where it is (a JSON pointer)."""

    pointer: str
    detail: str
