"""What must hold before a scorecard is published. Every broken rule is named at once, by JSON pointer.

Decided here, beyond the contract of the API:

* A weight is above 0, at most 100, and has at most four decimals; a credit is 0…1 with at most four decimals.
* A key is 1–64 letters (of any script), digits, `_`, `-` and `.`, and begins with a letter or digit. Item
  keys are unique in the whole scorecard, section keys among sections, option and reason keys within their
  item. No option may be called `na`.
* A scale ends at 1…100. A choice has at least two options, one with credit 1 and one below.
* A fatal item can be answered without any credit, or the rule would never take effect.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from app.scorecards.types import NA, AnswerType, Condition, Definition, Fatal, Item, Option, Section, Violation

TOTAL_WEIGHT: Final = Decimal(100)
MAX_SCALE: Final = 100
DECIMALS: Final = 4

_KEY: Final = re.compile(r"[^\W_][\w.-]{0,63}")


def publish_violations(definition: Definition) -> list[Violation]:
    """Everything that keeps the definition from being published; empty when nothing does."""
    return [*shape_violations(definition), *_sum_violations(definition.items)]


def shape_violations(definition: Definition) -> list[Violation]:
    """What keeps a definition from being scored at all: every broken rule except the sum of the weights."""
    return list(_shape_violations(definition))


def _sum_violations(items: Sequence[Item]) -> Iterator[Violation]:
    # A weight that is no number or enormous breaks a rule of its own, and its sum says nothing.
    if items and all(item.weight.is_finite() and abs(item.weight) <= TOTAL_WEIGHT for item in items):
        total = sum(item.weight for item in items)
        if total != TOTAL_WEIGHT:
            yield Violation("/sections", f"The weights of all items sum to {total}, not to exactly 100.")


def _shape_violations(definition: Definition) -> Iterator[Violation]:
    sections = definition.sections
    if not sections:
        yield Violation("/sections", "A scorecard has at least one section.")
    yield from _key_violations("section", ((f"/sections/{i}", section.key) for i, section in enumerate(sections)))
    placed = list(_placed_items(sections))
    yield from _key_violations("item", ((pointer, item.key) for pointer, item in placed))
    for i, section in enumerate(sections):
        yield from _text_violations(f"/sections/{i}/title", section.title)
        if not section.items:
            yield Violation(f"/sections/{i}/items", "A section has at least one item.")
    for position, (pointer, item) in enumerate(placed):
        yield from _item_violations(pointer, item)
        if item.visible_if is not None:
            yield from _condition_violations(f"{pointer}/visible_if", item.visible_if, position, definition)


def _placed_items(sections: Sequence[Section]) -> Iterator[tuple[str, Item]]:
    for i, section in enumerate(sections):
        for j, item in enumerate(section.items):
            yield f"/sections/{i}/items/{j}", item


def _key_violations(what: str, keys: Iterable[tuple[str, str]]) -> Iterator[Violation]:
    """The rules that keys break, given as (pointer to the holder, key). Keys must differ from one another."""
    seen: set[str] = set()
    for holder, key in keys:
        if not _KEY.fullmatch(key):
            yield Violation(
                f"{holder}/key",
                f"The {what} key {key!r} is not 1 to 64 letters, digits, '_', '-' and '.', "
                "beginning with a letter or digit.",
            )
        elif key in seen:
            yield Violation(f"{holder}/key", f"The {what} key {key!r} is used more than once.")
        seen.add(key)


def _text_violations(pointer: str, text: str) -> Iterator[Violation]:
    if not text.strip():
        yield Violation(pointer, "This text must not be empty.")


def _item_violations(pointer: str, item: Item) -> Iterator[Violation]:
    yield from _text_violations(f"{pointer}/title", item.title)
    yield from _weight_violations(f"{pointer}/weight", item.weight)
    yield from _scale_violations(f"{pointer}/scale_max", item)
    yield from _options_violations(f"{pointer}/options", item)
    yield from _fatal_violations(f"{pointer}/fatal", item)
    reasons = [(f"{pointer}/error_reasons/{i}", reason) for i, reason in enumerate(item.error_reasons)]
    yield from _key_violations("reason", ((place, reason.key) for place, reason in reasons))
    for place, reason in reasons:
        yield from _text_violations(f"{place}/label", reason.label)


def _weight_violations(pointer: str, weight: Decimal) -> Iterator[Violation]:
    if not weight.is_finite() or not 0 < weight <= TOTAL_WEIGHT:
        yield Violation(pointer, "A weight is more than 0 and at most 100.")
    elif round(weight, DECIMALS) != weight:
        yield Violation(pointer, f"A weight has at most {DECIMALS} decimals.")


def _scale_violations(pointer: str, item: Item) -> Iterator[Violation]:
    if item.answer_type is not AnswerType.SCALE:
        if item.scale_max is not None:
            yield Violation(pointer, "Only a scale has an upper end.")
    elif item.scale_max is None or not 1 <= item.scale_max <= MAX_SCALE:
        yield Violation(pointer, f"The upper end of a scale is a whole number from 1 to {MAX_SCALE}.")


def _options_violations(pointer: str, item: Item) -> Iterator[Violation]:
    if item.answer_type is not AnswerType.CHOICE:
        if item.options:
            yield Violation(pointer, "Only a choice has options.")
        return
    if len(item.options) < 2:
        yield Violation(pointer, "A choice has at least two options.")
    placed = [(f"{pointer}/{i}", option) for i, option in enumerate(item.options)]
    yield from _key_violations("option", ((place, option.key) for place, option in placed))
    for place, option in placed:
        yield from _option_violations(place, option)
    if not any(option.credit == 1 for option in item.options):
        yield Violation(pointer, "At least one option of a choice has credit 1.")
    if all(option.credit == 1 for option in item.options):
        yield Violation(pointer, "At least one option of a choice has a credit below 1.")


def _option_violations(pointer: str, option: Option) -> Iterator[Violation]:
    yield from _text_violations(f"{pointer}/label", option.label)
    if option.key == NA:
        yield Violation(f"{pointer}/key", f"{NA!r} stands for not applicable; see allow_na.")
    if not option.credit.is_finite() or not 0 <= option.credit <= 1:
        yield Violation(f"{pointer}/credit", "A credit is from 0 to 1.")
    elif round(option.credit, DECIMALS) != option.credit:
        yield Violation(f"{pointer}/credit", f"A credit has at most {DECIMALS} decimals.")


def _fatal_violations(pointer: str, item: Item) -> Iterator[Violation]:
    if item.fatal is Fatal.NONE or item.answer_type is not AnswerType.CHOICE:
        return
    if not any(option.credit == 0 for option in item.options):
        yield Violation(pointer, "A fatal choice has an option with credit 0, the one that is fatal.")


def _condition_violations(
    pointer: str, condition: Condition, position: int, definition: Definition
) -> Iterator[Violation]:
    target = definition.item_by_key.get(condition.item)
    if target is None:
        yield Violation(f"{pointer}/item", f"There is no item {condition.item!r}.")
        return
    if definition.position_of[condition.item] >= position:
        yield Violation(f"{pointer}/item", f"The item {condition.item!r} does not come before this one.")
    if not condition.values:
        yield Violation(f"{pointer}/in", "A condition lists at least one answer.")
    for i, value in enumerate(condition.values):
        if not target.accepts(value):
            detail = f"The item {condition.item!r} cannot be answered with {value!r}."
            yield Violation(f"{pointer}/in/{i}", detail)
