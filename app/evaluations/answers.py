"""Which answers a scorecard takes."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

from app.evaluations.types import Answer, AnswerFault
from app.scorecards.definition import Definition, Item
from app.scorecards.scoring import visible_items
from app.scorecards.types import NA, AnswerValue


def answer_faults(definition: Definition, answers: Sequence[Answer], *, complete: bool) -> list[AnswerFault]:
    """Everything that is wrong with the answers to a published definition; empty when nothing is.

    Pointers count the answers as given (`/answers/3/fault`). With `complete`, as at submission, every visible
    item must be answered and every error must say whose fault it was; a draft may still lack both.
    """
    values = answer_values(answers)
    visible = visible_items(definition, values)
    faults = list(_given_faults(definition, answers, {item.key for item in visible}, complete=complete))
    return [*faults, *_missing_faults(visible, values)] if complete else faults


def answer_values(answers: Sequence[Answer]) -> dict[str, AnswerValue]:
    """Item key → value, as scoring takes it; of several answers to one item the first counts."""
    return {answer.item: answer.value for answer in reversed(answers)}


def _missing_faults(visible: Sequence[Item], values: Mapping[str, AnswerValue]) -> Iterator[AnswerFault]:
    for item in visible:
        if item.key not in values:
            yield AnswerFault("/answers", f"The item {item.key!r} is not answered.")


def _given_faults(
    definition: Definition, answers: Sequence[Answer], visible: Collection[str], *, complete: bool
) -> Iterator[AnswerFault]:
    answered: set[str] = set()
    for i, answer in enumerate(answers):
        pointer = f"/answers/{i}"
        item = definition.item_by_key.get(answer.item)
        if item is None:
            yield AnswerFault(f"{pointer}/item", f"The scorecard has no item {answer.item!r}.")
            continue
        if item.key in answered:
            yield AnswerFault(f"{pointer}/item", f"The item {item.key!r} is answered more than once.")
        answered.add(item.key)
        if item.key not in visible:
            yield AnswerFault(f"{pointer}/item", f"The item {item.key!r} is hidden by the other answers.")
        yield from _value_faults(pointer, item, answer, complete=complete)
        yield from _evidence_faults(pointer, answer)


def _value_faults(pointer: str, item: Item, answer: Answer, *, complete: bool) -> Iterator[AnswerFault]:
    if not item.accepts(answer.value):
        yield AnswerFault(f"{pointer}/value", _refusal(item, answer.value))
    elif item.is_error(answer.value):
        yield from _error_faults(pointer, item, answer, complete=complete)
    else:
        yield from _blame_faults(pointer, answer)


def _refusal(item: Item, value: AnswerValue) -> str:
    if value == NA:
        return f"The item {item.key!r} cannot be marked not applicable."
    return f"The item {item.key!r} ({item.answer_type}) cannot be answered with {value!r}."


def _error_faults(pointer: str, item: Item, answer: Answer, *, complete: bool) -> Iterator[AnswerFault]:
    if complete and answer.fault is None:
        yield AnswerFault(f"{pointer}/fault", f"The error at {item.key!r} does not say whose fault it was.")
    if answer.reason is not None and all(reason.key != answer.reason for reason in item.error_reasons):
        yield AnswerFault(f"{pointer}/reason", f"The item {item.key!r} has no reason {answer.reason!r}.")


def _blame_faults(pointer: str, answer: Answer) -> Iterator[AnswerFault]:
    if answer.fault is not None:
        yield AnswerFault(f"{pointer}/fault", "Only an error is somebody's fault.")
    if answer.reason is not None:
        yield AnswerFault(f"{pointer}/reason", "Only an error has a reason.")


def _evidence_faults(pointer: str, answer: Answer) -> Iterator[AnswerFault]:
    if answer.at_s is not None and not (math.isfinite(answer.at_s) and answer.at_s >= 0):
        yield AnswerFault(f"{pointer}/at_s", "A moment of the recording is 0 seconds or later.")
