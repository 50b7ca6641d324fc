"""Two scorings of a call compared item by item, and what a third person's decision means for their errors."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from app.calibration.checks.types import ComparedItem, DecidedAnswer, Verdict
from app.evaluations.types import Answer
from app.scorecards.scoring import visible_items
from app.scorecards.types import AnswerValue, Definition, Item, Violation


def compare(
    record: Definition, record_answers: Sequence[Answer], second: Definition, second_answers: Sequence[Answer]
) -> list[ComparedItem]:
    """The items that either scoring answered, in the order of the scorecard.

    The scorings may be by different versions of the scorecard. What both versions have is taken as the version of
    record has it; items of the other version alone come last.
    """
    by_item = ({one.item: one for one in record_answers}, {one.item: one for one in second_answers})
    items = [*record.items, *(item for item in second.items if item.key not in record.item_by_key)]
    pairs = ((item, by_item[0].get(item.key), by_item[1].get(item.key)) for item in items)
    return [ComparedItem(*pair) for pair in pairs if pair[1:] != (None, None)]


def violations(
    definition: Definition, compared: Sequence[ComparedItem], answers: Sequence[DecidedAnswer]
) -> list[Violation]:
    """Every rule that a decision breaks; empty when it breaks none. `definition` is the version of record.

    Each item that is an error in either scoring, or whose values differ, must be decided, unless the decided answers
    hide it. So must an item that the decided answers show and nobody answered.
    """
    items = _items(definition, compared)
    visible = {item.key for item in visible_items(definition, decided_values(definition, compared, answers))}
    hidden = definition.item_by_key.keys() - visible
    counts = Counter(answer.item for answer in answers)
    found = [
        violation
        for position, answer in enumerate(answers)
        for violation in _answer(f"/answers/{position}", answer, items.get(answer.item), hidden)
    ]
    return [*found, *_repeated(answers, counts), *_missing(definition, compared, counts, hidden)]


def decided_values(
    definition: Definition, compared: Sequence[ComparedItem], answers: Sequence[DecidedAnswer]
) -> dict[str, AnswerValue]:
    """Item key → value by the version of record: as decided, and where nothing was decided as the scoring of record."""
    record = {one.item.key: one.record.value for one in compared if one.record is not None}
    return record | {one.item: one.value for one in answers if one.item in definition.item_by_key}


def verdict_on(item: Item, decided: DecidedAnswer | None) -> Verdict:
    """The verdict on an error at the item. An item that the decided answers hide was no error."""
    if decided is None or not item.is_error(decided.value) or decided.fault is None:
        return Verdict.NO_ERROR
    return Verdict(decided.fault.value)


def revised_answers(
    definition: Definition, current: Sequence[Answer], answers: Sequence[DecidedAnswer]
) -> list[Answer]:
    """The answers of an evaluation with what was decided in their place; evidence stays, hidden items are left out.

    Of several answers to an item the last one is its present answer.
    """
    before = {answer.item: answer for answer in current}
    decided = {answer.item: _revised(before.get(answer.item), answer) for answer in answers}
    merged = before | {item: answer for item, answer in decided.items() if item in definition.item_by_key}
    visible = visible_items(definition, {item: answer.value for item, answer in merged.items()})
    return [merged[item.key] for item in visible if item.key in merged]


def _revised(before: Answer | None, decided: DecidedAnswer) -> Answer:
    answer = Answer(decided.item, decided.value, decided.fault, decided.reason, decided.comment)
    return answer if before is None else replace(answer, at_s=before.at_s, segment_id=before.segment_id)


def _items(definition: Definition, compared: Sequence[ComparedItem]) -> Mapping[str, Item]:
    return {one.item.key: one.item for one in compared} | dict(definition.item_by_key)


def _answer(pointer: str, answer: DecidedAnswer, item: Item | None, hidden: Collection[str]) -> Iterator[Violation]:
    if item is None:
        yield Violation(f"{pointer}/item", f"The scorecard has no item {answer.item!r}.")
    elif not item.accepts(answer.value):
        yield Violation(f"{pointer}/value", f"The item {item.key!r} cannot be answered with {answer.value!r}.")
    elif item.key in hidden:
        yield Violation(f"{pointer}/item", f"The item {item.key!r} is hidden by the decided answers: leave it out.")
    else:
        yield from _fault(pointer, answer, item)


def _fault(pointer: str, answer: DecidedAnswer, item: Item) -> Iterator[Violation]:
    if not item.is_error(answer.value):
        if answer.fault is not None:
            yield Violation(f"{pointer}/fault", "Only an error has a fault.")
        if answer.reason is not None:
            yield Violation(f"{pointer}/reason", "Only an error has a reason.")
        return
    if answer.fault is None:
        yield Violation(f"{pointer}/fault", f"The error at {item.key!r} does not say whose fault it was.")
    if answer.reason is not None and all(reason.key != answer.reason for reason in item.error_reasons):
        yield Violation(f"{pointer}/reason", f"The item {item.key!r} has no reason {answer.reason!r}.")


def _repeated(answers: Sequence[DecidedAnswer], counts: Mapping[str, int]) -> Iterator[Violation]:
    for position, answer in enumerate(answers):
        if counts[answer.item] > 1:
            yield Violation(f"/answers/{position}/item", f"The item {answer.item!r} is decided more than once.")


def _missing(
    definition: Definition, compared: Sequence[ComparedItem], decided: Collection[str], hidden: Collection[str]
) -> Iterator[Violation]:
    answered = {one.item.key for one in compared}
    for one in compared:
        key = one.item.key
        if one.must_be_decided and key not in decided and key not in hidden:
            yield Violation("/answers", f"The item {key!r} is not decided: {_why(one)}.")
    for item in definition.items:
        if not (item.key in answered or item.key in decided or item.key in hidden):
            yield Violation("/answers", f"The item {item.key!r} is not decided: the decided answers show it.")


def _why(compared: ComparedItem) -> str:
    return "it is an error in at least one scoring" if compared.is_error else "the scorings differ"
