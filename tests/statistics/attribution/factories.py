"""Answers and checks as the arrays that attribution takes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.statistics import IntArray
from app.statistics.attribution import (
    NONE,
    AnswerArrays,
    CheckedErrors,
    CheckVerdict,
    ErrorSources,
    ItemSource,
    Mark,
    error_sources,
)

FINE, AGENT, PROCESS, CUSTOMER, UNCLEAR = NONE, Mark.AGENT, Mark.PROCESS, Mark.CUSTOMER, Mark.UNCLEAR


class Answer(NamedTuple):
    call: int
    mark: int = FINE
    item: int = 0
    agent: int = 0
    team: int = 0
    reason: int = -1
    weight: float = 1.0
    context: int = 0
    verifier: int = 0
    week: int = 0


class Check(NamedTuple):
    """A check of the error with this index among the answers; a probability of NaN: a person chose it."""

    answer: int
    verdict: int
    probability: float = 0.5
    group: int = 0


def answer_arrays(answers: Sequence[Answer]) -> AnswerArrays:
    def codes(name: str) -> IntArray:
        return np.array([getattr(answer, name) for answer in answers], dtype=np.int64)

    return AnswerArrays(
        items=codes("item"),
        agents=codes("agent"),
        contexts=codes("context"),
        verifiers=codes("verifier"),
        teams=codes("team"),
        weeks=codes("week"),
        calls=codes("call"),
        reasons=codes("reason"),
        errors=codes("mark") != FINE,
        marks=codes("mark"),
        weights=np.array([answer.weight for answer in answers], dtype=np.float64),
    )


def checked_errors(checks: Sequence[Check]) -> CheckedErrors:
    return CheckedErrors(
        answers=np.array([check.answer for check in checks], dtype=np.int64),
        verdicts=np.array([check.verdict for check in checks], dtype=np.int64),
        probabilities=np.array([check.probability for check in checks], dtype=np.float64),
        groups=np.array([check.group for check in checks], dtype=np.int64),
    )


def sources(*answers: Answer) -> ErrorSources:
    """The sources of errors of which none is checked."""
    return error_sources(answer_arrays(answers), CheckedErrors.none())


def one_item(*answers: Answer) -> ItemSource:
    (item,) = sources(*answers).by_item
    return item


def calls(count: int, mark: int, first: int = 0, **details: int) -> list[Answer]:
    """`count` calls with one answer each."""
    return [Answer(call, mark, **details) for call in range(first, first + count)]


def verdict_of(mark: int) -> CheckVerdict:
    return CheckVerdict(mark)
