"""Which answers a scorecard accepts, and how they are graded."""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Final

from app.evaluations.types import Answer, Evidence
from app.scorecards.compiling import item_credits
from app.scorecards.scoring import visible_items
from app.scorecards.types import NA, AnswerType, AnswerValue, Definition, Fault, Item, Violation

_CREDIT_STEP: Final = Decimal("1E-8")


def answer_violations(
    definition: Definition, answers: Sequence[Answer], evidence: Evidence, *, complete: bool
) -> list[Violation]:
    """Every rule that the answers to a published definition break; empty when they break none.

    Pointers count the answers as given (`/answers/3/fault`). With `complete`, as at submission, every visible item
    must be answered, no hidden one may be, and every error must say whose fault it was. A draft may lack answers and
    faults, and answers to items that its other answers hide are passed over.
    """
    values = answer_values(answers)
    visible = visible_items(definition, values)
    violations = list(_given(definition, answers, {item.key for item in visible}, evidence, complete=complete))
    return [*violations, *_missing(visible, values)] if complete else violations


def hidden_items(definition: Definition, answers: Sequence[Answer]) -> tuple[str, ...]:
    """The answered items that the other answers hide, in the order of the definition."""
    values = answer_values(answers)
    visible = {item.key for item in visible_items(definition, values)}
    return tuple(item.key for item in definition.items if item.key in values and item.key not in visible)


def answer_values(answers: Sequence[Answer]) -> dict[str, AnswerValue]:
    """Item key → value, as scoring takes it; of several answers to one item the first counts."""
    return {answer.item: answer.value for answer in reversed(answers)}


def answer_faults(answers: Sequence[Answer]) -> dict[str, Fault | None]:
    """Item key → fault, as scoring takes it; of several answers to one item the first counts."""
    return {answer.item: answer.fault for answer in reversed(answers)}


def errors_among(answers: Iterable[Answer], definition: Definition) -> list[Answer]:
    """The answers that earn less than full credit."""
    grades = grades_of(definition)
    return [answer for answer in answers if grades[answer.item][answer.value].is_error]


@dataclass(frozen=True, slots=True)
class Grade:
    """The credit of a value (None for N/A) and whether it is an error. `text` is the value as it is stored."""

    text: str
    credit: Decimal | None
    is_error: bool


@lru_cache(maxsize=256)
def grades_of(definition: Definition) -> Mapping[str, Mapping[AnswerValue, Grade]]:
    """The grade of every possible answer to every item (item key → value), N/A included."""
    return {item.key: _grades(item) for item in definition.items}


def _grades(item: Item) -> dict[AnswerValue, Grade]:
    grades: dict[AnswerValue, Grade] = {NA: Grade(NA, None, is_error=False)}
    for value, exact in item_credits(item).items():
        credit = Decimal(exact.numerator) / Decimal(exact.denominator)
        grades[value] = Grade(str(value), credit.quantize(_CREDIT_STEP, ROUND_HALF_EVEN), item.is_error(value))
    return grades


def _missing(visible: Sequence[Item], values: Mapping[str, AnswerValue]) -> Iterator[Violation]:
    for item in visible:
        if item.key not in values:
            yield Violation("/answers", f"The item {item.key!r} is not answered.")


def _given(
    definition: Definition, answers: Sequence[Answer], visible: Collection[str], evidence: Evidence, *, complete: bool
) -> Iterator[Violation]:
    answered: set[str] = set()
    for position, answer in enumerate(answers):
        pointer = f"/answers/{position}"
        item = definition.item_by_key.get(answer.item)
        if item is None:
            yield Violation(f"{pointer}/item", f"The scorecard has no item {answer.item!r}.")
            continue
        if item.key in answered:
            yield Violation(f"{pointer}/item", f"The item {item.key!r} is answered more than once.")
        answered.add(item.key)
        if item.key not in visible:
            if not complete:
                continue
            yield Violation(f"{pointer}/item", f"The item {item.key!r} is hidden by the other answers.")
        yield from _value(pointer, item, answer, complete=complete)
        if answer.at_s is not None or answer.segment_id is not None:
            yield from _evidence(pointer, answer, evidence)


def _value(pointer: str, item: Item, answer: Answer, *, complete: bool) -> Iterator[Violation]:
    if not item.accepts(answer.value):
        yield Violation(f"{pointer}/value", _refusal(item, answer.value))
    elif item.is_error(answer.value):
        yield from _error(pointer, item, answer, complete=complete)
    else:
        yield from _no_error(pointer, answer)


def _refusal(item: Item, value: AnswerValue) -> str:
    if value == NA:
        return f"The item {item.key!r} cannot be marked not applicable."
    return f"The item {item.key!r} cannot be answered with {value!r}, but with {_choices(item)}."


def _choices(item: Item) -> str:
    """The values that the item takes, in words."""
    if item.answer_type is AnswerType.SCALE:
        choices = f"a whole number from 0 to {item.scale_max}"
    else:
        choices = " or ".join(map(repr, item.values))
    return f"{choices} or {NA!r}" if item.allow_na else choices


def _error(pointer: str, item: Item, answer: Answer, *, complete: bool) -> Iterator[Violation]:
    if complete and answer.fault is None:
        yield Violation(f"{pointer}/fault", f"The error at {item.key!r} does not say whose fault it was.")
    if answer.reason is not None and all(reason.key != answer.reason for reason in item.error_reasons):
        yield Violation(f"{pointer}/reason", f"The item {item.key!r} has no reason {answer.reason!r}.")


def _no_error(pointer: str, answer: Answer) -> Iterator[Violation]:
    if answer.fault is not None:
        yield Violation(f"{pointer}/fault", "Only an error has a fault.")
    if answer.reason is not None:
        yield Violation(f"{pointer}/reason", "Only an error has a reason.")


def _evidence(pointer: str, answer: Answer, evidence: Evidence) -> Iterator[Violation]:
    if answer.at_s is not None:
        if not (math.isfinite(answer.at_s) and answer.at_s >= 0):
            yield Violation(f"{pointer}/at_s", "A moment of the recording is 0 seconds or later.")
        elif answer.at_s > evidence.ends_at_s:
            yield Violation(f"{pointer}/at_s", f"The call ends after {evidence.ends_at_s.normalize():f} seconds.")
    if answer.segment_id is not None and answer.segment_id not in evidence.segment_ids:
        yield Violation(f"{pointer}/segment_id", "The transcript of this call has no such segment.")
