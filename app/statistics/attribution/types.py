"""What attribution takes: the answers to the evaluated calls, and the errors that were checked."""

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum

import numpy as np

from app.statistics.sample import BoolArray, FloatArray, IntArray

# The code of an answer that has no mark, reason, team or context.
NONE = -1


class Mark(IntEnum):
    """Whose error it is, as the verifier marked it. The codes are those of `CheckVerdict`."""

    AGENT = 0
    PROCESS = 1
    CUSTOMER = 2
    UNCLEAR = 3


class CheckVerdict(IntEnum):
    """Whose error it is, as a check decided. `NOT_DONE`: the check was drawn and nobody did it."""

    NOT_DONE = -1
    AGENT = 0
    PROCESS = 1
    CUSTOMER = 2
    UNCLEAR = 3
    NO_ERROR = 4


class Method(StrEnum):
    PROVISIONAL = "provisional"
    RECTIFIED = "rectified"


class Verdict(StrEnum):
    PROCESS = "process"
    AGENT = "agent"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, eq=False)
class AnswerArrays:
    """All applicable answers of a report as parallel arrays, one entry for each answer.

    items, agents, verifiers, calls: codes that the caller chooses, 0 or above.
    contexts: the code of the call's project, topic and week together. teams, reasons, weeks: codes. A negative context,
        team, reason or week means none.
    errors: whether the answer is an error.
    marks: the verifier's `Mark` of the error; read only where `errors`.
    weights: the weight of the answer's call in the sample, 1/π with nonresponse, above 0.

    Raises ValueError if the arrays differ in length, a weight is not above 0, or an error has no mark.
    """

    items: IntArray
    agents: IntArray
    contexts: IntArray
    verifiers: IntArray
    teams: IntArray
    weeks: IntArray
    calls: IntArray
    reasons: IntArray
    errors: BoolArray
    marks: IntArray
    weights: FloatArray

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).size for field in fields(self)}) != 1:
            raise ValueError("the arrays of answers must have one entry for each answer")
        if not np.all(self.weights > 0):
            raise ValueError("weights must be above 0")
        marks = self.marks[self.errors]
        if not np.all((marks >= 0) & (marks < len(Mark))):
            raise ValueError("every error must have a mark")


@dataclass(frozen=True, slots=True, eq=False)
class CheckedErrors:
    """The errors whose cause was checked, or was to be checked, as parallel arrays with at most one entry per error.

    answers: the index of the error among the answers.
    verdicts: the `CheckVerdict`.
    probabilities: the probability, above 0, with which chance chose the error to be checked; NaN if a person chose it.
        Such a verdict helps to learn how verifiers mark errors, and nothing else.
    groups: codes. Within a group, checks that were drawn are assumed to be done with the same probability, whatever the
        cause of the error; a group is, for example, a week.

    Raises ValueError if the arrays differ in length, an answer occurs twice, or an index, a verdict or a probability is
    out of range.
    """

    answers: IntArray
    verdicts: IntArray
    probabilities: FloatArray
    groups: IntArray

    def __post_init__(self) -> None:
        if len({getattr(self, field.name).size for field in fields(self)}) != 1:
            raise ValueError("the arrays of checked errors must have one entry for each error")
        if np.unique(self.answers).size != self.answers.size:
            raise ValueError("an error must have one verdict")
        if not np.all(self.answers >= 0):
            raise ValueError("the indexes of answers must be 0 or above")
        if not np.isin(self.verdicts, list(CheckVerdict)).all():
            raise ValueError("a verdict is unknown")
        probabilities = self.probabilities[~np.isnan(self.probabilities)]
        if not np.all((probabilities > 0) & (probabilities <= 1)):
            raise ValueError("the probability of a check must be above 0 and at most 1")

    @classmethod
    def none(cls) -> "CheckedErrors":
        codes = np.zeros(0, dtype=np.int64)
        return cls(codes, codes, np.zeros(0), codes)
